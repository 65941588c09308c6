# SPDX-License-Identifier: Apache-2.0
"""Places: where on the grid a note is written, and where its bar begins, in any metre.

Each quarter note is divided by four, or by three where what is played there lies clearly nearer
to triplets. Notes that stand exactly on a finer grid, such as thirty-seconds, are meant to be
there. What remains is the offset.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.metre import Metre, MetreChange
from models.performer.columns import Flags, Reals, Whole

SIXTEENTH_BEATS = 0.25
_TRIPLET_BEATS = 1 / 3
_FINER = (1 / 6, 1 / 8, 1 / 12)
_EXACT_BEATS = 0.002
_PLAYED_BEATS = 0.02  # distances under this are a player's, not a triplet's
_CLEARLY = 0.5  # triplets must leave at most this share of the distance that sixteenths leave
_EARLY_BEATS = 0.1  # so much before a bar line or a beat, a note belongs to it


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """One entry a note.

    Attributes:
        time_beats: where on the grid it is written.
        place_beats: the same, from the bar line.
        bar: number of its bar.
        bar_beats, pulse_beats: lengths of its bar and pulse.
        grid_beats: distance of grid lines there.
    """

    time_beats: Reals
    place_beats: Reals
    bar: Whole
    bar_beats: Reals
    pulse_beats: Reals
    grid_beats: Reals


def places_of(
    start_beats: Reals, metre: Metre, changes: Sequence[MetreChange] = (), *, nearest: bool = False
) -> Places:
    """The places of some onsets.

    Args:
        start_beats: onsets, in any order.
        metre: at beat 0.
        changes: where the metre changes.
        nearest: take the nearest sixteenth, whatever is played.
    """
    bar_start, bar, bar_beats, pulse_beats = bars_of(start_beats + _EARLY_BEATS, metre, changes)
    inside = start_beats - bar_start
    grid = np.full(len(inside), SIXTEENTH_BEATS)
    if not nearest:
        grid[_in_triplets(inside, bar)] = _TRIPLET_BEATS
        for finer in _FINER:
            meant = (_distance(inside, finer) < _EXACT_BEATS) & (
                _distance(inside, grid) > _EXACT_BEATS
            )
            grid[meant] = finer
    place = np.floor(inside / grid + 0.5) * grid
    return Places(bar_start + place, place, bar, bar_beats, pulse_beats, grid)


def bars_of(
    beats: Reals, metre: Metre, changes: Sequence[MetreChange]
) -> tuple[Reals, Whole, Reals, Reals]:
    """For each moment its bar line, the bar's number, and lengths of bar and pulse."""
    found = tuple(np.empty(len(beats)) for _ in range(4))
    segments = [
        (-math.inf, 0.0, metre),
        *((c.start_beats, c.start_beats, c.metre) for c in changes),
    ]
    passed = 0.0
    for index, (low, origin, current) in enumerate(segments):
        high = segments[index + 1][0] if index + 1 < len(segments) else math.inf
        chosen = (beats >= low) & (beats < high)
        number = np.floor((beats[chosen] - origin) / current.bar_beats)
        found[0][chosen] = origin + number * current.bar_beats
        found[1][chosen] = passed + number
        found[2][chosen] = current.bar_beats
        found[3][chosen] = current.pulse_beats
        if math.isfinite(high):
            passed += math.ceil((high - origin) / current.bar_beats - 1e-9)
    return found[0], found[1].astype(np.int64), found[2], found[3]


def _in_triplets(inside: Reals, bar: Whole) -> Flags:
    """Which notes stand in a quarter note that is divided by three."""
    beat = np.floor(inside + _EARLY_BEATS).astype(np.int64)
    _, cell = np.unique(np.stack((bar, beat)), axis=1, return_inverse=True)
    cell = cell.reshape(-1)
    plain, triplet = (
        np.bincount(cell, _distance(inside, grid)) / np.maximum(np.bincount(cell), 1)
        for grid in (SIXTEENTH_BEATS, _TRIPLET_BEATS)
    )
    chosen: Flags = (plain > _PLAYED_BEATS) & (triplet < _CLEARLY * plain)
    return chosen[cell]


def _distance(inside: Reals, grid_beats: Reals | float) -> Reals:
    """How far each place lies from the next line of a grid, in beats."""
    return np.abs(inside - np.floor(inside / grid_beats + 0.5) * grid_beats)
