# SPDX-License-Identifier: Apache-2.0
"""Metre: how beats group into bars, also where the metre changes.

Times are in beats, a quarter note each, whatever the metre's denominator.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.errors import BadClip

DENOMINATORS = (1, 2, 4, 8, 16, 32)
EPSILON_BEATS = 1e-9  # closer than this, two times are the same place on the bar grid


@dataclass(frozen=True, slots=True)
class Metre:
    """A time signature such as 6/8."""

    numerator: int = 4
    denominator: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= 99 or self.denominator not in DENOMINATORS:
            raise BadClip(
                f"{self.numerator}/{self.denominator} is not a metre: use 1-99 over "
                "1, 2, 4, 8, 16 or 32.",
                where="metre",
            )

    @property
    def bar_beats(self) -> float:
        """Length of one bar in beats: 4.0 for 4/4, 3.0 for 6/8."""
        return self.numerator * 4 / self.denominator

    @property
    def pulse_beats(self) -> float:
        """Length of the pulse one taps: a dotted note in 6/8, 9/8, 12/8, else the denominator."""
        unit = 4 / self.denominator
        compound = self.denominator >= 8 and self.numerator % 3 == 0 and self.numerator > 3
        return 3 * unit if compound else unit

    def strength(self, beat_in_bar: float) -> float:
        """How strong a place in the bar is: 1 downbeat, 0.75 half bar, 0.5 pulse, 0.25 half pulse.

        Args:
            beat_in_bar: beats since the bar line.
        """
        grids = (
            (self.bar_beats, 1.0),
            (self._half_bar_beats(), 0.75),
            (self.pulse_beats, 0.5),
            (self.pulse_beats / 2, 0.25),
        )
        for grid_beats, strength in grids:
            if grid_beats and _on_grid(beat_in_bar, grid_beats):
                return strength
        return 0.0

    def _half_bar_beats(self) -> float:
        """Half a bar where it falls on a pulse, else 0."""
        half = self.bar_beats / 2
        return half if _on_grid(half, self.pulse_beats) else 0.0

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


def _on_grid(beats: float, grid_beats: float) -> bool:
    return abs(beats - round(beats / grid_beats) * grid_beats) < 1e-6


@dataclass(frozen=True, slots=True)
class MetreChange:
    """From `start_beats` on, which is a bar line, the metre is `metre`."""

    start_beats: float
    metre: Metre


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar on the beat line."""

    start_beats: float
    end_beats: float
    metre: Metre


def bars_between(
    first: Metre, changes: Sequence[MetreChange], start_beats: float, end_beats: float
) -> Iterator[Bar]:
    """Every bar that begins at or after `start_beats` and before `end_beats`.

    Bar lines are counted from beat 0 in both directions, so a pickup lies in bar -1. A change
    of metre cuts the bar that it falls into. The last bar keeps its full length, also where it
    reaches past `end_beats`.
    """
    segments = [MetreChange(-math.inf, first), *changes]
    for index, segment in enumerate(segments):
        limit = segments[index + 1].start_beats if index + 1 < len(segments) else math.inf
        origin = segment.start_beats if index else 0.0
        yield from _bars_of(
            segment.metre,
            origin,
            (max(start_beats, segment.start_beats), min(end_beats, limit)),
            limit,
        )


def _bars_of(
    metre: Metre, origin_beats: float, span: tuple[float, float], limit_beats: float
) -> Iterator[Bar]:
    """Bars of one metre counted from `origin_beats` that begin inside `span`."""
    number = math.ceil((span[0] - origin_beats) / metre.bar_beats - EPSILON_BEATS)
    while (start := origin_beats + number * metre.bar_beats) < span[1] - EPSILON_BEATS:
        yield Bar(start, min(start + metre.bar_beats, limit_beats), metre)
        number += 1


def metre_at(first: Metre, changes: Sequence[MetreChange], beats: float) -> Metre:
    """The metre in force at `beats`."""
    current = first
    for change in changes:
        if change.start_beats <= beats + EPSILON_BEATS:
            current = change.metre
    return current
