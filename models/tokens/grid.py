# SPDX-License-Identifier: Apache-2.0
"""The grid: bars in ticks of 1/24 quarter, and notes placed on them.

Ticks are counted from each bar's own start, so that nothing drifts in odd metres. A bar that is
longer than the vocabulary knows (4/2, 15/8) is cut into equal shorter bars.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from models.clip import Note
from models.metre import EPSILON_BEATS, Bar
from models.tokens.vocabulary import (
    DURATIONS_TICKS,
    LONGEST_BAR_TICKS,
    METRE,
    METRE_OTHER,
    METRES,
    TICKS_PER_QUARTER,
)


@dataclass(frozen=True, slots=True)
class GridBar:
    """One bar: where it begins, how many ticks it has, and its METRE token."""

    start_beats: float
    end_beats: float
    ticks: int
    metre: int


class Placed(NamedTuple):
    """One note on the grid: ticks since the bar line, length in ticks, and the note itself."""

    tick: int
    ticks: int
    pitch: int
    note: Note


def metre_ticks(metre: int) -> int:
    """Length in ticks of a bar of a METRE token; 0 for `other`, which says its own."""
    if metre == METRE_OTHER:
        return 0
    numerator, denominator = METRES[metre - METRE].split("/")
    return int(numerator) * 4 * TICKS_PER_QUARTER // int(denominator)


def grid_bars(bars: Iterable[Bar]) -> tuple[GridBar, ...]:
    """Bars as the tokens say them, long ones cut."""
    return tuple(piece for bar in bars for piece in _pieces(bar))


def _pieces(bar: Bar) -> Iterable[GridBar]:
    beats = bar.end_beats - bar.start_beats
    unit = 4 / bar.metre.denominator
    units = max(1, round(beats / unit))
    count = math.ceil(beats * TICKS_PER_QUARTER / LONGEST_BAR_TICKS - EPSILON_BEATS)
    while count < units and units % count and units <= 64:  # pieces of whole beats, if any
        count += 1
    piece_beats = beats / count
    whole = f"{units // count}/{bar.metre.denominator}"
    for number in range(count):
        start = bar.start_beats + number * piece_beats
        ticks = max(1, round(piece_beats * TICKS_PER_QUARTER))
        metre = METRE + METRES.index(whole) if whole in METRES else METRE_OTHER
        if metre != METRE_OTHER and metre_ticks(metre) != ticks:  # a bar cut by a metre change
            metre = METRE_OTHER
        yield GridBar(start, start + piece_beats, ticks, metre)


def bar_starts_ticks(bars: Sequence[GridBar]) -> tuple[int, ...]:
    """Each bar's first tick counted from the first bar, and at last the end."""
    return tuple(accumulate((bar.ticks for bar in bars), initial=0))


def duration_index(ticks: int) -> int:
    """Place in the duration table of the nearest duration; the shorter one of two as near."""
    after = bisect_left(DURATIONS_TICKS, ticks)
    if after == 0:
        return 0
    if after == len(DURATIONS_TICKS):
        return after - 1
    before = after - 1
    return before if ticks - DURATIONS_TICKS[before] <= DURATIONS_TICKS[after] - ticks else after


def longest_index(ticks: int) -> int:
    """Place in the duration table of the longest duration that is not above `ticks`; -1 if none."""
    return bisect_right(DURATIONS_TICKS, ticks) - 1


def place(
    notes: Iterable[Note], bars: Sequence[GridBar], *, merge: bool = True
) -> list[list[Placed]]:
    """Sounding notes by the bar they begin in, by onset and descending pitch.

    An onset moves by half a tick at most; in the last half tick of the last bar, back to its last
    tick. Notes outside the bars are left out. Of two notes of one
    pitch on one tick (a flam closer than 1/24 beat) the longer one stays, if `merge` is set.
    """
    cells: list[list[Placed]] = [[] for _ in bars]
    starts = [bar.start_beats for bar in bars]
    for note in notes:
        index = bisect_right(starts, note.start_beats + EPSILON_BEATS) - 1
        if note.mute or index < 0:
            if note.mute or not bars or bars[0].start_beats - note.start_beats > 0.5 / 24:
                continue
            index = 0
        _put(cells, bars, index, note)
    for cell in cells:
        cell.sort(key=lambda placed: (placed.tick, -placed.pitch, -placed.ticks))
    return [merged(cell) for cell in cells] if merge else cells


def _put(cells: list[list[Placed]], bars: Sequence[GridBar], index: int, note: Note) -> None:
    """Into its bar, or the next one where it rounds onto the bar line."""
    bar = bars[index]
    if note.start_beats >= bar.end_beats - EPSILON_BEATS:
        return  # after the last bar, or in a gap between bars
    tick = max(0, round((note.start_beats - bar.start_beats) * TICKS_PER_QUARTER))
    if tick >= bar.ticks:
        tick = bar.ticks - 1
        if index + 1 < len(bars):
            index, tick = index + 1, 0
    ticks = max(1, round(note.duration_beats * TICKS_PER_QUARTER))
    cells[index].append(Placed(tick, ticks, note.pitch, note))


def merged(cell: Iterable[Placed]) -> list[Placed]:
    """A sorted cell with one note, the longest, a pitch and onset."""
    kept: list[Placed] = []
    for placed in cell:
        if not kept or (placed.tick, placed.pitch) != (kept[-1].tick, kept[-1].pitch):
            kept.append(placed)
    return kept
