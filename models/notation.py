# SPDX-License-Identifier: Apache-2.0
"""Metres and scales as people write them: 6/8, "C minor", "F# dorian"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from models.clip import Scale
from models.errors import BadArgument
from models.metre import DENOMINATORS, Metre

_NATURAL: Mapping[str, int] = MappingProxyType(
    {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
)
_ACCIDENTAL: Mapping[str, int] = MappingProxyType({"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1})
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
SCALES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "major": _MAJOR,
        "minor": _MINOR,
        "ionian": _MAJOR,
        "dorian": (0, 2, 3, 5, 7, 9, 10),
        "phrygian": (0, 1, 3, 5, 7, 8, 10),
        "lydian": (0, 2, 4, 6, 7, 9, 11),
        "mixolydian": (0, 2, 4, 5, 7, 9, 10),
        "aeolian": _MINOR,
        "locrian": (0, 1, 3, 5, 6, 8, 10),
        "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
        "melodic minor": (0, 2, 3, 5, 7, 9, 11),
        "major pentatonic": (0, 2, 4, 7, 9),
        "minor pentatonic": (0, 3, 5, 7, 10),
        "blues": (0, 3, 5, 6, 7, 10),
        "whole tone": (0, 2, 4, 6, 8, 10),
        "chromatic": tuple(range(12)),
    }
)
_SHORT: Mapping[str, str] = MappingProxyType({"": "major", "m": "minor", "min": "minor"})
_METRE = re.compile(r"(\d{1,2})\s*/\s*(\d{1,2})")
_SCALE = re.compile(r"([A-Ga-g])([#b♯♭]?)[\s-]*(.*)")


def metre_of(text: str) -> Metre:
    """The metre that "6/8" names.

    Raises:
        BadArgument: it names none.
    """
    found = _METRE.fullmatch(text.strip())
    numerator, denominator = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= numerator <= 99 or denominator not in DENOMINATORS:
        raise BadArgument(
            f"{text[:40]!r} is not a metre; write it as 4/4 or 6/8, with 1 to 99 over "
            "1, 2, 4, 8, 16 or 32.",
            where="metre",
        )
    return Metre(numerator, denominator)


def scale_of(text: str) -> Scale | None:
    """The scale that "C minor", "F# dorian" or "Am" names; None for empty text.

    Raises:
        BadArgument: it names none.
    """
    if not text.strip():
        return None
    found = _SCALE.fullmatch(text.strip())
    mode = re.sub(r"[\s_-]+", " ", found[3].strip()) if found else "?"
    name = _SHORT.get(mode, mode.lower())
    if not found or name not in SCALES:
        raise BadArgument(
            f"{text[:40]!r} is not a scale; write a note and a name, such as C minor: there are "
            f"{', '.join(SCALES)}.",
            where="scale",
        )
    root = (_NATURAL[found[1].upper()] + _ACCIDENTAL[found[2]]) % 12
    return Scale(root, SCALES[name], name.title())
