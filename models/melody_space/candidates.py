# SPDX-License-Identifier: Apache-2.0
"""Candidates: what the network writes between two windows, from which a walk takes its steps.

They are written at many places on the arc between the two points, some freely, some leaning on
what either end plays, the nearer one more, and some leaning on one end or the other quarter by
quarter, so that whole beats go over from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.melody_space.frame import Array
from models.melody_space.space import NEVER, Space, Stage, Way, gumbel
from models.melody_space.symbols import FIRST_PITCH, REST_STATE, STATES, Symbols

PLACES_BETWEEN = 15
BEYOND = 0.12  # how far candidates reach past the outermost steps
LUCKS = 3  # different random numbers, each shared along the whole way
LEANS = (0.0, 1.0, 2.0, 3.0)  # logits that what the ends play is worth
TURNS = 2.0  # the same where each quarter leans on one end alone
ALIKE = 3.0  # and what they share, always
MARGIN = 3  # semitones that a candidate may leave the range of the ends
TRIPLET_SLOTS = (2, 4)
SELDOM = -1e4


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
    """Candidates between two windows, (B, N, 6), and nats of each, (B,).

    Args:
        space: that writes.
        ends: the windows.
        stage: of both.
        shares: where the steps lie for which candidates are wanted.
        how: temperature, random numbers, and the quarter before each step, (K, 6), or None.
    """
    temperature, rng, before = how
    low, high = max(0.03, shares[0] - BEYOND), min(0.97, shares[-1] + BEYOND)
    chords, quarters = len(space.config.chords), len(stage.places)
    noise = gumbel(rng, quarters, chords, LUCKS)
    kinds = len(LEANS) + 1
    places = np.tile(np.linspace(low, high, PLACES_BETWEEN), LUCKS * kinds)
    luck = np.tile(np.repeat(np.arange(LUCKS), PLACES_BETWEEN), kinds)
    worths = _worths(places, rng.random((LUCKS, quarters))[luck])
    points = slerp(ends.points[0], ends.points[1], places)
    bonus, chord_bonus = _bonuses(ends, worths, chords)
    if before is not None:
        near = np.abs(places[:, None] - shares[None]).argmin(1)
        before = Symbols(before.states[near], before.chords[near])
    return space.write(points, stage, Way(temperature, noise[luck], bonus, chord_bonus), before)


def _worths(places: Array, turns: Array) -> Array:
    """(2, B, N): what leaning on the first and on the second end is worth, quarter by quarter.

    Args:
        places: (B,) where each candidate lies.
        turns: (B, N) from which place on a quarter leans on the second end.
    """
    each = len(places) // (len(LEANS) + 1)
    leaning = np.repeat(np.array((*LEANS, 0.0)), each)
    turning = np.repeat(np.array((*np.zeros(len(LEANS)), TURNS)), each)
    second = places[:, None] > turns
    return np.stack(
        (
            (leaning * (1 - places))[:, None] + turning[:, None] * ~second,
            (leaning * places)[:, None] + turning[:, None] * second,
        )
    )


def _bonuses(ends: Ends, worths: Array, chords: int) -> tuple[Array, Array]:
    """What is added to the logits of states and of chords: (B, N, 6, ...)."""
    first, second = ends.first, ends.second
    alike = (first.states == second.states) & (first.chords == second.chords)
    count = worths.shape[1]
    bounds = _bounds(first, second)
    states = np.broadcast_to(bounds, (count, *bounds.shape)).copy()
    below = np.zeros((count, *first.chords.shape, chords), np.float32)
    rows, columns = np.indices(first.states.shape)
    for worth, end in zip(worths, (first, second), strict=True):
        gain = worth[:, :, None] + ALIKE / 2 * alike
        states[:, rows, columns, end.states] += gain
        below[:, rows, columns, end.chords] += gain
    return states, below + single_only(first, second, chords)


def single_only(first: Symbols, second: Symbols, chords: int) -> Array:
    """(shapes,) no chords where neither of two windows has one; added to the logits of shapes."""
    lines = not (first.chords.any() or second.chords.any())
    return np.where((np.arange(chords) > 0) & lines, NEVER, 0.0).astype(np.float32)


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
    return np.asarray(bounds + straight_only(first, second))


def straight_only(first: Symbols, second: Symbols) -> Array:
    """(N, 6, states): no strike on triplet slots that neither window uses."""
    bounds = np.zeros((*first.states.shape, STATES), np.float32)
    for slot in TRIPLET_SLOTS:
        if not any((end.states[..., slot] >= FIRST_PITCH).any() for end in (first, second)):
            bounds[:, slot, FIRST_PITCH:] = NEVER
            bounds[:, slot, REST_STATE] = SELDOM  # only where nothing sounds to be held
    return bounds
