# SPDX-License-Identifier: Apache-2.0
"""Ways from one window to another, and what is measured of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.melody_space.candidates import Ends, distance, slerp
from models.melody_space.frame import Array
from models.melody_space.path import walked
from models.melody_space.space import Space, Way, gumbel, stacked
from models.melody_space.symbols import Symbols
from morph.held_out import Windowed

STEPS = 11
SHARES = np.linspace(0, 1, STEPS)
TEMPERATURE = 0.25

System = Callable[[Windowed, Windowed, np.random.Generator], Symbols]


@dataclass(frozen=True)
class Measured:
    """One path.

    Attributes:
        steps: (11, N, 6) all of it.
        first, second: (11,) distances from the ends, as shares of that between them.
        strange: share of the middle's slots that neither end has.
    """

    steps: Symbols
    first: Array
    second: Array
    strange: float

    @property
    def monotone(self) -> bool:
        """Whether it never comes nearer to where it began."""
        return bool((np.diff(self.first) >= -1e-9).all())

    @property
    def deviation(self) -> float:
        """Mean distance from the straight line, of both curves, over all steps."""
        lines = np.abs(self.first - SHARES), np.abs(self.second - (1 - SHARES))
        return float(np.concatenate(lines).mean())


def measured(system: System, left: Windowed, right: Windowed, rng: np.random.Generator) -> Measured:
    """The path of a system between two windows."""
    steps = system(left, right, rng)
    there = left.stage.open
    apart = float(distance(left.symbols, right.symbols, there))
    middle = Symbols(steps.states[STEPS // 2], steps.chords[STEPS // 2])
    neither = (middle.states != left.symbols.states) & (middle.states != right.symbols.states)
    return Measured(
        steps,
        distance(steps, left.symbols, there) / apart,
        distance(steps, right.symbols, there) / apart,
        float((neither & there).sum() / there.sum()),
    )


def through_space(space: Space) -> System:
    """The morph that ships: candidates between the points, and the monotone walk."""

    def system(left: Windowed, right: Windowed, rng: np.random.Generator) -> Symbols:
        points = space.encode(stacked((left.symbols, right.symbols)), left.stage)[0]
        ends = Ends(left.symbols, right.symbols, points)
        how = (TEMPERATURE, rng, None, (0.0, 1.0))
        return _between(left, right, walked(space, ends, left.stage, SHARES[1:-1], how))

    return system


def straight_through(space: Space) -> System:
    """Points on the arc written out as they come, with one luck: no lean, no choice."""

    def system(left: Windowed, right: Windowed, rng: np.random.Generator) -> Symbols:
        points = space.encode(stacked((left.symbols, right.symbols)), left.stage)[0]
        noise = gumbel(rng, len(left.stage.places), len(space.config.chords))
        on_arc = slerp(points[0], points[1], SHARES[1:-1])
        return _between(left, right, space.decode(on_arc, left.stage, Way(TEMPERATURE, noise)))

    return system


def cross_fade(left: Windowed, right: Windowed, rng: np.random.Generator) -> Symbols:
    """Each slot from one end or the other, by chance."""
    turn = rng.random(left.symbols.states.shape)
    late = SHARES[1:-1, None, None] > turn
    return _between(
        left,
        right,
        Symbols(
            np.where(late, right.symbols.states, left.symbols.states),
            np.where(late, right.symbols.chords, left.symbols.chords),
        ),
    )


def _between(left: Windowed, right: Windowed, inner: Symbols) -> Symbols:
    ends = left.symbols, right.symbols
    return Symbols(
        np.concatenate((ends[0].states[None], inner.states, ends[1].states[None])),
        np.concatenate((ends[0].chords[None], inner.chords, ends[1].chords[None])),
    )
