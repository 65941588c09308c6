# SPDX-License-Identifier: Apache-2.0
"""A wish to be like earlier bars of the part, or unlike them, as nats on onsets and pitches.

The similarity token tells the network what is wanted; this leans on its answer. Onsets that one of
the last bars has are raised (or lowered), and at such an onset the pitches that were struck there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.encode import lay_out
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
    """

    def __init__(self, scene: Scene, nats: float) -> None:
        self._nats = nats
        self._scene = scene
        standing = lay_out(scene).standing if nats else []
        self._standing = [
            [[(note.tick, note.pitch) for note in bar] for bar in part] for part in standing
        ]

    def wish(self, tracker: Tracker) -> Array | None:
        """Nats to add to each token (V,); None where there is nothing to be like."""
        if not self._nats or tracker.expects not in {st.ONSET, st.MORE, st.FIRST}:
            return None
        struck = self._struck(tracker)
        if not struck:
            return None
        found = np.zeros(v.SIZE)
        if tracker.expects != st.FIRST:
            found[[v.POS + tick for tick in struck]] = self._nats
        if tracker.expects != st.ONSET:
            base = v.DRUM if self._scene.parts[tracker.part].drums else v.PITCH
            found[[base + pitch for pitch in struck.get(tracker.tick, ())]] = self._nats
        return found

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
