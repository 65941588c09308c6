# SPDX-License-Identifier: Apache-2.0
"""Path: the way from one window to another through many that the network wrote between them.

Candidates are written at many places between the two points, freely and leaning on what either
end plays; then the best monotone path through them is chosen: the distance from the first window
never shrinks and that from the second never grows, both close to a straight line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.melody_space.frame import Array
from models.melody_space.space import NEVER, Space, Stage, Way, gumbel
from models.melody_space.symbols import FIRST_PITCH, HOLD_STATE, REST_STATE, STATES, Symbols

PLACES_BETWEEN = 15
LUCKS = 3  # different random numbers, each shared along the whole way
LEANS = (0.0, 3.0, 6.0)  # logits that what the ends play is worth
ALIKE = 3.0  # and what they share, always
MARGIN = 3  # semitones that a candidate may leave the range of the ends
TRIPLET_SLOTS = (2, 4)
SELDOM = -1e4
HIGHEST_TEMPERATURE = 0.5
TASTE = 0.004  # of cost that chance decides, so that other seeds give other paths


@dataclass(frozen=True, slots=True)
class Ends:
    """Two windows on one stage, and their points.

    Attributes:
        first, second: (N, 6) symbols.
        points: (2, latent).
    """

    first: Symbols
    second: Symbols
    points: Array


def distance(left: Symbols, right: Symbols, open_slots: Array) -> Array:
    """How many open slots differ, over the last two axes."""
    other = (left.states != right.states) | (left.chords != right.chords)
    return np.asarray((other & open_slots).sum((-2, -1)))


def slerp(first: Array, second: Array, shares: Array) -> Array:
    """Points (K, latent) on the arc from one point to the other (Shoemake 1985).

    Lengths go evenly from one to the other, so that the ends are met exactly.
    """
    sizes = np.linalg.norm(first), np.linalg.norm(second)
    units = first / max(sizes[0], 1e-9), second / max(sizes[1], 1e-9)
    angle = np.arccos(np.clip(units[0] @ units[1], -1, 1))
    share = shares[:, None]
    if angle < 1e-4:
        return np.asarray(first + (second - first) * share, np.float32)
    arc = np.sin((1 - share) * angle) * units[0] + np.sin(share * angle) * units[1]
    length = sizes[0] + (sizes[1] - sizes[0]) * share
    return np.asarray(arc / np.sin(angle) * length, np.float32)


def write_between(
    space: Space,
    ends: Ends,
    stage: Stage,
    shares: Array,
    how: tuple[float, np.random.Generator, Symbols | None],
) -> tuple[Symbols, Array]:
    """Candidates between two windows, and where each lies, 0 to 1.

    Args:
        space: that writes.
        ends: the windows.
        stage: of both.
        shares: where the steps lie for which candidates are wanted.
        how: temperature, random numbers, and the quarter before each step, (K, 6), or None.
    """
    temperature, rng, before = how
    dense = np.linspace(shares[0], shares[-1], PLACES_BETWEEN) if len(shares) > 1 else shares
    chords = len(space.config.chords)
    noise = gumbel(rng, len(stage.places), chords, LUCKS)
    each = len(dense)
    places = np.tile(dense, LUCKS * len(LEANS))
    luck = np.repeat(np.tile(np.arange(LUCKS), len(LEANS)), each)
    lean = np.repeat(np.array(LEANS), LUCKS * each)
    points = slerp(ends.points[0], ends.points[1], places)
    bonus, chord_bonus = _bonuses(ends, places, lean, chords)
    way = Way(temperature, noise[luck], bonus, chord_bonus)
    if before is not None:
        near = np.abs(places[:, None] - shares[None]).argmin(1)
        before = Symbols(before.states[near], before.chords[near])
    return space.decode(points, stage, way, before), places


def _bonuses(ends: Ends, places: Array, lean: Array, chords: int) -> tuple[Array, Array]:
    """What is added to the logits of states and of chords: (B, N, 6, ...)."""
    first, second = ends.first, ends.second
    worths = lean * (1 - places), lean * places  # the nearer end is worth more
    alike = (first.states == second.states) & (first.chords == second.chords)
    states = np.broadcast_to(_bounds(first, second), (len(places), *first.states.shape, STATES))
    states = states.copy()
    below = np.zeros((len(places), *first.chords.shape, chords), np.float32)
    rows, columns = np.indices(first.states.shape)
    for worth, end in zip(worths, (first, second), strict=True):
        gain = worth[:, None, None] + ALIKE / 2 * alike
        states[:, rows, columns, end.states] += gain
        below[:, rows, columns, end.chords] += gain
    return states, below


def _bounds(first: Symbols, second: Symbols) -> Array:
    """(N, 6, states): nothing far outside the range of the ends, no triplets but theirs."""
    states = np.stack((first.states, second.states))
    pitches = states[states >= FIRST_PITCH]
    bounds = np.zeros((*first.states.shape, STATES), np.float32)
    low = pitches.min() - MARGIN if pitches.size else FIRST_PITCH
    high = pitches.max() + MARGIN if pitches.size else FIRST_PITCH - 1
    numbers = np.arange(STATES)
    bounds[..., (numbers >= FIRST_PITCH) & ((numbers < low) | (numbers > high))] = NEVER
    if not all((end >= FIRST_PITCH).any() for end in states):  # one plays, one is silent
        bounds[..., FIRST_PITCH:] = NEVER
        for end in states:
            np.put_along_axis(bounds, end[..., None], 0, -1)
    for slot in TRIPLET_SLOTS:
        used = (states[..., slot] >= FIRST_PITCH).any()
        if not used:
            bounds[:, slot, FIRST_PITCH:] = NEVER
            bounds[:, slot, REST_STATE] = SELDOM  # only where nothing sounds to be held
            bounds[:, slot, HOLD_STATE] = 0
    return bounds


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
    able = (left >= bounds[0] - 1e-9) & (right <= bounds[1] + 1e-9)
    able[-1] = True
    steps = np.asarray(shares)[:, None]
    costs = (left - steps) ** 2 + (right - (1 - steps)) ** 2 + taste + np.where(able, 0.0, 1e6)
    after = (left[None] >= left[:, None] - 1e-9) & (right[None] <= right[:, None] + 1e-9)
    chosen = _cheapest(costs, after)
    return Walk(chosen, left[chosen], right[chosen])


def _cheapest(costs: Array, after: Array) -> Array:
    """The cheapest sequence in which each element may come after the one before (Viterbi)."""
    total = costs[0]
    back = []
    for cost in costs[1:]:
        reach = np.where(after, total[:, None], np.inf)
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
    written, _ = write_between(space, ends, stage, shares, (temperature, rng, before))
    taste = TASTE * rng.random(len(written.states) + 2)
    chosen = walk(written, ends, stage, list(shares), bounds, taste).chosen
    states = np.concatenate((written.states, ends.first.states[None], ends.second.states[None]))
    chords = np.concatenate((written.chords, ends.first.chords[None], ends.second.chords[None]))
    return Symbols(states[chosen], chords[chosen])
