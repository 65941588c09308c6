# SPDX-License-Identifier: Apache-2.0
"""Straight: notes at the places in the bar that they mean, and what playing them moved.

The network learned mostly from music on the grid. So a swung or a human onset is shown to it where
it belongs on the clip's own grid, and how late it was played is kept for `touch`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from models.clip import Note
from models.engines.motif.grid import best_division
from models.metre import EPSILON_BEATS, Metre
from models.tokens.grid import GridBar
from models.tokens.vocabulary import TICKS_PER_QUARTER

_PLAYED_TICKS = 0.1  # nearer to the grid than this, a clip was drawn, not played
_REACH = 0.35  # of a step of the clip's grid: notes farther from it are ornaments
_LOOKED_AT = 400  # onsets that decide the grid


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


def step_ticks(onsets_beats: Sequence[float], metres: Iterable[Metre]) -> int:
    """The clip's own grid in ticks; 1 where the onsets lie on the ticks as they are."""
    some = onsets_beats[:_LOOKED_AT]
    ticks = [onset * TICKS_PER_QUARTER for onset in some]
    if all(abs(tick - round(tick)) <= _PLAYED_TICKS for tick in ticks):
        return 1
    return TICKS_PER_QUARTER // best_division(some, set(metres))


def straighten(
    notes: Iterable[Note], bars: Sequence[GridBar], step: int, *, drums: bool
) -> tuple[Straight, ...]:
    """The notes that begin in the bars, by onset and pitch.

    Args:
        notes: on the beat line of the bars.
        bars: in order; there may be gaps.
        step: the clip's own grid in ticks, as `step_ticks` finds it.
        drums: whether a lane is a pad.
    """
    starts = [bar.start_beats for bar in bars]
    placed = []
    for note in notes:
        index = bisect_right(starts, note.start_beats + EPSILON_BEATS) - 1
        place = _place(note.start_beats, index, bars, step)
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
    start_beats: float, index: int, bars: Sequence[GridBar], step: int
) -> tuple[int, int] | None:
    """Bar and tick of an onset; None outside all bars. Just before a bar line is on it."""
    following = index + 1
    if following < len(bars):
        ahead = (bars[following].start_beats - start_beats) * TICKS_PER_QUARTER
        if ahead <= max(0.5, _REACH * step):
            return following, 0
    if index < 0 or start_beats >= bars[index].end_beats - EPSILON_BEATS:
        return None
    inside = (start_beats - bars[index].start_beats) * TICKS_PER_QUARTER
    tick = round(inside / step) * step
    if abs(tick - inside) > max(0.5, _REACH * step):
        tick = round(inside)
    return index, max(0, min(tick, bars[index].ticks - 1))
