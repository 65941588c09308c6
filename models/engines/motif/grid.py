# SPDX-License-Identifier: Apache-2.0
"""The bar grid of a clip: onsets as whole ticks within numbered bars, plus micro-timing."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.clip import Clip
from models.metre import EPSILON_BEATS, Metre

DIVISIONS = (2, 3, 4, 6, 8, 12, 24)  # ticks a beat; the last one fits every metre
_ERROR_FLOOR_BEATS = 0.006  # below this, timing errors say nothing about the grid


@dataclass(frozen=True, slots=True)
class _Segment:
    """A stretch in one metre: bar `first_bar` begins at `origin_beats`."""

    origin_beats: float
    first_bar: int
    metre: Metre


class BarGrid:
    """Numbers the bars of a clip, also across changes of metre, and snaps times to ticks.

    Bar 0 begins at beat 0; a pickup lies in bar -1. Nothing is enumerated, so a clip of a million
    beats costs no more than a short one.
    """

    def __init__(self, clip: Clip, ticks_per_beat: int) -> None:
        self.ticks_per_beat = ticks_per_beat
        self._segments = [_Segment(0.0, 0, clip.metre)]
        for change in clip.metre_changes:
            last = self._segments[-1]
            bars = (change.start_beats - last.origin_beats) / last.metre.bar_beats
            first = last.first_bar + math.ceil(bars - EPSILON_BEATS)
            self._segments.append(_Segment(change.start_beats, first, change.metre))
        self._origins = [segment.origin_beats for segment in self._segments]
        self._firsts = [segment.first_bar for segment in self._segments]

    def bar_at(self, beats: float) -> int:
        """The bar that `beats` lies in."""
        segment = self._segments[max(0, bisect_right(self._origins, beats + EPSILON_BEATS) - 1)]
        inside = (beats - segment.origin_beats) / segment.metre.bar_beats
        return segment.first_bar + math.floor(inside + EPSILON_BEATS)

    def start_beats(self, bar: int) -> float:
        """Where the bar begins."""
        segment = self._of(bar)
        return segment.origin_beats + (bar - segment.first_bar) * segment.metre.bar_beats

    def metre(self, bar: int) -> Metre:
        """The metre of the bar."""
        return self._of(bar).metre

    def ticks(self, bar: int) -> int:
        """Length of the bar in ticks."""
        return max(1, round(self._of(bar).metre.bar_beats * self.ticks_per_beat))

    def beats(self, bar: int, tick: int) -> float:
        """The exact time of a tick."""
        return self.start_beats(bar) + tick / self.ticks_per_beat

    def snap(self, beats: float) -> tuple[int, int]:
        """The nearest (bar, tick); a note just ahead of a bar line belongs to the next bar."""
        bar = self.bar_at(beats)
        tick = round((beats - self.start_beats(bar)) * self.ticks_per_beat)
        return (bar + 1, 0) if tick >= self.ticks(bar) else (bar, tick)

    def _of(self, bar: int) -> _Segment:
        return self._segments[max(0, bisect_right(self._firsts, bar) - 1)]


def best_division(onsets_beats: Sequence[float], metres: Iterable[Metre]) -> int:
    """Ticks a beat that describe the onsets with least error for least resolution.

    A finer grid always fits better; each step down must earn its cost, so that played timing
    stays micro-timing on sixteenths and true triplets get a triplet grid.
    """
    bars = [metre.bar_beats for metre in metres]
    whole = [d for d in DIVISIONS if all(abs(b * d - round(b * d)) < 1e-9 for b in bars)]

    def cost(division: int) -> float:
        errors = [t * division - round(t * division) for t in onsets_beats]
        spread = math.sqrt(sum(e * e for e in errors) / max(1, len(errors))) / division
        return math.log(spread + _ERROR_FLOOR_BEATS) + math.log(division)

    return min(whole or DIVISIONS[-1:], key=cost)
