# SPDX-License-Identifier: Apache-2.0
"""Recall: the memory of one candidate, which learns each note as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from models.memory.ppm import Memory
from models.memory.stream import (
    END,
    FIRST,
    LENGTH,
    LOWER,
    MORE,
    WHERE,
    State,
    Struck,
    bar_decisions,
    note_decisions,
)
from models.memory.views import View, views
from models.tokens import vocabulary as v
from models.tokens.state import DONE, TARGET, TargetCell
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]


class Known(Protocol):
    """What stands in one part that is written: see `remembering.Prompt`."""

    @property
    def memory(self) -> Memory:
        """What was learned of its bars without a cell."""

    @property
    def state(self) -> State:
        """Before its first cell."""

    @property
    def bars(self) -> Sequence[tuple[int, Sequence[Struck]]]:
        """Of each bar its length in ticks and the notes that stand there."""


class _Part:
    """One part's memory and where it is; views of a decision are worked out once."""

    def __init__(self, known: Known) -> None:
        self.memory = known.memory.branch()
        self.state = known.state.copy()
        self.bars = known.bars
        self._views: dict[int, list[View]] = {}

    def views(self, kind: int) -> list[View]:
        found = self._views.get(kind)
        if found is None:
            found = self._views[kind] = views(kind, self.state)
        return found

    def learn(self, kind: int, answer: int) -> None:
        self.memory.learn(kind, self.state, answer, self.views(kind))

    def moved(self) -> None:
        self._views.clear()

    def follow(self, steps: Iterable[tuple[int, int]], *, learn: bool = True) -> None:
        """Take decisions that are known already."""
        for kind, answer in steps:
            if learn:
                self.memory.learn(kind, self.state, answer)
        self.moved()

    def reach(self, bar: int) -> None:
        """Pass bars that stand; they were learned with the prompt."""
        for ticks, notes in self.bars[len(self.state.bars) : bar]:
            self.follow(bar_decisions(ticks, notes, self.state), learn=False)


class Recall:
    """Follows one candidate token by token.

    Attributes:
        speaks: whether anything is remembered where the candidate is. In a cell where notes stand
            among those to be written, nothing is: the memory can't tell the two apart.
    """

    def __init__(self, known: Mapping[int, Known]) -> None:
        self.speaks = False
        self._known = known
        self._parts: dict[int, _Part] = {}
        self._part: _Part | None = None
        self._behind: Sequence[Struck] = ()  # notes that stand in this bar, to be taken at its end

    @property
    def drums(self) -> bool:
        """Whether the part being written is one of pads."""
        return self._part is not None and self._part.state.drums

    def experts(self, kind: int, places: Array) -> Array:
        """What each viewpoint gives (E, A) to these answers."""
        assert self._part is not None
        part = self._part
        return part.memory.experts(kind, part.state, places, part.views(kind))

    def step(self, token: int, tracker: Tracker) -> None:
        """Take a token that the tracker has just stepped."""
        if not self._known or tracker.phase not in {TARGET, DONE}:
            return
        if v.ROLE <= token < v.METRE:
            self._enter(tracker, tracker.targets[tracker.target])
        elif self._part is None:
            return
        elif token == v.ENDCELL:
            self._leave(self._part, tracker)
        elif self.speaks:
            _take(self._part, token)

    def _enter(self, tracker: Tracker, cell: TargetCell) -> None:
        known = self._known.get(cell.part)
        self.speaks, self._part = False, None
        if known is None:
            return
        if cell.part not in self._parts:
            self._parts[cell.part] = _Part(known)
        part = self._part = self._parts[cell.part]
        part.reach(cell.bar)
        ticks, standing = part.bars[cell.bar]
        part.state.begin_bar(ticks)
        self.speaks = not any(cell.low <= note.tick < cell.high for note in standing)
        self._behind = standing
        if self.speaks:
            part.follow(note_decisions((n for n in standing if n.tick < cell.low), part.state))
            part.state.open_ticks = cell.high
            self._behind = [note for note in standing if note.tick >= cell.high]

    def _leave(self, part: _Part, tracker: Tracker) -> None:
        """The cell is whole: take what stands behind it, and the bar line."""
        rest: list[Struck] = list(self._behind)
        if not self.speaks:
            rest += tracker.written[tracker.target]
            rest.sort(key=lambda note: (note.tick, -note.pitch))
        part.state.open_ticks = part.state.bar_ticks
        part.follow(note_decisions(rest, part.state))
        if part.state.chord:
            part.learn(MORE, 0)
        part.learn(WHERE, END)
        part.state.end_bar()
        part.moved()
        self.speaks, self._part = False, None


def _take(part: _Part, token: int) -> None:
    """An onset, a pitch or a length."""
    state = part.state
    if v.POS <= token < v.PITCH:
        if state.chord:
            part.learn(MORE, 0)
        part.learn(WHERE, token - v.POS)
        state.strike(token - v.POS)
    elif v.PITCH <= token < v.DUR:
        _strike(part, token - (v.DRUM if state.drums else v.PITCH))
    elif v.DUR <= token < v.VEL:
        part.learn(LENGTH, token - v.DUR)
        state.last(token - v.DUR)
    else:
        return
    part.moved()


def _strike(part: _Part, pitch: int) -> None:
    state = part.state
    if state.chord:
        part.learn(MORE, 1)
        part.learn(LOWER, pitch)
    else:
        part.learn(FIRST, pitch)
    state.pitch(pitch)
    if state.drums:
        state.last(0)
