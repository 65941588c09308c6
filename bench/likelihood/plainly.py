# SPDX-License-Identifier: Apache-2.0
"""What the simpler baselines go by: the last tokens, and plain frequencies."""

from __future__ import annotations

from collections.abc import Iterable

from models.memory.ppm import Memory
from models.memory.stream import FIRST, LOWER, WHERE, Line, State
from models.memory.views import View

NGRAM_ORDER = 5


class WholeMemory(Memory):
    """The viewpoints, and the plain n-gram and frequencies beside them."""

    def learn(
        self, kind: int, state: State, answer: int, seen: Iterable[View] | None = None
    ) -> None:
        """One decision."""
        super().learn(kind, state, answer, seen)
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
