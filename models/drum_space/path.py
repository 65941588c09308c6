# SPDX-License-Identifier: Apache-2.0
"""The way from one drum pattern to another: its ends are exact, and no step goes back.

Points lie on the arc between both windows' points and are decoded with one noise, after Roberts
et al. 2018. What the network would get wrong at an end is added to its logits there and fades
along the way, so that the path begins and ends with the very patterns. Of many points those are
taken that lie on the straight line of distances and never come closer to the start again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.drum_space.frame import Frame
from models.drum_space.question import known
from models.drum_space.space import DrumSpace, Noise, Terms, slerp
from models.drum_space.vary import lacking
from models.percussion.hits import Hits
from models.theory.steps import Steps, finish

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

FINE = 8  # points tried for each step
TEMPERATURE = 0.2  # on the way; chosen, as the next, on validation works
_AT_ONCE = 24  # decodes between two pauses
_LIKELY = 0.1  # what a nat counts beside a cell's distance from the straight line


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Two windows of one frame.

    Attributes:
        start, end: [steps, lanes].
        frame: of both.
        kit: which lanes may be struck between them, [lanes].
    """

    start: Hits
    end: Hits
    frame: Frame
    kit: Mask


def interpolate(
    space: DrumSpace,
    ends: Ends,
    count: int,
    rng: np.random.Generator,
    temperature: float = TEMPERATURE,
) -> list[Hits]:
    """`count` patterns from start to end, both included.

    Args:
        space: the network.
        ends: the two windows.
        count: patterns in all, from 2.
        rng: the source of chance.
        temperature: of hits.
    """
    return finish(interpolating(space, ends, count, rng, temperature))


def interpolating(
    space: DrumSpace,
    ends: Ends,
    count: int,
    rng: np.random.Generator,
    temperature: float = TEMPERATURE,
) -> Steps[list[Hits]]:
    """The same with a pause after every few decodes, so that a job can be cancelled in it."""
    shares = np.linspace(0, 1, FINE * (count - 1) + 1)
    terms = Terms(ends.kit | _used(ends.start) | _used(ends.end), temperature=temperature)
    noise = Noise.drawn(rng, len(ends.frame))
    tried, nats = yield from _decoded(space, ends, terms, noise, shares)
    chosen = _chosen(tried.hits, nats, ends, count)
    path = [tried[number] for number in chosen]
    return [ends.start, *path[1:-1], ends.end]


def _used(hits: Hits) -> Mask:
    return np.asarray(hits.hits.any(axis=0))


def _decoded(
    space: DrumSpace, ends: Ends, terms: Terms, noise: Noise, shares: NDArray[np.float64]
) -> Steps[tuple[Hits, Reals]]:
    """Patterns at all shares of the arc, decoded together, and how unlikely each is, in nats."""
    pair = _pair(ends)
    points, _ = space.encode(known(pair), ends.frame)
    between = np.stack([slerp(points[0], points[1], float(share)) for share in shares])
    away = shares[:, None, None].astype(np.float32)
    thresholds = noise.thresholds(terms.temperature)
    needed = lacking(space.logits(points, ends.frame, terms.kit, pair), pair.hits, thresholds)
    push = (1 - away) * needed[0] + away * needed[1]
    rows = []
    for some in _few(len(shares)):
        rows.append(space.decode(between[some], ends.frame, replace(terms, push=push[some]), noise))
        yield
    found = _joined(rows)
    loud = found.velocities + _faded(found.velocities, pair, pair.velocities, away)
    late = found.offsets + _faded(found.offsets, pair, pair.offsets, away)
    struck = found.hits
    loud, late = np.clip(loud, 1 / 127, 1), np.clip(late, -0.5, 0.5)
    costs = []
    for some in _few(len(shares)):
        logits = space.logits(between[some], ends.frame, terms.kit, found[some])
        costs.append(_nats(logits, struck[some], terms.kit))
        yield
    played = Hits(struck, np.where(struck, loud, 0), np.where(struck, late, 0))
    return played, np.concatenate(costs)


def _few(count: int) -> Iterator[slice]:
    """Rows that are computed between two pauses."""
    return (slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE))


def _joined(rows: Sequence[Hits]) -> Hits:
    """Batches as one."""
    names = ("hits", "velocities", "offsets")
    return Hits(*(np.concatenate([getattr(row, name) for row in rows]) for name in names))


def _nats(logits: Reals, struck: Mask, kit: Mask) -> Reals:
    """What patterns cost at their points, without any push."""
    against = np.where(struck, -logits, logits)[..., kit]
    return np.asarray(np.logaddexp(0, against).sum(axis=(1, 2)))


def _pair(ends: Ends) -> Hits:
    """Both ends as a batch."""
    names = ("hits", "velocities", "offsets")
    return Hits(*(np.stack([getattr(ends.start, n), getattr(ends.end, n)]) for n in names))


def _faded(found: Reals, pair: Hits, truth: Reals, away: Reals) -> Reals:
    """What velocities or offsets lack at the ends, faded along the way."""
    start = np.where(pair.hits[0], truth[0] - found[0], 0)
    end = np.where(pair.hits[1], truth[1] - found[-1], 0)
    return np.asarray((1 - away) * start + away * end, np.float32)


def _chosen(tried: Mask, nats: Reals, ends: Ends, count: int) -> list[int]:
    """Likely patterns near the straight line of which none goes back (dynamic programming)."""
    to_start = (tried != ends.start.hits).sum(axis=(1, 2))
    to_end = (tried != ends.end.hits).sum(axis=(1, 2))
    whole = max(1, int(to_start[-1]))
    onward = (to_start[None, :] >= to_start[:, None]) & (to_end[None, :] <= to_end[:, None])
    cost = np.where(np.arange(len(tried)) == 0, 0.0, np.inf)
    came: list[NDArray[np.int64]] = []
    for number in range(1, count):
        share = number / (count - 1)
        away = np.abs(to_start / whole - share) + np.abs(to_end / whole - 1 + share)
        away = away + _LIKELY * nats / whole
        total = np.where(onward, cost[:, None], np.inf)
        came.append(total.argmin(axis=0))
        cost = total.min(axis=0) + away
    place = len(tried) - 1
    chosen = [place]
    for before in reversed(came):
        place = int(before[place])
        chosen.append(place)
    return chosen[::-1]
