# SPDX-License-Identifier: Apache-2.0
"""Feel: the timing and the dynamics of what is heard, for a new part to share.

A part that sits on the grid beside a swung or late melody sounds wrong, and so does one that
keeps its level where the others grow softer.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from models.clip import Note
from models.metre import Bar
from models.theory.score import Score
from models.theory.steps import Steps

_NEAR_BEATS = 0.07  # a new note lands on an onset that is this close to where it belongs
_WINDOW_BEATS = 2.0  # dynamics are averaged this far to either side
_SHORTEST_BEATS = 0.02
_STEP_EVENTS = 500  # events handled between two pauses


@dataclass(frozen=True, slots=True)
class Event:
    """A note of a new part on the grid, before it takes on the feel."""

    pitch: int
    start_beats: float
    end_beats: float
    accent: float = 0.0  # velocity steps above or below the context's level


class Feel:
    """Where grid places fall in this performance, and how loud it is around them."""

    def __init__(self, score: Score) -> None:
        sounds = sorted((*score.drums, *score.pitched), key=lambda s: s.start_beats)
        self._score = score
        self._onsets = [sound.start_beats for sound in sounds]
        self._sums = [0.0, *accumulate(sound.velocity for sound in sounds)]
        self._starts = [bar.start_beats for bar in score.bars]
        self._on, self._off = self._offsets()

    @property
    def off_beat(self) -> float:
        """How late half pulses are, as a share of the pulse: a sixth in triplet swing."""
        return self._off

    def bar_at(self, beats: float) -> Bar:
        """The bar that holds a place."""
        index = bisect_right(self._starts, beats + 1e-6) - 1
        return self._score.bars[max(index, 0)]

    def place(self, beats: float) -> float:
        """Where the grid place `beats` falls in this performance."""
        bar = self.bar_at(beats)
        pulse = bar.metre.pulse_beats
        part = (beats - bar.start_beats) / pulse % 1.0
        offset = self._on if min(part, 1 - part) < 0.01 else 0.0
        if abs(part - 0.5) < 0.01:
            offset = self._off * pulse
        wanted = beats + offset
        near = bisect_left(self._onsets, wanted - _NEAR_BEATS)
        found = self._onsets[near : near + 16]
        close = [onset for onset in found if abs(onset - wanted) <= _NEAR_BEATS]
        placed = min(close, key=lambda onset: abs(onset - wanted)) if close else wanted
        return max(placed, self._score.start_beats)

    def velocity(self, beats: float, accent: float = 0.0) -> float:
        """The context's level around a place, `accent` steps more."""
        low = bisect_left(self._onsets, beats - _WINDOW_BEATS)
        high = bisect_right(self._onsets, beats + _WINDOW_BEATS)
        if low == high:  # nothing near: the level of the nearest
            low = min(low, len(self._onsets) - 1)
            high = low + 1
        level = (self._sums[high] - self._sums[low]) / (high - low)
        return round(min(max(level + accent, 1.0), 127.0))

    def notes(self, events: Iterable[Event], *, snap: bool = True) -> Steps[tuple[Note, ...]]:
        """The events with this feel, cut to the loop, by onset and pitch.

        Args:
            events: on the grid; where `snap` is false, already where they belong in time.
            snap: whether to move them with the context's timing.
        """
        limit = self._score.end_beats
        made = []
        for count, event in enumerate(events):
            if count % _STEP_EVENTS == 0:
                yield
            start = self.place(event.start_beats) if snap else event.start_beats
            end = self.place(event.end_beats) if snap else event.end_beats
            end = min(max(end, start + _SHORTEST_BEATS), limit)
            length = end - start
            while start + length > limit:  # the last bit of the float sum
                length = math.nextafter(length, 0.0)
            if length >= _SHORTEST_BEATS / 2:
                velocity = self.velocity(event.start_beats, event.accent)
                made.append(Note(event.pitch, start, length, velocity, origin="new"))
        return tuple(sorted(made, key=lambda n: (n.start_beats, n.pitch)))

    def _offsets(self) -> tuple[float, float]:
        """Mean lateness on pulses in beats, and of half pulses as a share of the pulse."""
        on: list[float] = []
        parts: list[float] = []
        for onset in self._onsets[:4000]:
            bar = self.bar_at(onset + 0.05)
            pulse = bar.metre.pulse_beats
            part = (onset - bar.start_beats) / pulse % 1.0
            distance = part if part < 0.5 else part - 1
            if abs(distance * pulse) < 0.08:
                on.append(distance * pulse)
            elif pulse == bar.metre.bar_beats / bar.metre.numerator:
                parts.append(part)
        return (sum(on) / len(on) if on else 0.0, _off_beat(parts))


def _off_beat(parts: list[float]) -> float:
    """How late half pulses are: swing moves most of them towards two thirds of the pulse."""
    middle = [part for part in parts if 0.42 <= part <= 0.71]
    others = len(parts) - len(middle)
    if len(middle) < 2 or len(middle) < 2 * others:
        return 0.0
    return sum(middle) / len(middle) - 0.5
