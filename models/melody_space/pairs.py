# SPDX-License-Identifier: Apache-2.0
"""Pairs: which voice of one phrase goes with which of the other, both as the network sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np

from models.melody_space.frame import SLOTS, Array
from models.melody_space.layout import Bars
from models.melody_space.lines import Line, read_line, silent
from models.melody_space.phrase import Phrase, home_of, key_of_phrase, key_shift
from models.melody_space.symbols import REST_STATE, Symbols, base_of, centre_of, to_symbols

KeyPath = Literal["middle", "semitones"]
_CHORD_COST = 12.0  # semitones that chords against a single line count as


@dataclass(frozen=True, slots=True)
class Pair:
    """Two voices that turn into each other.

    Attributes:
        first, second: (N, 6) symbols over the whole of either phrase.
        base: of the first.
        octaves: by which the second lies higher.
        shift: semitones by which the second was moved to the first's key.
    """

    first: Symbols
    second: Symbols
    base: int
    octaves: int
    shift: int

    def base_at(self, share: float, key_path: KeyPath) -> int:
        """The pitch that counts as 0 on the way; at 0 and 1 that of the phrases themselves."""
        key = nearest(self.shift * share) if key_path == "semitones" else self.shift * (share > 0.5)
        return self.base + 12 * nearest(self.octaves * share) - key


def nearest(value: float) -> int:
    """The nearest whole number, the upper one of two."""
    return math.floor(value + 0.5)


def pairs(first: Phrase, second: Phrase, shapes: Sequence[int]) -> list[Pair]:
    """The voices of two phrases in pairs, a silent one where a phrase has fewer."""
    lines = [[read_line(p.frame, voice) for voice in p.voices] for p in (first, second)]
    count = max(map(len, lines))
    for found, phrase in zip(lines, (first, second), strict=True):
        found.extend([silent(phrase.frame)] * (count - len(found)))
    order = min(permutations(lines[1]), key=lambda other: _cost(lines[0], other))
    shift = key_shift(first, second)
    home = home_of(key_of_phrase(first))
    together = zip(lines[0], order, strict=True)
    return [_pair(left, right, shift, home, shapes) for left, right in together]


def _cost(left: Sequence[Line], right: Sequence[Line]) -> float:
    return sum(_unlike(a, b) for a, b in zip(left, right, strict=True))


def _unlike(left: Line, right: Line) -> float:
    if not (left.struck.any() and right.struck.any()):
        return 0.0
    chords = abs(float((left.shapes > 0).any()) - float((right.shapes > 0).any()))
    return min(24.0, abs(centre_of(left) - centre_of(right))) + _CHORD_COST * chords


def _pair(left: Line, right: Line, shift: int, home: int, shapes: Sequence[int]) -> Pair:
    if not left.struck.any():
        base = base_of(centre_of(right) + shift, home)
        octaves = 0
    else:
        base = base_of(centre_of(left), home)
        apart = centre_of(right) + shift - centre_of(left) if right.struck.any() else 0.0
        octaves = round(apart / 12)
    other = base + 12 * octaves - shift
    return Pair(
        to_symbols(left, base, shapes), to_symbols(right, other, shapes), base, octaves, shift
    )


def laid_out(
    symbols: Symbols, phrase: Phrase, bars: Sequence[int | None], counts: Sequence[int]
) -> Symbols:
    """Some bars of a voice, each cut or filled with rests to so many quarters."""
    states, chords = [], []
    for bar, count in zip(bars, counts, strict=True):
        own = slice(0, 0) if bar is None else phrase.frame.quarters(bar, bar + 1)
        states.append(_sized(symbols.states[own], count))
        chords.append(_sized(symbols.chords[own], count))
    return Symbols(np.concatenate(states), np.concatenate(chords))


def _sized(values: Array, count: int) -> Array:
    """Exactly `count` quarters; rests and single notes are 0."""
    assert REST_STATE == 0
    room = np.zeros((count, SLOTS), np.int64)
    size = min(count, len(values))
    room[:size] = values[:size]
    return room


def sides(sources: Sequence[Bars]) -> tuple[list[int | None], list[int | None]]:
    """The bars of the first phrase and those of the second."""
    return [source[0] for source in sources], [source[1] for source in sources]
