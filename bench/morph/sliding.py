# SPDX-License-Identifier: Apache-2.0
"""Sliders: what each one changes, and what leaks into the others."""

from __future__ import annotations

import numpy as np
from charts.pages import table

from models.melody_space.candidates import distance
from models.melody_space.frame import Array
from models.melody_space.sliders import SLIDERS, UNITS, attributes, slid
from models.melody_space.space import Space, stacked
from morph.held_out import Windowed

WINDOWS = 200
AMOUNTS = (-2.0, -1.0, 1.0, 2.0)


def slider_table(space: Space, found: list[Windowed]) -> str:
    """Change of each attribute in units, by slider and amount, and how many slots changed."""
    order = np.random.default_rng(3).permutation(len(found))[:WINDOWS]
    sample = [found[n] for n in order]
    rows = []
    for name in SLIDERS:
        for amount in AMOUNTS:
            changes = np.stack([_change(space, one, {name: amount}) for one in sample])
            cells = (f"{value:+.2f}" for value in changes[:, :-1].mean(0))
            rows.append((f"{name} {amount:+g}", *cells, f"{100 * changes[:, -1].mean():.0f} %"))
    return table(("slider", *SLIDERS, "slots that change"), rows)


def _change(space: Space, one: Windowed, amounts: dict[str, float]) -> Array:
    """Of each attribute, in units, and the share of slots that are others."""
    after = slid(space, one.symbols, one.stage, amounts, (np.random.default_rng(4), None))
    there = np.broadcast_to(one.stage.open, (2, *one.stage.open.shape))
    values = attributes(stacked((one.symbols, after)), there)
    other = distance(after, one.symbols, one.stage.open) / one.stage.open.sum()
    return np.append((values[1] - values[0]) / np.array(UNITS), other)
