# SPDX-License-Identifier: Apache-2.0
"""Prediction by partial match over viewpoints: counts, and what they say as a whole distribution.

Interpolated, with method D (Howard 1993): every count loses a half to what is new in its context.
That is better here than Kneser-Ney's losses, whose estimate fails since tunes repeat themselves but
not each other. A shorter context counts only what was new in the longer one (update exclusion,
Moffat 1990). A context seen once is kept as a plain number: most are.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from likelihood.stream import END, SIZES, WHERE, Array, Line, State, decisions
from likelihood.views import View, ngram, plain, views

SMALLEST_MASS = 1e-4
FAR = 9999  # the symbol of END in a view that is shifted
LOSS = 0.5  # of every count


class Counts:
    """How often which symbol followed each context."""

    def __init__(self) -> None:
        self._followers: dict[int, int | dict[int, int]] = {}

    def __len__(self) -> int:
        return len(self._followers)

    def learn(self, kind: int, view: View, answer: int) -> None:
        """Count an answer after each context of a view, until one knew it already."""
        symbol = _symbol(kind, view, answer)
        for context in view.contexts:
            if self._count(hash((kind, context)), symbol) > 1:
                return

    def _count(self, key: int, symbol: int) -> int:
        """Count it there; how often it was seen there by now."""
        known = self._followers.get(key)
        if known is None:
            self._followers[key] = symbol
            return 1
        if isinstance(known, int):
            seen = known == symbol
            self._followers[key] = {known: 2} if seen else {known: 1, symbol: 1}
            return 1 + seen
        known[symbol] = known.get(symbol, 0) + 1
        return known[symbol]

    def spread(self, kind: int, view: View, state: State) -> Array:
        """Chances of every answer, before what can't be is taken out; sums to 1 or less."""
        chances = np.zeros(SIZES[kind])
        mass = 1.0
        for context in view.contexts:
            known = self._followers.get(hash((kind, context)))
            if known is None:
                continue
            items = ((known, 1),) if isinstance(known, int) else known.items()
            share = mass / sum(count for _, count in items)
            mass = share * LOSS * len(items)
            for symbol, count in items:
                place = _answer(kind, view, symbol, state)
                if 0 <= place < len(chances):
                    chances[place] += share * (count - LOSS)
            if mass < SMALLEST_MASS:
                break
        return chances

    def chances(self, kind: int, view: View, state: State, mask: Array) -> Array:
        """Chances of what is valid, summing to 1; what was never seen shares what is left."""
        found = self.spread(kind, view, state)
        found += max(1.0 - float(found.sum()), SMALLEST_MASS) / mask.sum()
        found *= mask
        return np.asarray(found / found.sum())


def _symbol(kind: int, view: View, answer: int) -> int:
    if kind == WHERE and view.shift and answer == END:
        return FAR
    return answer - view.shift


def _answer(kind: int, view: View, symbol: int, state: State) -> int:
    if symbol == FAR:
        return END
    place = symbol + view.shift
    return END if kind == WHERE and view.shift and place >= state.bar_ticks else place


class Memory:
    """What a model has learned: the viewpoints, and the plain n-gram beside them."""

    def __init__(self) -> None:
        self.seen = Counts()

    def learn(self, kind: int, state: State, answer: int) -> None:
        """One decision."""
        for view in views(kind, state):
            self.seen.learn(kind, view, answer)
        self.seen.learn(kind, plain(kind, state), answer)
        self.seen.learn(kind, ngram(kind, state), answer)

    def read(self, line: Line, tonic: int) -> int:
        """A whole part; how many notes it has."""
        state = State(line.drums, tonic)
        for _, kind, answer in decisions(line, state):
            self.learn(kind, state, answer)
        return sum(len(notes) for _, notes in line.bars)

    def experts(self, kind: int, state: State, mask: Array) -> list[Array]:
        """The chances that each viewpoint gives."""
        return [self.seen.chances(kind, view, state, mask) for view in views(kind, state)]


def learned(
    lines: Iterable[tuple[Line, int]], most_notes: int, memory: Memory | None = None
) -> Memory:
    """A long-term memory of parts and the tonics of their keys, up to a number of notes more."""
    memory, notes = memory or Memory(), 0
    for line, tonic in lines:
        notes += memory.read(line, tonic)
        if notes >= most_notes:
            break
    return memory
