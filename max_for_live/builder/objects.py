# SPDX-License-Identifier: Apache-2.0
"""The Max objects that the devices use, with their ports.

Max takes an unknown name or a wrong port in silence, so this list is the guard: what is not here
is not built. Names and ports are those of Max 9's own reference and of patchers that Max saved.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ports:
    """What an object has: inlets, and the type of each outlet as a patcher names it."""

    inlets: int
    outlets: tuple[str, ...] = ()


# Objects with a face; their class is their own name.
FACES = {
    "comment": Ports(1),
    "live.comment": Ports(1),
    "live.dial": Ports(1, ("", "float")),
    "live.menu": Ports(1, ("", "", "float")),
    "live.numbox": Ports(1, ("", "float")),
    "live.tab": Ports(1, ("", "", "float")),
    "live.text": Ports(1, ("", "")),
    "message": Ports(2, ("",)),
    "multislider": Ports(1, ("", "")),
    "panel": Ports(1),
    "textedit": Ports(1, ("", "int", "", "")),
    "v8ui": Ports(1, ("",)),
}

# Objects that are only text; their class is `newobj`, and another one makes Live crash.
_TEXTS = {
    "*~": Ports(2, ("signal",)),
    "+~": Ports(2, ("signal",)),
    "==": Ports(2, ("int",)),
    "dbtoa": Ports(1, ("",)),
    "deferlow": Ports(1, ("",)),
    "freebang": Ports(1, ("bang",)),
    "line~": Ports(2, ("signal", "bang")),
    "live.colors": Ports(1, ("", "bang")),
    "live.thisdevice": Ports(1, ("bang", "int", "int")),
    "midiin": Ports(1, ("int",)),
    "midiout": Ports(1),
    "plugin~": Ports(2, ("signal", "signal")),
    "plugout~": Ports(2, ("signal", "signal")),
    "prepend": Ports(1, ("",)),
    "sfplay~": Ports(2, ("signal", "signal", "bang")),
    "udpreceive": Ports(1, ("",)),
    "udpsend": Ports(1),
}


def script_ports(outlets: int) -> Ports:
    """The ports of a `v8`, which has as many outlets as its script says."""
    return Ports(1, ("",) * outlets)


def ports(text: str) -> Ports:
    """The ports of an object by the text in its box, or by its class when it has a face.

    Raises:
        ValueError: the devices don't use such an object.
    """
    name, *words = text.split()
    arguments = [word for word in words if not word.startswith("@")]
    if name in FACES:
        return FACES[name]
    if name == "route":
        return Ports(1, ("",) * (len(arguments) + 1))
    if name == "t":
        return Ports(1, tuple({"b": "bang", "i": "int", "s": ""}[word] for word in arguments))
    if name not in _TEXTS:
        raise ValueError(f"{name} is not in the list of Max objects that the devices use.")
    return _TEXTS[name]
