# SPDX-License-Identifier: Apache-2.0
"""What the simpler baselines go by: last tokens, plain frequencies, copies of earlier bars."""

from __future__ import annotations

from collections.abc import Iterable

from models.memory.ppm import Memory
from models.memory.stream import FIRST, LENGTH, LOWER, MORE, WHERE, Line, State
from models.memory.views import View, next_onset

LAGS_BARS = (1, 2, 4, 8)
NGRAM_ORDER = 5


class WholeMemory(Memory):
    """The viewpoints, and the plain n-gram and frequencies beside them."""

    def learn(self, kind: int, state: State, answer: int) -> None:
        """One decision."""
        super().learn(kind, state, answer)
        self.seen.learn(kind, plain(kind, state), answer)
        self.seen.learn(kind, ngram(kind, state), answer)


def ngram(kind: int, state: State) -> View:
    """The plain view: the last tokens as they are."""
    past = state.tokens
    lengths = range(min(NGRAM_ORDER, len(past)), -1, -1)
    return View(0, [("n", kind, state.drums, *past[len(past) - n :]) for n in lengths])


def plain(kind: int, state: State) -> View:
    """Little more than how often each answer is right."""
    if kind == WHERE:
        return View(0, [("u", kind, state.bar_ticks, state.tick), ("u", kind)])
    if kind in {FIRST, LOWER} and not state.drums:
        return View(state.tonic, [("u", kind)])
    return View(0, [("u", kind, state.drums, len(state.chord)), ("u", kind, state.drums)])


def copies(kind: int, state: State) -> list[int | None]:
    """What the bars one, two, four and eight bars ago had in this place; None where nothing."""
    return [_copy(kind, state, state.back(lag)) for lag in LAGS_BARS]


def _copy(kind: int, state: State, bar: dict[int, list[tuple[int, int]]] | None) -> int | None:
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


def learned(
    lines: Iterable[tuple[Line, int]], most_notes: int, memory: Memory | None = None
) -> Memory:
    """A long-term memory of parts and the tonics of their keys, up to a number of notes more."""
    memory, notes = memory or WholeMemory(), 0
    for line, tonic in lines:
        notes += memory.read(line, tonic)
        if notes >= most_notes:
            break
    return memory
