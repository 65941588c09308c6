# SPDX-License-Identifier: Apache-2.0
"""The way from one drum pattern to another: its ends are exact, and no step goes back.

Points lie on the arc between both windows' points and are decoded several times, after Roberts
et al. 2018: leaning to what the network would get wrong at either end, which fades along the way,
much or little, or to what both ends share. Beside them stand patterns that play some parts of one
end and the rest of the other. Of all these those are taken that lie on the straight line of
distances, never come closer to the start again, and are likely as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from models.drum_space.frame import Frame
from models.drum_space.handing import handed
from models.drum_space.question import known
from models.drum_space.space import DrumSpace, Noise, Terms, lacking, slerp
from models.percussion.hits import Hits
from models.theory.steps import Steps, finish

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

TEMPERATURE = 0.2  # on the way; chosen, as what follows, on validation works
_WARMTHS = (0.25, 1.5)  # of it, that are tried
_LEANS = (1.0, 0.3)  # shares of what the network lacks at the ends
_SHARED = 3.0  # logits for what both ends have in common
_LUCKS = 2
_PLACES = 31  # on the arc
_LIKELY = 0.8  # what a nat counts beside a cell's distance from the straight line
_ASTRAY = 1.0  # what a cell counts that changes and brings the step no farther
_TASTE = 0.2  # of what a pattern costs, chance decides so much, more where it is warmer
_STAYS = 1.0  # what it costs to stay where the step before is, of the whole way
_REBUILT = 3.0  # what a nat of the pattern counts beside one of its point
_AT_ONCE = 24  # decodes between two pauses


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

    @property
    def lanes(self) -> Mask:
        """Which lanes may be struck, those that the ends strike included, [lanes]."""
        return np.asarray(self.kit | self.start.hits.any(axis=0) | self.end.hits.any(axis=0))


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
    tried = yield from _tried(space, ends, temperature, rng)
    surprise = yield from _surprise(space, tried, ends)
    taste = _TASTE * temperature / TEMPERATURE * rng.random(len(surprise))
    path = [tried[number] for number in _chosen(tried.hits, surprise, taste, count)]
    return [ends.start, *path[1:-1], ends.end]


def _tried(
    space: DrumSpace, ends: Ends, temperature: float, rng: np.random.Generator
) -> Steps[Hits]:
    """All that may stand on the way, each pattern once; the start is first, the end last."""
    pair = Hits.stacked([ends.start, ends.end])
    points, _ = space.encode(known(pair), ends.frame)
    away = np.linspace(0, 1, _PLACES, dtype=np.float32)
    between = np.stack([slerp(points[0], points[1], float(share)) for share in away])
    away = away[:, None, None]
    lack = space.logits(points, ends.frame, ends.lanes, pair)
    rows = []
    for _, warmth in product(range(_LUCKS), _WARMTHS):
        noise = Noise.drawn(rng, len(ends.frame))
        for push in _pushes(lack, pair, noise.thresholds(warmth * temperature), away):
            terms = Terms(ends.lanes, temperature=warmth * temperature, push=push)
            found = space.decode(between, ends.frame, terms, noise)
            rows.append(_played(found, pair, away))
            yield
    rows.append(handed(ends.start, ends.end, ends.frame, rng))
    return _once(Hits.joined([ends.start[None], *rows, ends.end[None]], axis=0))


def _pushes(lack: Reals, pair: Hits, thresholds: Reals, away: Reals) -> Iterator[Reals]:
    """What is added to the logits along the way, [places, steps, lanes], in several manners."""
    needed = lacking(lack, pair.hits, thresholds)
    faded = (1 - away) * needed[0] + away * needed[1]
    for lean in _LEANS:
        yield lean * faded
    both = pair.hits.all(axis=0).astype(np.float32) - (~pair.hits).all(axis=0)
    yield np.broadcast_to(_SHARED * both, faded.shape)


def _played(found: Hits, pair: Hits, away: Reals) -> Hits:
    """Velocities and offsets that are the ends' own there."""
    loud = found.velocities + _faded(found.velocities, pair, pair.velocities, away)
    late = found.offsets + _faded(found.offsets, pair, pair.offsets, away)
    loud, late = np.clip(loud, 1 / 127, 1), np.clip(late, -0.5, 0.5)
    return Hits(found.hits, np.where(found.hits, loud, 0), np.where(found.hits, late, 0))


def _faded(found: Reals, pair: Hits, truth: Reals, away: Reals) -> Reals:
    """What velocities or offsets lack at the ends, faded along the way."""
    start = np.where(pair.hits[0], truth[0] - found[0], 0)
    end = np.where(pair.hits[1], truth[1] - found[-1], 0)
    return np.asarray((1 - away) * start + away * end, np.float32)


def _once(tried: Hits) -> Hits:
    """Each pattern once, in order; of those like an end, the end."""
    flat = tried.hits.reshape(len(tried.hits), -1)
    first = np.sort(np.unique(flat, axis=0, return_index=True)[1])
    like_end = (flat[first] == flat[-1]).all(axis=1)
    return tried[np.append(first[~like_end], len(flat) - 1)]


def _surprise(space: DrumSpace, tried: Hits, ends: Ends) -> Steps[Reals]:
    """How unlikely each pattern is, in nats: its point, and what comes back from there."""
    found = []
    for start in range(0, len(tried.hits), _AT_ONCE):
        some = tried[start : start + _AT_ONCE]
        points, spread = space.encode(known(some), ends.frame)
        cost = 0.5 * (points**2 + spread**2 - 1 - 2 * np.log(spread)).sum(axis=1)
        logits = space.logits(points, ends.frame, ends.lanes, some)
        found.append(cost + _REBUILT * _nats(logits, some.hits, ends.lanes))
        yield
    return np.concatenate(found)


def _nats(logits: Reals, struck: Mask, kit: Mask) -> Reals:
    """What patterns cost."""
    against = np.where(struck, -logits, logits)[..., kit]
    return np.asarray(np.logaddexp(0, against).sum(axis=(1, 2)))


def _chosen(tried: Mask, surprise: Reals, taste: NDArray[np.float64], count: int) -> list[int]:
    """Likely patterns near the straight line of which none goes back (dynamic programming)."""
    to_start = (tried != tried[0]).sum(axis=(1, 2))
    to_end = (tried != tried[-1]).sum(axis=(1, 2))
    whole = max(1, int(to_start[-1]))
    onward = (to_start[None, :] >= to_start[:, None]) & (to_end[None, :] <= to_end[:, None])
    between = _apart(tried)
    astray = (2 * between - abs(to_start - to_start[:, None]) - abs(to_end - to_end[:, None])) / 2
    step = np.where(onward, _ASTRAY * astray / whole, np.inf) + _STAYS * np.eye(len(tried))
    cost = np.where(np.arange(len(tried)) == 0, 0.0, np.inf)
    came: list[NDArray[np.int64]] = []
    for number in range(1, count):
        share = number / (count - 1)
        away = np.abs(to_start / whole - share) + np.abs(to_end / whole - 1 + share)
        total = cost[:, None] + step
        came.append(total.argmin(axis=0))
        cost = total.min(axis=0) + away + _LIKELY * surprise / whole + taste
    place = len(tried) - 1
    chosen = [place]
    for before in reversed(came):
        place = int(before[place])
        chosen.append(place)
    return chosen[::-1]


def _apart(tried: Mask) -> Reals:
    """In how many cells each pattern differs from each, [patterns, patterns]."""
    flat = tried.reshape(len(tried), -1).astype(np.float32)
    struck = flat.sum(axis=1)
    return np.asarray(struck[:, None] + struck - 2 * flat @ flat.T, np.float32)
