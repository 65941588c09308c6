# SPDX-License-Identifier: Apache-2.0
"""Symbols: what the network reads and writes in each slot, and the chord shapes that it knows.

A slot is 0 for a rest, 1 for a hold, or 2 + a pitch above the line's base, which lies on the tonic
some two octaves below its middle. What is struck below the top is a chord shape: one of those that
real music uses most, so that whatever is written is a chord that somebody played.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.melody_space.frame import Array
from models.melody_space.lines import HOLD, REACH, REST, Line

REST_STATE, HOLD_STATE, FIRST_PITCH = 0, 1, 2
SPAN = 48  # pitches above the base; others are moved by octaves
STATES = FIRST_PITCH + SPAN
_MIDDLE = SPAN // 2


@dataclass(frozen=True, slots=True)
class Symbols:
    """A stretch of a line as the network sees it.

    Attributes:
        states: (N, 6).
        chords: (N, 6) number of the shape below each strike, 0 for a single note.
    """

    states: Array
    chords: Array


def base_of(centre: float, shift: int) -> int:
    """The pitch that counts as 0: a C after moving by `shift`, two octaves below `centre`.

    Args:
        centre: mean pitch of the line.
        shift: semitones to the common tonic.
    """
    return 12 * round((centre + shift - _MIDDLE) / 12) - shift


def centre_of(line: Line) -> float:
    """Mean of a line's top pitches; the middle of the keyboard without any."""
    struck = line.tops[line.struck]
    return float(struck.mean()) if struck.size else 60.0


def to_symbols(line: Line, base: int | Array, shapes: Sequence[int]) -> Symbols:
    """A line in symbols; or many, stacked, each with a base.

    Args:
        line: what is played.
        base: the pitch that counts as 0, or pitches that broadcast to the line's arrays.
        shapes: bits of the chord shapes that are known; the first is the single note.
    """
    places = folded(line.tops.astype(np.int64) - base)
    states = np.where(line.tops == REST, REST_STATE, HOLD_STATE)
    states = np.where(line.struck, FIRST_PITCH + places, states)
    known = nearest_shapes(np.unique(line.shapes), tuple(shapes))
    values, back = np.unique(line.shapes, return_inverse=True)
    chords = np.array([known[int(v)] for v in values], np.int64)[back].reshape(line.shapes.shape)
    return Symbols(states, np.where(line.struck, chords, 0))


def to_line(symbols: Symbols, base: int, shapes: Sequence[int]) -> Line:
    """The line that symbols stand for; pitches off the keyboard are moved by octaves."""
    states = symbols.states
    tops = states - FIRST_PITCH + base
    while (tops[states >= FIRST_PITCH] < 0).any() or (tops[states >= FIRST_PITCH] > 127).any():
        tops = tops + 12 * (tops < 0) - 12 * (tops > 127)
    tops = np.where(states == REST_STATE, REST, np.where(states == HOLD_STATE, HOLD, tops))
    bits = np.asarray(shapes, np.int32)[symbols.chords]
    return Line(tops.astype(np.int16), np.where(tops >= 0, bits, 0).astype(np.int32))


def folded(places: Array) -> Array:
    """Pitches above a base, moved by octaves into 0 to `SPAN` - 1."""
    low = np.where(places < 0, places % 12, places)
    return np.where(low >= SPAN, SPAN - 12 + low % 12, low)


def nearest_shapes(bits: Array, shapes: tuple[int, ...]) -> dict[int, int]:
    """For each shape the number of the known one that sounds most like it.

    Pitch classes count most, then the notes themselves, then how often the shape is used.
    """
    return {int(value): _nearest(int(value), shapes) for value in bits}


@lru_cache(maxsize=65536)
def _nearest(value: int, shapes: tuple[int, ...]) -> int:
    if not value:
        return 0
    notes, classes = _table(shapes)
    own = _bits(value)
    own_classes = own[:12] | own[12:]
    costs = 3 * (classes != own_classes).sum(1) + (notes != own).sum(1)
    costs[0] += 100  # a chord stays a chord
    return int(costs.argmin())


@lru_cache(maxsize=4)
def _table(shapes: tuple[int, ...]) -> tuple[Array, Array]:
    notes = np.array([_bits(shape) for shape in shapes])
    return notes, notes[:, :12] | notes[:, 12:]


def _bits(value: int) -> Array:
    return np.array([value >> step & 1 for step in range(REACH)], bool)


def shape_classes(shapes: Sequence[int]) -> Array:
    """(shapes, 12) which pitch classes below the top a shape holds, by semitones 0-11 below."""
    found = np.zeros((len(shapes), 12), bool)
    for row, value in enumerate(shapes):
        for step in range(1, REACH + 1):
            if value >> (step - 1) & 1:
                found[row, step % 12] = True
    return found
