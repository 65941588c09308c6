# SPDX-License-Identifier: Apache-2.0
"""Prediction by partial match over viewpoints: counts, and what they say as whole distributions.

Interpolated, with method D (Howard 1993): every count loses a half to what is new in its context.
That is better here than Kneser-Ney's losses, whose estimate fails since tunes repeat themselves but
not each other. A shorter context counts only what was new in the longer one (update exclusion,
Moffat 1990). A context seen once is kept as a plain number: most are.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, MutableSequence, Sequence

import numpy as np

from models.memory.copies import Copies
from models.memory.stream import END, SIZES, WHERE, Array, Line, State, decisions
from models.memory.views import View, views

SMALLEST_MASS = 1e-4
FAR = 9999  # the symbol of END in a view that is shifted
LOSS = 0.5  # of every count
_ONES = np.ones(max(SIZES))  # a product with it is the fastest sum of short rows

Followers = dict[int, int | dict[int, int]]  # by context: the only symbol, or how often each


class Counts:
    """How often which symbol followed each context.

    Args:
        base: what was counted before; it is read, never changed.
    """

    def __init__(self, base: Mapping[int, int | dict[int, int]] | None = None) -> None:
        self._base = {} if base is None else base
        self._own: Followers = {}

    def __len__(self) -> int:
        return len(self._own.keys() | self._base.keys())

    def branch(self) -> Counts:
        """Counts that begin with these, which must not learn any more themselves."""
        return Counts({**self._base, **self._own} if self._base else self._own)

    def learn(self, kind: int, view: View, answer: int) -> None:
        """Count an answer after each context of a view, until one knew it already."""
        symbol = _symbol(kind, view, answer)
        for context in view.contexts:
            if self._count(hash((kind, context)), symbol) > 1:
                return

    def _count(self, key: int, symbol: int) -> int:
        """Count it there; how often it was seen there by now."""
        known = self._own.get(key)
        if known is None:
            known = self._base.get(key)
            if known is None:
                self._own[key] = symbol
                return 1
            if not isinstance(known, int):
                known = self._own[key] = known.copy()
        if isinstance(known, int):
            seen = known == symbol
            self._own[key] = {known: 2} if seen else {known: 1, symbol: 1}
            return 1 + seen
        known[symbol] = known.get(symbol, 0) + 1
        return known[symbol]

    def spread(self, kind: int, view: View, state: State) -> Array:
        """Chances of every answer, before what can't be is taken out; sums to 1 or less."""
        chances = array("d", bytes(8 * SIZES[kind]))
        self._fill(chances, 0, kind, view, state)
        return np.array(chances)

    def _fill(
        self,
        chances: MutableSequence[float],
        first: int,
        kind: int,
        view: View,
        state: State,
    ) -> None:
        """Add the chances of every answer from a place on."""
        own, base, shift, size = self._own, self._base, view.shift, SIZES[kind]
        far = state.bar_ticks if kind == WHERE and shift else size
        beyond = first + END if kind == WHERE else -1  # of the bar line, or END itself
        mass = 1.0
        for context in view.contexts:
            key = hash((kind, context))
            known = own.get(key)
            if known is None:
                known = base.get(key)
                if known is None:
                    continue
            if isinstance(known, int):
                known = {known: 1}
            share = mass / sum(known.values())
            mass = share * LOSS * len(known)
            for symbol, count in known.items():
                place = symbol + shift
                if 0 <= place < far:
                    chances[first + place] += share * (count - LOSS)
                elif place >= far and beyond >= 0:
                    chances[beyond] += share * (count - LOSS)
            if mass < SMALLEST_MASS:
                break

    def chances(
        self,
        kind: int,
        seen: Sequence[View],
        state: State,
        allowed: Array,
        single: Sequence[tuple[int, float]] = (),
    ) -> Array:
        """Chances of what is valid under each view (E, A), each row summing to 1.

        What was never seen shares what is left.

        Args:
            kind: of the decision.
            seen: E views of it.
            state: before it.
            allowed: places (A,) in the alphabet of the decision.
            single: rows for predictors of one answer, below the others: which, and its chance.
        """
        size = SIZES[kind]
        rows = len(seen) + len(single)
        filled = array("d", bytes(8 * size * rows))
        for number, view in enumerate(seen):
            self._fill(filled, number * size, kind, view, state)
        for number, (place, chance) in enumerate(single, len(seen)):
            filled[number * size + place] = chance
        table = np.frombuffer(filled).reshape(rows, size)
        if kind == WHERE and state.open_ticks < state.bar_ticks:
            table[:, END] += table[:, state.open_ticks : state.bar_ticks].sum(1)
            table[:, state.open_ticks : state.bar_ticks] = 0.0
        left = np.maximum(1.0 - table @ _ONES[:size], SMALLEST_MASS)
        found = table.take(allowed, 1)
        found += (left / len(allowed))[:, None]
        found /= (found @ _ONES[: len(allowed)])[:, None]
        return found


def _symbol(kind: int, view: View, answer: int) -> int:
    if kind == WHERE and view.shift and answer == END:
        return FAR
    return answer - view.shift


class Memory:
    """What was learned of one part, through the viewpoints and by its copies of earlier bars.

    Args:
        seen: counts to go on from.
        copies: rates to go on from.
    """

    def __init__(self, seen: Counts | None = None, copies: Copies | None = None) -> None:
        self.seen = Counts() if seen is None else seen
        self.copies = Copies() if copies is None else copies

    def branch(self) -> Memory:
        """A memory that begins with this one, which must not learn any more itself."""
        return Memory(self.seen.branch(), self.copies.copy())

    def learn(
        self, kind: int, state: State, answer: int, seen: Iterable[View] | None = None
    ) -> None:
        """One decision; `seen` are its views where they are known."""
        for view in views(kind, state) if seen is None else seen:
            self.seen.learn(kind, view, answer)
        self.copies.learn(kind, state, answer)

    def read(self, line: Line, tonic: int) -> int:
        """A whole part; how many notes it has."""
        state = State(line.drums, tonic)
        for _, kind, answer in decisions(line, state):
            self.learn(kind, state, answer)
        return sum(len(notes) for _, notes in line.bars)

    def viewpoints(self, kind: int, state: State, allowed: Array) -> Array:
        """The chances (E, A) that each viewpoint gives to what is allowed."""
        return self.seen.chances(kind, views(kind, state), state, allowed)

    def experts(
        self,
        kind: int,
        state: State,
        allowed: Array,
        seen: Sequence[View] | None = None,
    ) -> Array:
        """Those of the viewpoints, and below them those of the earlier bars (E + 4, A)."""
        known = views(kind, state) if seen is None else seen
        return self.seen.chances(kind, known, state, allowed, self.copies.foreseen(kind, state))
