# SPDX-License-Identifier: Apache-2.0
"""What is known of a window: all of it, some lanes, no dynamics, or only a tapped rhythm.

One network serves every task, because it is told what is missing: a lane that is silent and a
lane that is not known are different things to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.drum_space.config import CELL, LANE_COUNT
from models.percussion.hits import Hits

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

FLAT_VELOCITY = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A window as the encoder reads it; a leading batch axis is allowed.

    Attributes:
        hits: what is known, [..., steps, lanes].
        lanes: which lanes are known, [..., lanes].
        velocities: whether their velocities are, [...].
        timing: whether their offsets are, [...].
        complete: whether no hit of a known lane is missing, [...].
        tap: hits of unknown lane: [..., steps, 3]: struck, velocity, offset.
    """

    hits: Hits
    lanes: Mask
    velocities: Mask
    timing: Mask
    complete: Mask
    tap: Reals

    def inputs(self) -> Reals:
        """The numbers that the encoder reads, [..., steps, inputs]."""
        known = self.lanes[..., None, :] & self.hits.hits
        loud = np.where(self.velocities[..., None, None], self.hits.velocities, FLAT_VELOCITY)
        late = np.where(self.timing[..., None, None], self.hits.offsets, 0)
        cells = np.stack([known, loud * known, late * known], axis=-1)
        flags = [self.lanes, *(f[..., None] for f in (self.velocities, self.timing, self.complete))]
        each = np.concatenate(flags, axis=-1)[..., None, :]
        steps = np.broadcast_to(each, (*known.shape[:-1], each.shape[-1]))
        flat = cells.reshape(*known.shape[:-1], LANE_COUNT * CELL)
        return np.concatenate([flat, self._tap(), steps], axis=-1).astype(np.float32)

    def _tap(self) -> Reals:
        """The tap, as loud and as late as may be known."""
        struck = self.tap[..., :1]
        loud = np.where(self.velocities[..., None, None], self.tap[..., 1:2], FLAT_VELOCITY)
        late = np.where(self.timing[..., None, None], self.tap[..., 2:], 0)
        return np.concatenate([struck, loud * struck, late * struck], axis=-1)


def known(hits: Hits) -> Question:
    """Everything is known."""
    lead = hits.hits.shape[:-2]
    yes = np.ones(lead, bool)
    tap = np.zeros((*hits.hits.shape[:-1], CELL), np.float32)
    return Question(hits, np.ones((*lead, LANE_COUNT), bool), yes, yes, yes, tap)


def stiff(hits: Hits) -> Question:
    """Hits without dynamics or micro-timing: what humanising begins with."""
    no = np.zeros(hits.hits.shape[:-2], bool)
    return replace(known(hits), velocities=no, timing=no)


def some_lanes(hits: Hits, lanes: Mask) -> Question:
    """Only these lanes: what completing a kit begins with."""
    return replace(known(hits), lanes=np.broadcast_to(lanes, (*hits.hits.shape[:-2], LANE_COUNT)))


def tapped(struck: Mask, velocities: Reals, offsets: Reals) -> Question:
    """A rhythm that says nothing of lanes, [..., steps] each: a tap, a bass line, a melody."""
    silent = np.zeros((*struck.shape, LANE_COUNT), np.float32)
    rest = known(Hits(silent > 0, silent, silent))
    tap = np.stack([struck, velocities * struck, offsets * struck], axis=-1).astype(np.float32)
    return replace(rest, lanes=np.zeros_like(rest.lanes), complete=~rest.complete, tap=tap)


def as_tap(hits: Hits) -> Question:
    """All lanes collapsed into one: the loudest hit of each step."""
    loud = np.where(hits.hits, hits.velocities, -1)
    main = loud.argmax(axis=-1)[..., None]

    def at(values: Reals) -> Reals:
        return np.take_along_axis(values, main, axis=-1)[..., 0]

    struck = np.asarray(hits.hits.any(axis=-1))
    return tapped(struck, at(hits.velocities), at(hits.offsets))
