# SPDX-License-Identifier: Apache-2.0
"""Straight: notes at the places in the bar that they mean, and what playing them moved.

The network learned mostly from music on the grid. So a swung or a human onset is shown to it where
it belongs on the clip's own grid, and how late it was played is kept for `touch`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

from models.clip import Note
from models.engines.motif.grid import best_division
from models.metre import EPSILON_BEATS, Metre
from models.tokens.grid import GridBar
from models.tokens.vocabulary import TICKS_PER_QUARTER

_PLAYED_TICKS = 0.1  # nearer to the grid than this, a clip was drawn, not played
_REACH = 0.35  # of a step of the clip's grid: notes farther from it are ornaments
_LOOKED_AT = 400  # onsets that decide the grid
_SWINGS = (0.53, 0.72)  # where in a beat, or in half of one, swung notes lie
_EVEN, _TRIPLET, _BETWEEN = 0.5, 2 / 3, 0.585  # what they mean, and where one becomes the other
_SPREAD = 0.06  # of the beat: how far from their middle they lie at most
_FEWEST_SWUNG = 3


@dataclass(frozen=True, slots=True)
class ClipGrid:
    """The clip's own grid.

    Attributes:
        step: in ticks; 1 where onsets lie on the ticks as they are.
        unit: ticks of a swung beat or half beat; 0 without swing.
        swung: where in the unit the swung notes are played, in ticks.
        meant: where they belong.
    """

    step: int = 1
    unit: int = 0
    swung: float = 0.0
    meant: int = 0

    def tick(self, inside: float) -> int:
        """The tick that a place in a bar, in ticks, means."""
        if self.unit:
            units = math.floor(inside / self.unit)
            if abs(inside - units * self.unit - self.swung) <= _SPREAD * self.unit:
                return units * self.unit + self.meant
        tick = round(inside / self.step) * self.step
        return tick if abs(tick - inside) <= self.reach else round(inside)

    @property
    def reach(self) -> float:
        """How far from the grid a note may be played, in ticks."""
        return max(0.5, _REACH * self.step)


class Straight(NamedTuple):
    """A note put straight.

    Attributes:
        bar: place in the bars.
        tick: in the bar, 24 a quarter.
        lane: its pad, or its rank in its chord from the bottom.
        late_beats: how much later it is played.
        on_grid: the note where it belongs.
        played: the note itself.
    """

    bar: int
    tick: int
    lane: int
    late_beats: float
    on_grid: Note
    played: Note


def clip_grid(onsets_beats: Sequence[float], metres: Iterable[Metre]) -> ClipGrid:
    """The grid of some onsets on the beat line of whole beats."""
    some = onsets_beats[:_LOOKED_AT]
    swing = next((g for unit in (24, 12) if (g := _swing(some, unit))), ClipGrid())
    straight = [_meant(onset * TICKS_PER_QUARTER, swing) for onset in some]
    if all(abs(tick - round(tick)) <= _PLAYED_TICKS for tick in straight):
        return swing
    beats = [tick / TICKS_PER_QUARTER for tick in straight]
    return replace(swing, step=TICKS_PER_QUARTER // best_division(beats, set(metres)))


def _meant(ticks: float, swing: ClipGrid) -> float:
    """A swung place straight, any other as it is."""
    if not swing.unit:
        return ticks
    rest = ticks % swing.unit
    swung = abs(rest - swing.swung) <= _SPREAD * swing.unit
    return ticks - rest + swing.meant if swung else ticks


def _swing(onsets_beats: Sequence[float], unit: int) -> ClipGrid | None:
    """The swing of a beat or half beat, if what lies inside it lies mostly in one late place."""
    parts = [onset * TICKS_PER_QUARTER / unit % 1.0 for onset in onsets_beats]
    inside = [part for part in parts if 0.1 < part < 0.9]
    late = [part for part in inside if _SWINGS[0] <= part <= _SWINGS[1]]
    if len(late) < max(_FEWEST_SWUNG, 0.6 * len(inside)):
        return None
    middle = median(late)
    near = sum(abs(part - middle) <= _SPREAD for part in late)
    drawn = abs(middle - _TRIPLET) < 0.01
    if near < 0.8 * len(late) or drawn:
        return None
    share = _EVEN if middle < _BETWEEN else _TRIPLET
    return ClipGrid(1, unit, middle * unit, round(share * unit))


def straighten(
    notes: Iterable[Note], bars: Sequence[GridBar], grid: ClipGrid, *, drums: bool
) -> tuple[Straight, ...]:
    """The notes that begin in the bars, by onset and pitch.

    Args:
        notes: on the beat line of the bars.
        bars: in order; there may be gaps.
        grid: the clip's own, as `clip_grid` finds it.
        drums: whether a lane is a pad.
    """
    starts = [bar.start_beats for bar in bars]
    placed = []
    for note in notes:
        index = bisect_right(starts, note.start_beats + EPSILON_BEATS) - 1
        place = _place(note.start_beats, index, bars, grid)
        if place is not None:
            placed.append((*place, note))
    placed.sort(key=lambda item: (item[0], item[1], item[2].pitch))
    made: list[Straight] = []
    before, rank = (-1, -1), 0
    for bar, tick, note in placed:
        rank = rank + 1 if (bar, tick) == before else 0
        before = (bar, tick)
        start = bars[bar].start_beats + tick / TICKS_PER_QUARTER
        late, lane = note.start_beats - start, note.pitch if drums else rank
        made.append(Straight(bar, tick, lane, late, replace(note, start_beats=start), note))
    return tuple(made)


def _place(
    start_beats: float, index: int, bars: Sequence[GridBar], grid: ClipGrid
) -> tuple[int, int] | None:
    """Bar and tick of an onset; None outside all bars. Just before a bar line is on it."""
    following = index + 1
    if following < len(bars):
        ahead = (bars[following].start_beats - start_beats) * TICKS_PER_QUARTER
        if ahead <= grid.reach:
            return following, 0
    if index < 0 or start_beats >= bars[index].end_beats - EPSILON_BEATS:
        return None
    tick = grid.tick((start_beats - bars[index].start_beats) * TICKS_PER_QUARTER)
    return index, max(0, min(tick, bars[index].ticks - 1))
