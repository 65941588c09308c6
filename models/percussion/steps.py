# SPDX-License-Identifier: Apache-2.0
"""A grid of steps that follows metre, shuffle and triplets.

A step is a sixteenth of a whole note in any metre. In a shuffled or triplet clip the grid swings
with the notes, so that they lie on steps: of swung eighths the four steps of a beat stand at 0,
1/3, 2/3 and 5/6. What is left is the offset, in gaps between steps, from -1/2 to 1/2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.clip import Clip
from models.errors import BadClip
from models.metre import EPSILON_BEATS, Bar, Metre

Feel = Literal["straight", "swung_eighths", "swung_sixteenths"]
Floats = NDArray[np.float64]
Row = tuple[float, ...]
Whole = NDArray[np.int64]

STEP_BEATS = 0.25
MAX_STEPS = 65_536
FEELS: tuple[Feel, ...] = ("straight", "swung_eighths", "swung_sixteenths")

_SWING = 2 / 3  # where the second of two swung notes stands in their span: triplet swing
_SPANS_BEATS = {"swung_eighths": 1.0, "swung_sixteenths": 0.5}  # of two notes that swing
_FEWEST = 4  # onsets between steps that are common to all feels; fewer prove nothing
_CLEARLY = 0.6  # a swung grid must leave at most this share of the straight grid's distance
_PLAYED_BEATS = 0.02  # distances under this are a drummer's, not a shuffle's


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The steps of a span of bars; all arrays have one entry a step.

    Attributes:
        times_beats: where each step stands, in clip time.
        end_beats: where the last step ends.
        bars: number of the bar, from 0.
        places_beats: straight place in the bar: beats since the bar line, before any swing.
        bar_beats: length of the bar.
        pulse_beats: length of the pulse.
        strengths: metrical strength 0-1, as `Metre.strength` gives it.
        feel: how the grid swings.
    """

    times_beats: Floats
    end_beats: float
    bars: Whole
    places_beats: Floats
    bar_beats: Floats
    pulse_beats: Floats
    strengths: Floats
    feel: Feel = "straight"

    def __len__(self) -> int:
        return len(self.times_beats)

    def __getitem__(self, part: slice) -> Steps:
        """Steps in a row; bars keep their numbers."""
        stop = part.indices(len(self))[1]
        end = self.end_beats if stop >= len(self) else float(self.times_beats[stop])
        names = ("times_beats", "bars", "places_beats", "bar_beats", "pulse_beats", "strengths")
        cut: dict[str, Any] = {name: getattr(self, name)[part] for name in names}
        return Steps(**cut, end_beats=end, feel=self.feel)

    def nearest(self, onsets_beats: Sequence[float] | Floats) -> tuple[Whole, Floats]:
        """The nearest step of each onset and the offset from it, in gaps, -1/2 to 1/2."""
        onsets = np.asarray(onsets_beats, np.float64)
        middles = (self.times_beats[1:] + self.times_beats[:-1]) / 2
        # An onset that a rounding error puts short of the middle belongs after it.
        steps = np.searchsorted(middles, onsets + EPSILON_BEATS, side="right").astype(np.int64)
        away = onsets - self.times_beats[steps]
        offsets = away / self._gaps(steps, away)
        return steps, np.clip(offsets, -0.5, 0.5)

    def times(self, steps: Whole, offsets: Floats) -> Floats:
        """Clip time of hits: the inverse of `nearest`."""
        return self.times_beats[steps] + offsets * self._gaps(steps, offsets)

    def _gaps(self, steps: Whole, away: Floats) -> Floats:
        """The gap to the neighbour on the side that a hit leans to."""
        gaps = np.diff(np.append(self.times_beats, self.end_beats))
        before = np.append(gaps[:1], gaps[:-1])
        return np.where(away < 0, before[steps], gaps[steps])


def read_steps(clip: Clip, feel: Feel | None = None) -> Steps:
    """The steps of a clip's loop.

    Args:
        clip: of any metre, also changing.
        feel: how the grid swings; found from the clip's notes when None.

    Raises:
        BadClip: the loop is too long for a grid.
    """
    straight = steps_of(clip)
    found = feel or feel_of([note.start_beats for note in clip.playing()], straight)
    return straight if found == "straight" else steps_of(clip, found)


def steps_of(clip: Clip, feel: Feel = "straight") -> Steps:
    """The steps of a clip's loop with a given swing.

    Raises:
        BadClip: the loop is too long for a grid.
    """
    start, end = clip.loop_start_beats, clip.loop_end_beats
    if (end - start) / STEP_BEATS > MAX_STEPS:
        raise BadClip(
            f"The loop has {end - start:g} beats; drums are read up to "
            f"{MAX_STEPS * STEP_BEATS:g}, so shorten the loop.",
            where="loop_end_beats",
        )
    reach = clip.metre_at(start).bar_beats
    known: dict[tuple[Metre, float], list[Row]] = {}
    rows = [
        (bar.start_beats + row[0], *row[1:], bar.start_beats)
        for bar in clip.bars(start - reach, end)
        if bar.end_beats > start + EPSILON_BEATS
        for row in _rows(bar, feel, known)
        if start - EPSILON_BEATS <= bar.start_beats + row[0] < end - EPSILON_BEATS
    ]
    if not rows:  # a loop that is shorter than a step and holds none
        bar = Bar(start, end, clip.metre_at(start))
        first = _rows(bar, feel, known)[0]
        rows = [(start + first[0], *first[1:], start)]
    columns = np.array(rows).T
    _, bars = np.unique(columns[5], return_inverse=True)
    times, places, lengths, pulses, strengths = columns[:5]
    whole = bars.astype(np.int64)
    return Steps(times, end, whole, places, lengths, pulses, strengths, feel)


def feel_of(onsets_beats: Sequence[float], straight: Steps) -> Feel:
    """How the beats of some onsets are divided, by the grid that they lie nearest to.

    Args:
        onsets_beats: in clip time.
        straight: the straight steps of the same span.
    """
    if not len(onsets_beats):
        return "straight"
    onsets = np.asarray(onsets_beats, np.float64)
    bases = straight.times_beats - straight.places_beats
    steps, _ = straight.nearest(onsets)
    places = onsets - bases[steps]
    pulses = straight.pulse_beats[steps]
    plain = _distances(places, None)
    if (plain > _PLAYED_BEATS).sum() < _FEWEST or plain.mean() < _PLAYED_BEATS:
        return "straight"
    best: Feel = "straight"
    least = _CLEARLY * plain.mean()
    for feel in ("swung_eighths", "swung_sixteenths"):
        fits = _SPANS_BEATS[feel] <= pulses.min() and not (
            feel == "swung_eighths" and bool((pulses == 1.5).any())
        )
        mean = _distances(places, feel).mean() if fits else math.inf
        if mean < least:
            best, least = feel, mean
    return best


def _distances(places_beats: Floats, feel: Feel | None) -> Floats:
    """How far places in the bar lie from the steps of an endless grid, in beats."""
    grid = np.arange(-1, 6) * STEP_BEATS
    if feel is not None:
        grid = np.array([_swung(place, feel) for place in grid])
    inside = places_beats % 1.0
    return np.asarray(np.abs(inside[:, None] - grid[None, :]).min(axis=1))


def _rows(bar: Bar, feel: Feel, known: dict[tuple[Metre, float], list[Row]]) -> list[Row]:
    """Time in the bar, place, bar length, pulse, strength of each step; like bars share them."""
    length = bar.end_beats - bar.start_beats
    if (bar.metre, length) not in known:
        whole = abs(length / STEP_BEATS - round(length / STEP_BEATS)) < EPSILON_BEATS
        step = STEP_BEATS if whole else STEP_BEATS / 2
        count = max(1, math.ceil(length / step - EPSILON_BEATS))
        places = [number * step for number in range(count)]
        pulse, strength = bar.metre.pulse_beats, bar.metre.strength
        known[bar.metre, length] = [
            (_swung(p, feel), p, length, pulse, strength(p)) for p in places
        ]
    return known[bar.metre, length]


def _swung(place_beats: float, feel: Feel) -> float:
    """Where a straight place in the bar stands when the grid swings."""
    span = _SPANS_BEATS.get(feel)
    if span is None:
        return place_beats
    number, inside = divmod(place_beats / span, 1.0)
    early = inside * 2 * _SWING
    late = _SWING + (inside - 0.5) * 2 * (1 - _SWING)
    return (number + (early if inside < 0.5 else late)) * span
