# SPDX-License-Identifier: Apache-2.0
"""What attribute directions do to their attribute and to the others, and what amounts change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drumming.varied import chance_like, varied
from drumming.windows import Held
from models.drum_space.attributes import ATTRIBUTES, measure
from models.drum_space.config import LANE_COUNT
from models.drum_space.question import known
from models.drum_space.space import DrumSpace, Noise, Terms
from models.drum_space.windows import template
from models.metre import Metre
from models.percussion.hits import Hits

AMOUNTS = (-2.0, -1.0, 1.0, 2.0)
NEARBY = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


def effects(space: DrumSpace, windows: Sequence[Held]) -> dict[tuple[str, float], list[float]]:
    """For each attribute and amount: mean change of every attribute, in standard deviations."""
    frame, terms = template(Metre(), 2), Terms(np.ones(LANE_COUNT, bool))
    truth = Hits.stacked(window.hits for window in windows)
    noise = Noise.drawn(np.random.default_rng(0), len(frame))
    points, _ = space.encode(known(truth), frame)
    base = measure(space.decode(points, frame, terms, noise), frame)
    spread = measure(truth, frame).std(axis=0)
    found = {}
    for name in ATTRIBUTES:
        for amount in AMOUNTS:
            there = space.moved(points, {name: amount})
            change = measure(space.decode(there, frame, terms, noise), frame) - base
            found[name, amount] = [float(v) for v in change.mean(axis=0) / spread]
    return found


def amounts(space: DrumSpace, windows: Sequence[Held]) -> dict[float, tuple[float, float]]:
    """For each amount of variation: share of the hits that are gone, share of hits that are new."""
    rng = np.random.default_rng(0)
    found: dict[float, tuple[float, float]] = {}
    for amount in NEARBY:
        gone: list[NDArray[np.float64]] = []
        for window in windows:
            made = varied(space, window, amount, chance_like(space, window, 4, rng)).hits
            real = window.hits.hits
            rows = [[(real & ~m).sum() / real.sum(), (m & ~real).sum() / real.sum()] for m in made]
            gone.append(np.mean(rows, axis=0))
        lost, new = np.mean(gone, axis=0)
        found[amount] = (float(lost), float(new))
    return found
