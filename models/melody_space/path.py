# SPDX-License-Identifier: Apache-2.0
"""Path: the way from one window to another through the candidates that lie between them.

The distance from the first window never shrinks and that from the second never grows; of all such
paths the one nearest to a straight line is taken, and rather one on which every step is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.melody_space.candidates import Ends, distance, write_between
from models.melody_space.frame import Array
from models.melody_space.space import Space, Stage
from models.melody_space.symbols import Symbols

HIGHEST_TEMPERATURE = 0.5
STANDING = 0.01  # what it costs not to move from one step to the next
PLAUSIBLE = 0.003  # what each nat costs that a candidate has under the network
TASTE = 0.01  # of cost that chance decides, so that other seeds give other paths


@dataclass(frozen=True, slots=True)
class Walk:
    """Which candidate each step takes.

    Attributes:
        chosen: (K,) numbers of candidates; the last two are the ends themselves.
        first, second: (K,) distances of each from the ends, as shares of that between them.
    """

    chosen: Array
    first: Array
    second: Array


def walk(
    candidates: Symbols,
    ends: Ends,
    stage: Stage,
    shares: Sequence[float],
    bounds: tuple[float, float] = (0.0, 1.0),
    taste: Array | float = 0.0,
) -> Walk:
    """The monotone path nearest to the straight line.

    Args:
        candidates: (B, N, 6).
        ends: the two windows.
        stage: of all.
        shares: where each step lies, ascending.
        bounds: least distance from the first, and most from the second, of all steps.
        taste: (B + 2,) costs of the candidates and of both ends, besides how far they are off.
    """
    everyone = Symbols(
        np.concatenate((candidates.states, ends.first.states[None], ends.second.states[None])),
        np.concatenate((candidates.chords, ends.first.chords[None], ends.second.chords[None])),
    )
    apart = max(1, int(distance(ends.first, ends.second, stage.open)))
    left = distance(everyone, ends.first, stage.open) / apart
    right = distance(everyone, ends.second, stage.open) / apart
    able = (left >= bounds[0] - 1e-9) & (left <= 1) & (right <= bounds[1] + 1e-9)
    able[-1] = True
    steps = np.asarray(shares)[:, None]
    costs = (left - steps) ** 2 + (right - (1 - steps)) ** 2 + taste + np.where(able, 0.0, 1e6)
    after = (left[None] >= left[:, None] - 1e-9) & (right[None] <= right[:, None] + 1e-9)
    stands = STANDING * ((left[None] == left[:, None]) & (right[None] == right[:, None]))
    chosen = _cheapest(costs, np.where(after, stands, np.inf))
    return Walk(chosen, left[chosen], right[chosen])


def _cheapest(costs: Array, moves: Array) -> Array:
    """The cheapest sequence, given what each element costs and each move to another (Viterbi)."""
    total = costs[0]
    back = []
    for cost in costs[1:]:
        reach = total[:, None] + moves
        back.append(reach.argmin(0))
        total = reach.min(0) + cost
    chosen = [int(total.argmin())]
    for came in reversed(back):
        chosen.append(int(came[chosen[-1]]))
    return np.array(chosen[::-1])


def walked(
    space: Space,
    ends: Ends,
    stage: Stage,
    shares: Array,
    how: tuple[float, np.random.Generator, Symbols | None, tuple[float, float]],
) -> Symbols:
    """One window of every step, (K, N, 6).

    Args:
        space: that writes.
        ends: the windows.
        stage: of both.
        shares: where the steps lie, ascending, between 0 and 1.
        how: temperature, random numbers, the quarter before each step or None, and the bounds
            of `walk`.
    """
    temperature, rng, before, bounds = how
    if not distance(ends.first, ends.second, stage.open):
        count = len(shares)
        return Symbols(
            np.repeat(ends.first.states[None], count, 0),
            np.repeat(ends.first.chords[None], count, 0),
        )
    written, nats = write_between(space, ends, stage, shares, (temperature, rng, before))
    taste = np.append(PLAUSIBLE * nats, [PLAUSIBLE * np.median(nats)] * 2)
    taste += TASTE * rng.random(len(taste))
    chosen = walk(written, ends, stage, list(shares), bounds, taste).chosen
    states = np.concatenate((written.states, ends.first.states[None], ends.second.states[None]))
    chords = np.concatenate((written.chords, ends.first.chords[None], ends.second.chords[None]))
    return Symbols(states[chosen], chords[chosen])
