# SPDX-License-Identifier: Apache-2.0
"""A wish to be like earlier bars of the part, or unlike them, as nats on onsets and pitches.

The similarity token tells the network what is wanted; this leans on its answer. Onsets that one of
the last bars has are raised (or lowered), and at such an onset the pitches that were struck there.
The draft of a cell to be reworked is left in the same way: else the network copies what it sees,
most of all where everything may change and nothing stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.encode import draft_of, lay_out
from models.tokens.scene import Scene
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]
Struck = dict[int, set[int]]  # pitches by tick

BACK_BARS = (1, 2, 4)  # repeats lie mostly so far back


class Resemblance:
    """The wish of one scene; holds nothing of a candidate.

    Args:
        scene: the question.
        nats: how much; negative for something newer.
        anew: nats taken from what a draft has, by half from its onsets.
    """

    def __init__(self, scene: Scene, nats: float, anew: float = 0.0) -> None:
        self._nats = nats
        self._anew = anew
        self._scene = scene
        layout = lay_out(scene) if nats or anew else None
        self._drafts: dict[int, Struck] = {}
        for index, cell in enumerate(scene.cells if layout and anew else ()):
            if layout and cell.hint == "rework":
                for note in draft_of(layout, cell):
                    self._drafts.setdefault(index, {}).setdefault(note.tick, set()).add(note.pitch)
        standing = layout.standing if layout and nats else []
        self._standing = [
            [[(note.tick, note.pitch) for note in bar] for bar in part] for part in standing
        ]

    def wish(self, tracker: Tracker) -> Array | None:
        """Nats to add to each token (V,); None where there is nothing to be like."""
        if tracker.expects not in {st.ONSET, st.MORE, st.FIRST}:
            return None
        earlier = self._struck(tracker) if self._nats else {}
        draft = self._drafts.get(tracker.target, {})
        if not earlier and not draft:
            return None
        found = np.zeros(v.SIZE)
        self._lean(found, tracker, earlier, (self._nats, self._nats))
        self._lean(found, tracker, draft, (-self._anew / 2, -self._anew))
        return found

    def _lean(
        self, found: Array, tracker: Tracker, struck: Struck, nats: tuple[float, float]
    ) -> None:
        """Add to onsets, and to pitches at this one, that were struck."""
        if tracker.expects != st.FIRST:
            found[[v.POS + tick for tick in struck]] += nats[0]
        if tracker.expects != st.ONSET:
            base = v.DRUM if self._scene.parts[tracker.part].drums else v.PITCH
            found[[base + pitch for pitch in struck.get(tracker.tick, ())]] += nats[1]

    def _struck(self, tracker: Tracker) -> Struck:
        """What earlier bars strike, those that were just written included."""
        found: Struck = {}
        bars = {tracker.bar - back for back in BACK_BARS}
        for bar in bars:
            if bar >= 0:
                for tick, pitch in self._standing[tracker.part][bar]:
                    found.setdefault(tick, set()).add(pitch)
        for cell, notes in zip(tracker.targets, tracker.written, strict=False):
            if cell.part == tracker.part and cell.bar in bars:
                for note in notes:
                    found.setdefault(note.tick, set()).add(note.pitch)
        return found
