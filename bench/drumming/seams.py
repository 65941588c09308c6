# SPDX-License-Identifier: Apache-2.0
"""Whether windows join without a seam: what steps cost after the joint, and after other bar lines.

Four bars are varied as two windows that share their aim and their chance, as engines do it. The
first beat after the joint is compared with the first beats after the bar lines inside windows, and
both with the same places of the music itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drumming.cost import StepModel
from drumming.varied import chance_like, varied
from drumming.windows import STEPS, Held
from models.drum_space.space import DrumSpace

AMOUNT = 0.3
BAR, BEAT = STEPS // 2, 4


def neighbours(windows: Sequence[Held]) -> list[tuple[Held, Held]]:
    """Windows of which the second begins where the first ends, as `held` cuts them."""
    return [
        (first, last)
        for first, middle, last in zip(windows, windows[1:], windows[2:], strict=False)
        if first.work == last.work
        and (middle.hits.hits[:BAR] == first.hits.hits[BAR:]).all()
        and (middle.hits.hits[BAR:] == last.hits.hits[:BAR]).all()
    ]


def seams(
    space: DrumSpace, chosen: Sequence[tuple[Held, Held]], model: StepModel
) -> list[tuple[str, float, float]]:
    """Nats a step in the beat after the joint and after other bar lines, for varied and real."""
    made = [_joined(space, pair, number) for number, pair in enumerate(chosen)]
    real = [np.concatenate([a.hits.hits, b.hits.hits]) for a, b in chosen]
    return [(name, *_costs(found, model)) for name, found in (("varied", made), ("real", real))]


def _joined(space: DrumSpace, pair: tuple[Held, Held], seed: int) -> NDArray[np.bool_]:
    chance = chance_like(space, pair[0], 1, np.random.default_rng(seed))
    return np.concatenate([varied(space, window, AMOUNT, chance).hits[0] for window in pair])


def _costs(found: Sequence[NDArray[np.bool_]], model: StepModel) -> tuple[float, float]:
    nats = np.stack([model.nats(window) for window in found])
    inside = np.concatenate([nats[:, BAR : BAR + BEAT], nats[:, 3 * BAR : 3 * BAR + BEAT]])
    return float(nats[:, STEPS : STEPS + BEAT].mean()), float(inside.mean())
