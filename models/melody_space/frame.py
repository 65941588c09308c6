# SPDX-License-Identifier: Apache-2.0
"""The frame of a melody: bars cut into quarters, and quarters into six slots.

The slots of a quarter lie at its sixteenths and eighth triplets: ticks 0, 6, 8, 12, 16, 18 of 24.
A bar of any metre is so many quarters from its own start; the last one may be cut short, and its
slots that lie behind the bar line are closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.tokens.grid import GridBar
from models.tokens.vocabulary import METRE, METRES, TICKS_PER_QUARTER

Array = np.ndarray[Any, Any]

SLOT_TICKS = (0, 6, 8, 12, 16, 18)
SLOTS = len(SLOT_TICKS)
MOST_QUARTERS = 7  # in a bar; longer bars are cut by `grid_bars`
WINDOW_BARS = 2
PLACES = WINDOW_BARS * MOST_QUARTERS  # quarters of a window by bar and number in the bar
METRE_CLASSES = len(METRES)


@dataclass(frozen=True)
class Frame:
    """Bars as quarters and slots.

    Attributes:
        bars: in order, without gaps; each has its length in ticks.
    """

    bars: tuple[GridBar, ...]

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Quarters in each bar, the cut one included."""
        return tuple(-(-bar.ticks // TICKS_PER_QUARTER) for bar in self.bars)

    @cached_property
    def bar_of(self) -> Array:
        """(N,) the bar of each quarter."""
        return np.repeat(np.arange(len(self.bars)), self.counts)

    @cached_property
    def number_in_bar(self) -> Array:
        """(N,) the number of each quarter in its bar."""
        return np.concatenate([np.arange(count) for count in self.counts] or [np.arange(0)])

    @cached_property
    def bar_ticks(self) -> Array:
        """(bars + 1,) the first tick of each bar from the first bar's start, then the end."""
        return np.concatenate(([0], np.cumsum([bar.ticks for bar in self.bars]))).astype(np.int64)

    @cached_property
    def ticks(self) -> Array:
        """(N, 6) ticks from the first bar's start to each slot."""
        starts = self.bar_ticks[self.bar_of] + TICKS_PER_QUARTER * self.number_in_bar
        return np.asarray(starts[:, None] + np.array(SLOT_TICKS))

    @cached_property
    def open(self) -> Array:
        """(N, 6) whether a slot lies before its bar's end."""
        return np.asarray(self.ticks < self.bar_ticks[self.bar_of + 1][:, None])

    @cached_property
    def metres(self) -> Array:
        """(N,) number of each quarter's metre in `vocabulary.METRES`."""
        return np.array([bar.metre - METRE for bar in self.bars], np.int64)[self.bar_of]

    def beats_at(self, tick: int) -> float:
        """Where a tick lies on the beat line of the bars."""
        bar = int(np.searchsorted(self.bar_ticks[1:-1], tick, side="right"))
        shown = self.bars[min(bar, len(self.bars) - 1)]
        return shown.start_beats + (tick - int(self.bar_ticks[bar])) / TICKS_PER_QUARTER

    def tick_at(self, beats: float) -> float:
        """Ticks from the first bar's start to a place on the beat line; fractions are kept."""
        starts = [bar.start_beats for bar in self.bars]
        bar = max(0, int(np.searchsorted(starts, beats + 1e-9, side="right")) - 1)
        ticks = (beats - starts[bar]) * TICKS_PER_QUARTER
        return float(self.bar_ticks[bar] + ticks)

    def quarters(self, first_bar: int, last_bar: int) -> slice:
        """Where the quarters of some bars lie, `last_bar` not included."""
        starts = np.concatenate(([0], np.cumsum(self.counts)))
        return slice(int(starts[first_bar]), int(starts[last_bar]))

    def windows(self) -> list[slice]:
        """The frame's quarters in windows of two bars; the last has one where they are odd."""
        last = len(self.bars)
        firsts = range(0, last, WINDOW_BARS)
        return [self.quarters(first, min(last, first + WINDOW_BARS)) for first in firsts]

    def places(self, window: slice) -> Array:
        """(n,) the place of each of a window's quarters among `PLACES`."""
        bars = self.bar_of[window] - self.bar_of[window.start]
        return np.asarray(bars * MOST_QUARTERS + self.number_in_bar[window])


def frame_of(bars: Sequence[GridBar]) -> Frame:
    """The frame of bars as `grid_bars` gives them."""
    return Frame(tuple(bars))
