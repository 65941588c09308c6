# SPDX-License-Identifier: Apache-2.0
"""Copies: what stood here one, two, four and eight bars ago, and how often that came again.

A table of contexts sees a few notes back; loops go round in bars. For each kind of decision and
each distance a rate says how often the earlier bar was right so far, soon forgetting, and what it
foresees is as likely as that.
"""

from __future__ import annotations

from models.memory.stream import FIRST, LENGTH, MORE, SIZES, WHERE, Chord, State
from models.memory.views import next_onset

LAGS_BARS = (1, 2, 4, 8)
_START = 0.6  # the rate before anything is known,
_WEIGHT = 2.0  # and for how many decisions that counts
_SUREST = 0.99
_KEPT = 0.95  # of what was counted, at each further decision


def copies(kind: int, state: State) -> list[int | None]:
    """What the earlier bars had in this place; None where nothing."""
    return [_copy(kind, state, state.back(lag)) for lag in LAGS_BARS]


def _copy(kind: int, state: State, bar: dict[int, Chord] | None) -> int | None:
    if bar is None:
        return None
    if kind == WHERE:
        return next_onset(bar, state.tick)
    chord = bar.get(state.tick)
    if not chord:
        return None
    if kind == FIRST:
        return chord[0][0]
    last = state.chord[-1][0]
    if kind == LENGTH:
        return next((length for pitch, length in chord if pitch == last), None)
    lower = next((pitch for pitch, _ in chord if pitch < last), None)
    return int(lower is not None) if kind == MORE else lower


class Copies:
    """How often copies were right."""

    def __init__(self) -> None:
        lags, kinds = range(len(LAGS_BARS)), range(len(SIZES))
        self._right = [[_START * _WEIGHT for _ in lags] for _ in kinds]
        self._asked = [[_WEIGHT for _ in lags] for _ in kinds]

    def copy(self) -> Copies:
        """The same, to go on from."""
        twin = Copies.__new__(Copies)
        twin._right = [row.copy() for row in self._right]
        twin._asked = [row.copy() for row in self._asked]
        return twin

    def learn(self, kind: int, state: State, answer: int) -> None:
        """One decision."""
        right, asked = self._right[kind], self._asked[kind]
        for lag, copy in enumerate(copies(kind, state)):
            if copy is not None:
                right[lag] = _KEPT * right[lag] + (copy == answer)
                asked[lag] = _KEPT * asked[lag] + 1.0

    def foreseen(self, kind: int, state: State) -> list[tuple[int, float]]:
        """For each distance an answer and its chance, which is 0 where there is no such bar."""
        rates = zip(copies(kind, state), self._right[kind], self._asked[kind], strict=True)
        return [
            (0, 0.0) if copy is None else (copy, min(_SUREST, right / asked))
            for copy, right, asked in rates
        ]
