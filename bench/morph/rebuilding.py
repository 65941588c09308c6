# SPDX-License-Identifier: Apache-2.0
"""Reconstruction: how much of a held-out window comes back from its point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from charts.pages import table

from models.melody_space.frame import Array
from models.melody_space.space import Space, Way, gumbel, stacked
from models.melody_space.symbols import FIRST_PITCH, Symbols
from models.melody_space.windows import Windows
from morph.held_out import Windowed, chosen
from morph.ngram import SIXTEENTHS

MOST = 2000  # windows of a kind
BATCH = 200
WAYS = (("mean point, T 0.5", 0.5, False), ("drawn point, T 1", 1.0, True))


def reconstruction(space: Space, windows: Windows, kinds: Sequence[tuple[str, str]]) -> str:
    """A row for each kind of window and way of writing."""
    rows = []
    for metre, kind in kinds:
        sample = chosen(windows, space.config.chords, metre, kind, MOST)
        for name, temperature, drawn in WAYS:
            shares = _shares(space, sample, temperature, drawn=drawn)
            cells = (f"{100 * share:.1f} %" for share in shares)
            rows.append((f"{metre}, {kind}: {name}", f"{len(sample):,}", *cells))
    head = ("windows", "held out", "sixteenths", "all slots", "strikes, place and pitch")
    return table((*head, "chords of these"), rows)


def _shares(
    space: Space, sample: Sequence[Windowed], temperature: float, *, drawn: bool
) -> tuple[float, ...]:
    """Of sixteenths, of open slots, of strikes, and of the chords of rebuilt strikes."""
    rng = np.random.default_rng(1)
    totals = np.zeros((4, 2))
    for first in range(0, len(sample), BATCH):
        group = sample[first : first + BATCH]
        stage = group[0].stage
        real = stacked([one.symbols for one in group])
        mean, log_variance = space.encode(real, stage)
        spread = np.exp(log_variance / 2) * rng.standard_normal(mean.shape) if drawn else 0.0
        noise = gumbel(rng, len(stage.places), len(space.config.chords), len(group))
        point = np.asarray(mean + spread, np.float32)
        written = space.decode(point, stage, Way(temperature, noise))
        totals += _counts(real, written, stage.open)
    return tuple(float(right / max(1, whole)) for right, whole in totals)


def _counts(real: Symbols, written: Symbols, there: Array) -> Array:
    same = (real.states == written.states) & there
    struck = (real.states >= FIRST_PITCH) & there
    both = same & struck
    chords = both & (real.chords == written.chords)
    return np.array(
        (
            (same[..., SIXTEENTHS].sum(), there[..., SIXTEENTHS].sum() * len(real.states)),
            (same.sum(), there.sum() * len(real.states)),
            (both.sum(), struck.sum()),
            (chords.sum(), both.sum()),
        ),
        np.float64,
    )
