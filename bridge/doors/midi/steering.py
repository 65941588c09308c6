# SPDX-License-Identifier: Apache-2.0
"""Steering: what the player has chosen, and how control and program changes choose it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bridge.core.stage import MODES, PARTS, STAGE_PARAMS
from bridge.doors.midi.messages import CONTROL, PROGRAM, SYSTEM
from models.errors import BadArgument
from models.notation import scale_of

# Where each knob lies above the first control number, which is 102 by default: the standard
# leaves 102 to 119 undefined.
KNOBS = ("adventure", "density", "similarity", "scale", "bars")
BUTTONS: Mapping[int, str] = MappingProxyType({5: "ask", 6: "stop", 7: "undo", 8: "clear"})

PROGRAMS: Mapping[int, Mapping[str, str]] = MappingProxyType(
    {
        **{number: {"mode": mode} for number, mode in enumerate(MODES)},
        8: {"command": "continue"},
        9: {"command": "vary"},
        **{
            10 + number: {"command": "accompany", "role": role} for number, role in enumerate(PARTS)
        },
        15: {"command": "drumify"},
        16: {"command": "harmonise"},
        17: {"command": "generate"},
    }
)
_ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_SCALES = ("", *(f"{root} major" for root in _ROOTS), *(f"{root} minor" for root in _ROOTS))
_MOST_BARS = 16


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen; each field as `bridge.core.stage` describes it."""

    mode: str = "answer"
    command: str = "continue"
    role: str = "bass"
    engine: str = ""
    bars: int = 2
    adventure: float = 0.5
    density: float = 1.0
    similarity: float = 0.5
    scale: str = ""
    tempo_bpm: float = 120.0

    def chosen(self, given: Mapping[str, Any]) -> Choice:
        """The choice with what is given in its place.

        Raises:
            BadArgument: a value is not allowed.
        """
        known = {param.name: param for param in STAGE_PARAMS if param.name != "action"}
        new = {
            name: known[name].coerce(value)
            for name, value in given.items()
            if name in known and value is not None
        }
        scale_of(new.get("scale", ""))
        return replace(self, **new)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a message of the player's asks for: something to choose, something to do, or both."""

    given: Mapping[str, Any]
    action: str = ""


def read_turn(data: bytes, first_control: int) -> Turn | None:
    """What a message chooses; None where it is music, or no choice of ours.

    Args:
        data: the message.
        first_control: number of the first knob.
    """
    kind = data[0] & SYSTEM
    if kind == PROGRAM:
        return Turn(PROGRAMS.get(data[1], {}))
    if kind != CONTROL:
        return None
    place, value = data[1] - first_control, data[2]
    if 0 <= place < len(KNOBS):
        return Turn({KNOBS[place]: _turned(KNOBS[place], value)})
    if place in BUTTONS:
        return Turn({}, BUTTONS[place] if value >= 64 else "")
    return None


def _turned(knob: str, value: int) -> float | int | str:
    """What a knob at 0 to 127 says; the middle, 64, is a density of 1."""
    if knob == "density":
        return min(4.0, max(0.25, 2 ** ((value - 64) / 31.5)))
    if knob == "scale":
        return _SCALES[value * len(_SCALES) // 128]
    if knob == "bars":
        return 1 + value * _MOST_BARS // 128
    return value / 127


def routes_of(text: str) -> Mapping[str, int]:
    """Which role plays on which channel, from `melody=1,bass=2`; channels count from 1 there.

    Raises:
        BadArgument: a role or channel does not exist.
    """
    routes = dict(_ROUTES)
    for part in filter(None, (part.strip() for part in text.split(","))):
        role, _, channel = part.partition("=")
        if role.strip() not in _ROUTES or channel.strip() not in _CHANNELS:
            raise BadArgument(
                f"midi_channels must read like melody=1,bass=2 with channels 1 to 16; there are "
                f"{', '.join(_ROUTES)}; not {part[:40]!r}.",
                where="midi_channels",
            )
        routes[role.strip()] = int(channel) - 1
    return routes


_CHANNELS = frozenset(str(number) for number in range(1, 17))
_ROUTES: Mapping[str, int] = MappingProxyType(
    {"melody": 0, "bass": 1, "chords": 2, "counter": 3, "drums": 9, "soprano": 0, "alto": 0,
     "tenor": 0}
)  # fmt: skip
