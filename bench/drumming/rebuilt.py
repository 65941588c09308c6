# SPDX-License-Identifier: Apache-2.0
"""How much of a window comes back through its point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drumming.windows import Held
from models.drum_space.config import LANE_COUNT
from models.drum_space.question import known
from models.drum_space.space import DrumSpace, Noise, Terms
from models.drum_space.windows import template
from models.metre import Metre
from models.percussion.hits import Hits

BATCH = 64


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Shares and errors over all windows.

    Attributes:
        forced: steps right in all nine lanes when each lane is told the true ones before it.
        steps: the same when lanes are sampled.
        sampled_point: the same when the point is sampled too.
        hits: F1 of single hits, sampled.
        velocity: mean error of velocities, 0-127, of hits that came back.
        offset: mean error of offsets, in steps.
    """

    forced: float
    steps: float
    sampled_point: float
    hits: float
    velocity: float
    offset: float


def rebuilt(space: DrumSpace, windows: Sequence[Held], temperature: float, seed: int) -> Rebuilt:
    """Encode and decode all windows."""
    rng = np.random.default_rng(seed)
    frame = template(Metre(), 2)
    terms = Terms(np.ones(LANE_COUNT, bool), temperature=temperature)
    rows: list[list[float]] = []
    for start in range(0, len(windows), BATCH):
        truth = Hits.stacked(window.hits for window in windows[start : start + BATCH])
        noise = Noise.drawn(rng, len(truth.hits), len(frame))
        point, spread = space.encode(known(truth), frame)
        forced = space.logits(point, frame, terms.kit, truth) > 0
        found = space.decode(point, frame, terms, noise)
        loose = point + spread * rng.normal(size=point.shape).astype(np.float32)
        other = space.decode(loose, frame, terms, noise)
        rows += _rows(truth, found, forced, other)
    table = np.array(rows)
    both, made, real = table[:, 3:6].sum(axis=0)
    velocity, offset = table[:, 6:8].sum(axis=0) / both
    forced_share, steps, sampled = table[:, :3].mean(axis=0)
    return Rebuilt(forced_share, steps, sampled, 2 * both / (made + real), 127 * velocity, offset)


def _rows(truth: Hits, found: Hits, forced: np.ndarray, other: Hits) -> list[list[float]]:
    """For each window the shares and sums that the means are made of."""
    rows = []
    for n in range(len(truth.hits)):
        real, made = truth.hits[n], found.hits[n]
        both = real & made
        rows.append(
            [
                *(float((x == real).all(axis=-1).mean()) for x in (forced[n], made, other.hits[n])),
                float(both.sum()),
                float(made.sum()),
                float(real.sum()),
                float(np.abs(truth.velocities[n] - found.velocities[n])[both].sum()),
                float(np.abs(truth.offsets[n] - found.offsets[n])[both].sum()),
            ]
        )
    return rows
