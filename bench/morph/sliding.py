# SPDX-License-Identifier: Apache-2.0
"""Sliders: what each one changes, and what leaks into the others."""

from __future__ import annotations

import numpy as np
from likelihood.page import table

from models.melody_space.frame import Array
from models.melody_space.sliders import LEAN, SLIDERS, attributes, moved_point
from models.melody_space.space import Space, Way, gumbel, stacked
from models.melody_space.symbols import STATES
from morph.held_out import Windowed

WINDOWS = 300
AMOUNTS = (-2.0, -1.0, 1.0, 2.0)


def slider_table(space: Space, found: list[Windowed]) -> str:
    """Change of each attribute in standard deviations of real melodies, by slider and amount."""
    order = np.random.default_rng(3).permutation(len(found))[:WINDOWS]
    real = stacked([found[n].symbols for n in order])
    stage = found[0].stage
    there = np.broadcast_to(stage.open, real.states.shape)
    before = attributes(real, there)
    spread = before.std(0)
    points = space.encode(real, stage)[0]
    bonus = LEAN * (real.states[..., None] == np.arange(STATES))
    noise = gumbel(np.random.default_rng(4), len(stage.places), len(space.config.chords))
    rows = []
    for name in SLIDERS:
        for amount in AMOUNTS:
            moved = moved_point(space, points, {name: amount})
            after = attributes(space.decode(moved, stage, Way(0.25, noise, bonus)), there)
            rows.append((f"{name} {amount:+g}", *_cells((after - before) / spread)))
    return table(("slider", *SLIDERS), rows)


def _cells(change: Array) -> tuple[str, ...]:
    return tuple(f"{value:+.2f}" for value in change.mean(0))
