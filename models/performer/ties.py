# SPDX-License-Identifier: Apache-2.0
"""Ties: players don't scatter each note alone. Draws that go together as theirs did.

Each note's draw is a normal score: a part of it belongs to the moment, a part drifts from moment
to moment (Ornstein and Uhlenbeck 1930), the rest is its own. Its distribution stays what the
network says; only the notes' dependence is added (a Gaussian copula, Sklar 1959).
"""

from __future__ import annotations

from statistics import fmean

import numpy as np

from models.performer.columns import Columns, Reals, Whole
from models.performer.stored import Ties

_NEAR_BEATS = (0.2, 0.6)  # moments so far apart show the drift
_FAR_BEATS = (1.8, 2.2)  # and how it fades
_FADES_BEATS = (0.5, 16.0)  # shortest and longest


def draws(columns: Columns, ties: Ties, rng: np.random.Generator) -> Reals:
    """Normal scores of notes in order of sequence and time."""
    event_of, first = _moments(columns)
    lead = columns[first]
    fresh = rng.standard_normal(len(first))
    gap = np.diff(lead.time_beats, prepend=lead.time_beats[:1])
    keep = np.exp(-np.maximum(gap, 0) / ties.drift_beats)
    keep[np.diff(lead.sequence, prepend=-1) != 0] = 0.0
    drift = np.empty(len(first))
    last = 0.0
    for index, (share, new) in enumerate(zip(keep.tolist(), fresh.tolist(), strict=True)):
        last = share * last + (1 - share**2) ** 0.5 * new
        drift[index] = last
    event = rng.standard_normal(len(first))
    own = rng.standard_normal(len(columns))
    common = ties.drift**0.5 * drift + ties.event**0.5 * event
    return np.asarray(common[event_of] + max(0.0, 1 - ties.drift - ties.event) ** 0.5 * own)


def measured(columns: Columns, scores: Reals) -> Ties:
    """The ties of scores that real playing has in the network's distributions."""
    event_of, first = _moments(columns)
    count = np.bincount(event_of)
    total = np.bincount(event_of, scores)
    square = np.bincount(event_of, scores**2)
    pairs = count * (count - 1)
    together = ((total**2 - square).sum()) / max(pairs.sum(), 1)
    lead = columns[first]
    mean = total / count
    near = _lagged(lead, mean, _NEAR_BEATS)
    far = _lagged(lead, mean, _FAR_BEATS)
    variance = max(float((scores**2).mean()), 1e-6)
    together, near, far = (float(np.clip(c / variance, 0, 0.95)) for c in (together, near, far))
    near = min(near, together)
    beats = _fade_beats(near, far)
    drift = min(near * float(np.exp(fmean(_NEAR_BEATS) / beats)), together)
    return Ties(round(together - drift, 4), round(drift, 4), round(beats, 3))


def _fade_beats(near: float, far: float) -> float:
    """After how many beats a drift has faded to a third that is seen near and far."""
    if far <= 0 or near <= 0:
        return _FADES_BEATS[0]
    rate = max(0.0, float(np.log(near / far))) / (fmean(_FAR_BEATS) - fmean(_NEAR_BEATS))
    return min(max(1 / max(rate, 1e-6), _FADES_BEATS[0]), _FADES_BEATS[1])


def _moments(columns: Columns) -> tuple[Whole, Whole]:
    key = np.rint(columns.time_beats * 960)
    new = np.ones(len(columns), bool)
    new[1:] = (np.diff(key) != 0) | (np.diff(columns.sequence) != 0)
    return np.cumsum(new) - 1, np.flatnonzero(new)


def _lagged(lead: Columns, mean: Reals, span_beats: tuple[float, float]) -> float:
    """Mean product of the means of moments that lie a span apart."""
    products: list[Reals] = []
    for lag in range(1, 17):
        gap = lead.time_beats[lag:] - lead.time_beats[:-lag]
        alike = lead.sequence[lag:] == lead.sequence[:-lag]
        chosen = alike & (gap >= span_beats[0]) & (gap <= span_beats[1])
        products.append((mean[lag:] * mean[:-lag])[chosen])
    both = np.concatenate(products)
    return float(both.mean()) if len(both) else 0.0
