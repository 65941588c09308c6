# SPDX-License-Identifier: Apache-2.0
"""Slots: where four voices move together under given ones: at pulses, as they were played."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

from models.theory.cells import Span, fill_cells, phrase_ends
from models.theory.satb import Slot
from models.theory.score import Score, Sound
from models.theory.steps import Steps

Lines = Mapping[int, Sequence[Sound]]  # voice number (0 soprano) to its sounds in order
_CHANGE_COSTS = (0.0, 0.05, 0.2)  # bar line, pulse group, pulse: chorales like to move
_HOLD_SCORE = 0.0
_SNAP = 0.22  # a played onset this near to a pulse, in pulses, stands for it


def build_slots(score: Score, lines: Lines) -> Steps[list[Slot]]:
    """The slots of the loop.

    Args:
        score: the given voices laid over the frame's loop.
        lines: the same by voice.
    """
    onsets = sorted({s.start_beats for line in lines.values() for s in line})
    yield
    spans = yield from _spans(score, onsets)
    ends = yield from phrase_ends(score, lines[min(lines)])
    cells = yield from fill_cells(
        score,
        spans,
        ends,
        change_costs=_CHANGE_COSTS,
        hold_score=_HOLD_SCORE,
        whole_bars=False,
    )
    starts = {voice: [s.start_beats for s in line] for voice, line in lines.items()}
    slots = []
    for index, cell in enumerate(cells):
        first = _pitches(lines, starts, cell.start_beats + 1e-6)
        last = _pitches(lines, starts, cell.end_beats - 1e-3)
        left = tuple(b if b is not None else a for a, b in zip(first, last, strict=True))
        near = bisect_left(onsets, cell.start_beats - 1e-6)
        struck = near < len(onsets) and onsets[near] <= cell.start_beats + 1e-6
        slots.append(Slot(cell, first, left, not any(p is not None for p in first), struck))
        if index % 16 == 0:
            yield
    return slots


def _spans(score: Score, onsets: Sequence[float]) -> Steps[list[Span]]:
    """The pulses of the loop, each moved to the onset that was played for it."""
    places: dict[float, float] = {}  # place to level
    gaps = sorted(b - a for a, b in pairwise(onsets))
    usual = gaps[len(gaps) // 2] if gaps else None
    for bar, groups in zip(score.bars, score.groups, strict=True):
        yield
        unit = _unit(bar.metre.pulse_beats, usual)
        place = bar.start_beats
        while place < bar.end_beats - unit / 3:
            level = 1.0 if place == bar.start_beats else 0.5
            if level < 1 and any(abs(place - group) < 1e-6 for group in groups):
                level = 0.75
            if score.start_beats - 1e-6 <= place < score.end_beats - 1e-6:
                moved = _played(onsets, place, unit, score)
                places[moved] = max(level, places.get(moved, 0.0))
            place += unit
    if not places or min(places) > score.start_beats + 1e-6:
        places[score.start_beats] = 0.5
    starts = sorted(places)
    ends = [*starts[1:], score.end_beats]
    return [Span(a, b, places[a]) for a, b in zip(starts, ends, strict=True) if b - a > 1e-6]


def _played(onsets: Sequence[float], place: float, unit: float, score: Score) -> float:
    """The onset that was played for a pulse: near it, or after it where nothing sounds yet."""
    index = bisect_left(onsets, place - _SNAP * unit)
    near = [onset for onset in onsets[index : index + 4] if abs(onset - place) <= _SNAP * unit]
    if near:
        return min(near, key=lambda onset: abs(onset - place))
    following = onsets[index] if index < len(onsets) else None
    if following is None or following >= place + unit * (1 - _SNAP):
        return place
    before = onsets[index - 1] if index else None
    sounding = before is not None and any(
        s.end_beats > place + 1e-3 for s in _starting(score, before)
    )
    later = onsets[index + 1] if index + 1 < len(onsets) else score.end_beats
    syncopated = later > place + unit * (1 + _SNAP)
    return following if syncopated or not sounding else place


def _starting(score: Score, onset: float) -> list[Sound]:
    first = bisect_left(score.pitched, onset - 1e-9, key=lambda s: s.start_beats)
    last = bisect_right(score.pitched, onset + 1e-9, key=lambda s: s.start_beats)
    return list(score.pitched[first:last])


def _unit(pulse_beats: float, usual_beats: float | None) -> float:
    """How often the voices move: on pulses, or twice as often where pulses are slow."""
    while pulse_beats >= 2 and usual_beats is not None and usual_beats <= pulse_beats / 2:
        pulse_beats /= 2
    return pulse_beats


def _pitches(
    lines: Lines, starts: Mapping[int, Sequence[float]], beats: float
) -> tuple[int | None, ...]:
    """What each given voice sounds at a place."""
    row: list[int | None] = [None] * 4
    for voice, line in lines.items():
        index = bisect_right(starts[voice], beats) - 1
        if index >= 0 and line[index].end_beats > beats:
            row[voice] = line[index].pitch
    return tuple(row)
