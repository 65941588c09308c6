# SPDX-License-Identifier: Apache-2.0
"""Whether locked cells and missing pads are respected, by counting; and how long a decode takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

import numpy as np

from drumming.varied import chance_like, varied
from drumming.windows import Held
from models.drum_space.config import LANE_COUNT
from models.drum_space.space import DrumSpace, Noise, Terms
from models.drum_space.windows import template
from models.metre import Metre

AT_ONCE = 8


def faults(space: DrumSpace, windows: Sequence[Held], requests: int) -> tuple[int, int]:
    """Requests whose locked cells changed, and requests with hits in lanes the kit hasn't."""
    rng, frame = np.random.default_rng(1), template(Metre(), 2)
    changed = strayed = 0
    for number in range(requests // AT_ONCE):
        hits = windows[number % len(windows)].hits
        kit = rng.random(LANE_COUNT) < 0.6
        fixed = np.zeros_like(hits.hits)
        fixed[:, rng.random(LANE_COUNT) < 0.3] = True
        terms = Terms(kit, fixed, hits, temperature=float(rng.random()))
        noise = Noise.drawn(rng, AT_ONCE, len(frame))
        found = space.decode(space.aims(rng, AT_ONCE), frame, terms, noise)
        changed += sum(not found[n].same_as(hits)[fixed].all() for n in range(AT_ONCE))
        free = ~fixed & ~kit
        strayed += sum(bool(found.hits[n][free].any()) for n in range(AT_ONCE))
    return changed, strayed


def milliseconds(space: DrumSpace, window: Held, count: int, rounds: int = 30) -> float:
    """Median time from a window's hits to so many variations, warm."""
    taken = []
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        start = time.perf_counter()
        varied(space, window, 0.3, chance_like(space, window, count, rng))
        taken.append(1000 * (time.perf_counter() - start))
    return median(taken[3:])
