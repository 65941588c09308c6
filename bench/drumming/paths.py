# SPDX-License-Identifier: Apache-2.0
"""How straight and how likely the way between two patterns is, after Roberts et al. 2018, fig. 4.

Distances are Hamming distances of cells, divided by that between both ends. A path is monotone
when no step comes closer to the start or goes away from the end. The cost of the middle is
divided by the mean of both ends' costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drumming.cost import StepModel
from models.drum_space.config import LANE_COUNT
from models.drum_space.path import Ends, interpolate
from models.drum_space.question import known
from models.drum_space.space import TEMPERATURE, DrumSpace, Noise, Terms, slerp
from models.drum_space.windows import template
from models.metre import Metre
from models.percussion.hits import Hits

Mask = NDArray[np.bool_]
Way = Callable[[Hits, Hits, int], list[Mask]]

COUNT = 11


@dataclass(frozen=True, slots=True)
class Straightness:
    """What a way of going measures over all pairs.

    Attributes:
        monotone: share of paths.
        deviation: mean distance from the straight line, of both distances.
        middle: cost of the middle pattern over the mean of both ends'; the median of the pairs.
        dearest: the largest such ratio on a path, the median of the pairs.
        ends: share of paths that begin and end with the very patterns.
    """

    monotone: float
    deviation: float
    middle: float
    dearest: float
    ends: float


def straightness(way: Way, pairs: Sequence[tuple[Hits, Hits]], model: StepModel) -> Straightness:
    """Measure one way on all pairs."""
    rows = np.array([_row(way(a, b, n), a, b, model) for n, (a, b) in enumerate(pairs)])
    middle, dearest = np.median(rows[:, 2:4], axis=0)
    monotone, deviation, _, _, ends = rows.mean(axis=0)
    return Straightness(monotone, deviation, middle, dearest, ends)


def _row(path: Sequence[Mask], start: Hits, end: Hits, model: StepModel) -> list[float]:
    whole = (start.hits != end.hits).sum()
    to_start = np.array([(p != start.hits).sum() for p in path])
    to_end = np.array([(p != end.hits).sum() for p in path])
    line = np.linspace(0, 1, len(path))
    away = np.abs(to_start / whole - line) + np.abs(to_end / whole - (1 - line))
    monotone = (np.diff(to_start) >= 0).all() and (np.diff(to_end) <= 0).all()
    costs = np.array([model.nats(p).sum() for p in path])
    first, last = (model.nats(p.hits).sum() for p in (start, end))
    ratios = costs / ((1 - line) * first + line * last)
    exact = to_start[0] == 0 and to_end[-1] == 0
    return [float(monotone), away.mean() / 2, ratios[len(path) // 2], ratios.max(), float(exact)]


def ours(space: DrumSpace) -> Way:
    """`models.drum_space.path`."""
    frame = template(Metre(), 2)

    def way(start: Hits, end: Hits, seed: int) -> list[Mask]:
        ends = Ends(start, end, frame, np.zeros(LANE_COUNT, bool))
        return [p.hits for p in interpolate(space, ends, COUNT, np.random.default_rng(seed))]

    return way


def plain(space: DrumSpace) -> Way:
    """The arc decoded at even shares and nothing else."""
    frame = template(Metre(), 2)

    def way(start: Hits, end: Hits, seed: int) -> list[Mask]:
        points, _ = space.encode(known(Hits.stacked([start, end])), frame)
        shares = np.linspace(0, 1, COUNT)
        between = np.stack([slerp(points[0], points[1], float(s)) for s in shares])
        noise = Noise.drawn(np.random.default_rng(seed), len(frame))
        terms = Terms(np.ones(LANE_COUNT, bool), temperature=TEMPERATURE)
        return list(space.decode(between, frame, terms, noise).hits)

    return way


def crossfade(start: Hits, end: Hits, seed: int) -> list[Mask]:
    """Each step is taken from the end with a chance that grows; one draw serves the whole path."""
    chance = np.random.default_rng(seed).random(len(start.hits))
    shares = np.linspace(0, 1, COUNT)
    return [np.where((chance < share)[:, None], end.hits, start.hits) for share in shares]


def fresh_crossfade(start: Hits, end: Hits, seed: int) -> list[Mask]:
    """The same with new chance for each pattern, as the paper has it."""
    rng = np.random.default_rng(seed)
    shares = np.linspace(0, 1, COUNT)
    return [
        np.where((rng.random(len(start.hits)) < share)[:, None], end.hits, start.hits)
        for share in shares
    ]
