# SPDX-License-Identifier: Apache-2.0
"""One candidate while it is being written: where it stands, and what the network has yet to read.

It takes one free choice at a time, then every token that the grammar leaves no choice about; the
network reads those together with the choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from models.clip import Note
from models.engines.clip.accord import Accord
from models.engines.clip.ask import Draft
from models.engines.clip.leading import Leading
from models.engines.clip.pace import Pace
from models.engines.clip.remembering import Remembering
from models.engines.clip.resemblance import Resemblance
from models.engines.clip.room import TooLong
from models.engines.clip.sampling import Sampler
from models.tokens import vocabulary as v
from models.tokens.decode import cell_notes
from models.tokens.grammar import Grammar, Mask
from models.tokens.home import moved_notes
from models.tokens.rolls import Rolls
from models.tokens.scene import Scene
from models.tokens.state import DONE, Features
from models.tokens.strikes import Strikes
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]
# A token, where it stands, what sounds, and what pitches and onsets go with.
Standing = tuple[int, Features, int, Rolls, Strikes]

SPARE_TOKENS = 24  # kept for a note that was begun and for notes that rules still demand
_END_CELL = bytes(v.ENDCELL) + b"\1" + bytes(v.SIZE - v.ENDCELL - 1)


@dataclass(frozen=True, slots=True)
class CellEnd:
    """A candidate has finished a cell.

    Attributes:
        candidate: place among the seeds.
        cell: place in `Scene.cells`.
        notes: what was written there.
        nats: -log likelihood of its tokens under the network, grammar applied.
        tokens: how many of them were chosen freely.
    """

    candidate: int
    cell: int
    notes: tuple[Note, ...]
    nats: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all candidates of a scene share; none of it changes.

    Attributes:
        scene: the question.
        grammar: of the scene and its rules.
        sampler: draws tokens.
        resemblance: the wish to be like earlier bars.
        pace: the wish for so many onsets.
        leading: the rules of part-writing.
        accord: what the given parts' chords say of pitches.
        remembering: what the parts that are written have said so far.
        room: tokens that the network holds behind the context.
        least_after: for each cell, what the cells behind it need at the least.
        shift: semitones by which the scene was moved for the network; notes are moved back.
    """

    scene: Scene
    grammar: Grammar
    sampler: Sampler
    resemblance: Resemblance
    pace: Pace
    leading: Leading
    accord: Accord
    remembering: Remembering
    room: int
    least_after: tuple[int, ...]
    shift: int = 0


def standing(token: int, tracker: Tracker) -> Standing:
    """The token that the tracker has just stepped, as the network reads it."""
    return token, tracker.features(), tracker.sounding, tracker.rolls(), tracker.strikes()


class Candidate:
    """One candidate.

    Attributes:
        index: its place among the seeds.
        done: whether it is whole.
        pending: tokens that the network has not read yet, and where they stand.
        cells: those that have ended.
    """

    def __init__(self, index: int, sheet: Sheet, tracker: Tracker, rng: Random) -> None:
        """Stand behind the context; `tracker` is the candidate's own."""
        self.index = index
        self.done = False
        self.pending: list[Standing] = []
        self.cells: list[CellEnd] = []
        self._sheet = sheet
        self._tracker = tracker
        self._rng = rng
        self._recall = sheet.remembering.recall()
        self._used = 0
        self._nats, self._free = 0.0, 0
        self._mask: Mask = b""
        self._follow()

    @property
    def draft(self) -> Draft:
        """The cells so far, as a draft."""
        return Draft(
            tuple(cell.notes for cell in self.cells),
            tuple(cell.nats for cell in self.cells),
            tuple(cell.tokens for cell in self.cells),
        )

    def choose(self, logits: Array) -> None:
        """Choose one token by the logits (V,), and go on to the next free choice.

        Raises:
            TooLong: the rules demand more than the network's context holds.
        """
        sheet, tracker = self._sheet, self._tracker
        wishes = (
            sheet.remembering.wish(self._recall, tracker, logits, self._mask),
            sheet.resemblance.wish(tracker),
            sheet.leading.wish(tracker),
            sheet.accord.wish(tracker, logits, self._mask),
        )
        wish = _together(wishes)
        onsets = sheet.pace.wish(tracker, logits if wish is None else logits + wish, self._mask)
        wish = _together((wish, onsets))
        choice = sheet.sampler.draw(logits, self._mask, tracker, self._rng, wish)
        self._nats += choice.nats
        self._free += 1
        self._append(choice.token)
        self._follow()

    def _follow(self) -> None:
        """Append what is forced, up to a choice or the end."""
        while not self.done:
            self._mask = self._sheet.grammar.allowed(self._tracker)
            if self._full() and self._mask[v.ENDCELL]:
                self._mask = _END_CELL
            if self._mask.count(1) > 1:
                return
            self._append(self._mask.index(1))

    def _append(self, token: int) -> None:
        tracker = self._tracker
        tracker.step(token)
        self._recall.step(token, tracker)
        self.pending.append(standing(token, tracker))
        self._used += 1
        if self._used > self._sheet.room:
            raise TooLong(self._used, self._sheet.room)
        if token == v.ENDCELL:
            self._end_cell()
        self.done = tracker.phase == DONE

    def _full(self) -> bool:
        """Whether the rest of the room is needed by the cells behind this one."""
        cell = self._tracker.target
        after = self._sheet.least_after[cell] if cell >= 0 else 0
        return self._used + after + SPARE_TOKENS > self._sheet.room

    def _end_cell(self) -> None:
        cell = self._tracker.target
        scene = self._sheet.scene
        notes = cell_notes(scene, cell, self._tracker.written[cell])
        if self._sheet.shift and not scene.parts[scene.cells[cell].part].drums:
            notes = moved_notes(notes, -self._sheet.shift)
        self.cells.append(CellEnd(self.index, cell, notes, self._nats, self._free))
        self._nats, self._free = 0.0, 0


def _together(wishes: Iterable[Array | None]) -> Array | None:
    """All wishes at once."""
    found: Array | None = None
    for wish in wishes:
        if wish is not None:
            found = wish if found is None else found + wish
    return found
