# SPDX-License-Identifier: Apache-2.0
"""Applying: notes take new onsets and velocities without leaving their place among the others.

A note stays on its side of the clip's edges, of loop points and start marker, and between its
neighbours of the same pitch. Where its end would run into the next note of its pitch, or past an
edge, and did not before, so much is cut from its length. Nothing else of it changes.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, product

from models.clip import Clip, Note

_BEFORE_EDGE_BEATS = 1 / 960
_SHARE_OF_GAP = 0.45  # how far two neighbours may move towards each other, each
_LEAST_GAP = 0.1  # of two neighbours' gap must remain
_LEAST_LENGTH = 0.5  # of a note that an edge cuts
_SAME_BEATS = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """What one note shall become.

    Attributes:
        start_beats: its new onset.
        velocity: its new velocity; limited to 1-127.
        cell: notes of one cell move together and don't hinder each other.
    """

    start_beats: float
    velocity: float
    cell: int


def applied(clip: Clip, changes: Mapping[int, Change]) -> Clip:
    """The clip with some notes changed; all others are the very same.

    Args:
        clip: stays as it is.
        changes: by the note's number in `clip.notes`.
    """
    orders = _by_pitch(clip.notes)
    edges = _edges(clip)
    starts = _starts(clip, orders, changes, edges)
    ends = _ends(clip, orders, starts, edges)
    notes = [
        _changed(note, starts[i], ends[i], changes.get(i)) for i, note in enumerate(clip.notes)
    ]
    return clip.with_notes(notes)


def _starts(
    clip: Clip,
    orders: Sequence[Sequence[int]],
    changes: Mapping[int, Change],
    edges: Sequence[float],
) -> list[float]:
    """The new onset of each note: as near to the one asked for as its bounds allow."""
    room: dict[int, tuple[float, float]] = {}  # of each cell, as a shift
    for order in orders:
        for index, low, high in _bounds(clip, order, changes, edges):
            _narrow(room, changes[index].cell, low, high)
    pairs = [pair for order in orders for pair in _pairs(clip, order, changes)]
    while True:
        starts = [note.start_beats for note in clip.notes]
        for index, change in changes.items():
            low, high = room[change.cell]
            starts[index] += min(max(change.start_beats - starts[index], low), high)
        tight = [pair for pair in pairs if _crosses(clip, starts, *pair)]
        if not tight:
            return starts
        pairs = [pair for pair in pairs if pair not in set(tight)]
        for first, second in tight:
            gap = clip.notes[second].start_beats - clip.notes[first].start_beats
            for index, low, high in (
                (first, -math.inf, _SHARE_OF_GAP * gap),
                (second, -_SHARE_OF_GAP * gap, math.inf),
            ):
                if index in changes:
                    _narrow(room, changes[index].cell, low, high)


def _narrow(room: dict[int, tuple[float, float]], cell: int, low: float, high: float) -> None:
    before = room.get(cell, (-math.inf, math.inf))
    room[cell] = max(low, before[0]), min(high, before[1])


def _pairs(
    clip: Clip, order: Sequence[int], changes: Mapping[int, Change]
) -> Iterator[tuple[int, int]]:
    """Neighbours of one pitch of which one can move without the other."""
    moments = groupby(order, lambda index: clip.notes[index].start_beats)
    cells = [{changes[i].cell if i in changes else None: i for i in group} for _, group in moments]
    for before, after in pairwise(cells):
        for first, second in product(before, after):
            if first != second:
                yield before[first], after[second]


def _crosses(clip: Clip, starts: Sequence[float], first: int, second: int) -> bool:
    """Whether two neighbours have come closer than may be, or changed places."""
    gap = clip.notes[second].start_beats - clip.notes[first].start_beats
    return starts[second] - starts[first] < _LEAST_GAP * gap


def _by_pitch(notes: Sequence[Note]) -> list[list[int]]:
    """Numbers of the notes of each pitch, by onset."""
    found: dict[int, list[int]] = defaultdict(list)
    for index in sorted(range(len(notes)), key=lambda i: notes[i].start_beats):
        found[notes[index].pitch].append(index)
    return list(found.values())


def _edges(clip: Clip) -> tuple[float, ...]:
    """Where a note may not change sides."""
    points = {clip.loop_start_beats, clip.loop_end_beats, clip.start_marker_beats}
    return tuple(sorted({*points, clip.length_beats}))


def _bounds(
    clip: Clip, order: Sequence[int], changes: Mapping[int, Change], edges: Sequence[float]
) -> Iterator[tuple[int, float, float]]:
    """For each note of one pitch that changes, how far edges and ends let it move."""
    fixed_ends = sorted(clip.notes[i].end_beats for i in order if i not in changes)
    for index in order:
        if index not in changes:
            continue
        note = clip.notes[index]
        low, high = _side(note, edges)
        ended = bisect_right(fixed_ends, note.start_beats + _SAME_BEATS)
        if ended:
            low = max(low, min(fixed_ends[ended - 1], note.start_beats))
        yield index, low - note.start_beats, high - note.start_beats


def _side(note: Note, edges: Sequence[float]) -> tuple[float, float]:
    """Between which onsets a note keeps its side of all edges, and most of its length."""
    low, high = -math.inf, math.inf
    for edge in edges:
        if note.start_beats >= edge:
            low = max(low, edge)
        else:
            high = min(high, max(note.start_beats, edge - _BEFORE_EDGE_BEATS))
            if note.end_beats <= edge + _SAME_BEATS:
                latest = edge - _LEAST_LENGTH * note.duration_beats
                high = min(high, max(note.start_beats, latest))
    return low, high


def _ends(
    clip: Clip, orders: Sequence[Sequence[int]], starts: Sequence[float], edges: Sequence[float]
) -> list[float]:
    """Where each note may end at the latest, infinite where nothing is in its way."""
    ends = [math.inf] * len(starts)
    for order in orders:
        before = [clip.notes[i].start_beats for i in order]
        for place, index in enumerate(order):
            end = clip.notes[index].end_beats - _SAME_BEATS
            after = max(bisect_left(before, end), place + 1)
            following = starts[order[after]] if after < len(order) else math.inf
            edge = next((edge for edge in edges if edge >= end), math.inf)
            ends[index] = min(following, edge)
    return ends


def _changed(note: Note, start_beats: float, end_beats: float, change: Change | None) -> Note:
    if change is None:
        return note
    velocity = min(127.0, max(1.0, change.velocity))
    duration = note.duration_beats
    if start_beats + duration > end_beats + _SAME_BEATS:
        duration = end_beats - start_beats
    same = (start_beats, duration, velocity) == (
        note.start_beats,
        note.duration_beats,
        note.velocity,
    )
    if same:
        return note
    return replace(
        note,
        start_beats=start_beats,
        duration_beats=duration,
        velocity=velocity,
        origin="edited",
    )
