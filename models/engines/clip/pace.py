# SPDX-License-Identifier: Apache-2.0
"""A wish for so many onsets in a bar, as nats on where the next one lies.

The density token tells the network what is wanted; where music repeats it follows its bars before
and not the token. So places near the one that an even spread of the missing onsets would have
next are raised above the others, and the end of the cell too once none is missing. Where in the
beat they may lie follows from what the part plays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.encode import Layout, draft_of, lay_out
from models.tokens.grammar import Mask
from models.tokens.scene import Cell, Scene
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]

_NATS = 6.0  # for a place that is a whole step of the spread away
_MOST_STEPS = 3.0
_OFF_GRID_NATS = 6.0  # for a place in the beat that the part does not use
_BEAT = v.TICKS_PER_QUARTER
_EVEN, _TRIPLETS = frozenset({0, 6, 12, 18}), frozenset({0, 4, 8, 12, 16, 20})


class Pace:
    """The wish of one scene; holds nothing of a candidate."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._stands: dict[int, list[int]] = {}
        self._beat: dict[int, frozenset[int]] = {}
        if not any(cell.controls.pace for cell in scene.cells):
            return
        layout = lay_out(scene)
        for index, cell in enumerate(scene.cells):
            low, high = scene.span(cell)
            bar = layout.standing[cell.part][cell.bar]
            self._stands[index] = sorted({n.tick for n in bar if low <= n.tick < high})
            if cell.part not in self._beat:
                self._beat[cell.part] = _places(layout, cell.part)

    def wish(self, tracker: Tracker, logits: Array, mask: Mask) -> Array | None:
        """Nats to add to each token (V,); None where no number of onsets is wanted.

        Args:
            tracker: where the candidate is.
            logits: (V,) of the network, with all other wishes.
            mask: what the grammar allows.
        """
        if tracker.expects not in {st.ONSET, st.MORE, st.DURATION}:
            return None
        cell = self._scene.cells[tracker.target]
        if not cell.controls.pace:
            return None
        if tracker.expects == st.DURATION:
            return self._lengths(cell, tracker)
        allowed = np.frombuffer(mask, np.uint8).nonzero()[0]
        allowed = allowed[allowed < v.PITCH]  # onsets and the end; a lower pitch is no onset
        if len(allowed) < 2:
            return None
        lean = self._lean(cell, tracker, allowed)
        plain = logits[allowed].astype(np.float64)
        found = np.zeros(v.SIZE)
        found[allowed] = lean + np.logaddexp.reduce(plain) - np.logaddexp.reduce(plain + lean)
        return found

    def _lean(self, cell: Cell, tracker: Tracker, allowed: Array) -> Array:
        """What each place loses by its distance from the best one."""
        ideal, step = self._next(cell, tracker)
        ends = allowed < v.POS
        ticks = np.where(ends, self._scene.span(cell)[1], allowed - v.POS)
        steps = np.minimum(np.abs(ticks - ideal) / step, _MOST_STEPS)
        known = np.isin(ticks % _BEAT, list(self._beat[cell.part]))
        known &= ~np.isin(ticks, self._stands[tracker.target])  # no new onset
        return np.asarray(-_NATS * steps - _OFF_GRID_NATS * ~(known | ends))

    def _lengths(self, cell: Cell, tracker: Tracker) -> Array:
        """What each length loses by reaching over the place of the next onset."""
        ideal, step = self._next(cell, tracker)
        over = np.array(v.DURATIONS_TICKS) - max(1.0, ideal - tracker.tick)
        found = np.zeros(v.SIZE)
        found[v.DUR : v.VEL] = -_NATS * np.clip(over / step, 0.0, _MOST_STEPS)
        return found

    def _next(self, cell: Cell, tracker: Tracker) -> tuple[float, float]:
        """The tick where the next onset would lie in an even spread, and the spread's step."""
        low, high = self._scene.span(cell)
        beats = (high - low) / _BEAT
        stands = len(self._stands[tracker.target])
        rate = min(cell.controls.pace or 0.0, len(self._beat[cell.part]))
        wanted = max(0, round(rate * beats) - stands)
        step = (high - low) / max(1, wanted)
        begun = {note.tick for note in tracker.written[tracker.target]}
        if tracker.expects == st.DURATION:
            begun.add(tracker.tick)
        done = len(begun) + (0.5 if stands else 0.0)  # what stands has the downbeat, mostly
        return (low + done * step if len(begun) < wanted else float(high)), step


def _places(layout: Layout, part: int) -> frozenset[int]:
    """Ticks of a beat for onsets: those used, and sixteenths or, with triplets, sextuplets."""
    bars: list[Iterable[Any]] = [*layout.standing[part], *layout.target[part]]
    bars += [draft_of(layout, cell) for cell in layout.scene.cells if cell.part == part]
    used = {note.tick % _BEAT for bar in bars for note in bar}
    triplets = bool(used & {8, 16})
    even = bool(used & {6, 18}) or not triplets
    return frozenset(used | (_EVEN if even else set()) | (_TRIPLETS if triplets else set()))
