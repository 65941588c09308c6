# SPDX-License-Identifier: Apache-2.0
"""Which notes already sound on a pitch, so that a new note never overlaps one of its own pitch."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from models.clip import Note
from models.metre import EPSILON_BEATS

SHORTEST_BEATS = 1 / 32
_LONG_BEATS = 8.0  # longer notes are kept apart, so that a look-back stays short


class Lanes:
    """Spans of sounding notes by pitch, in order of onset."""

    def __init__(self, notes: Iterable[Note] = ()) -> None:
        self._short: dict[int, list[tuple[float, float]]] = {}
        self._long: dict[int, list[tuple[float, float]]] = {}
        for note in notes:
            self._lane(note).append((note.start_beats, note.end_beats))
        for lane in (*self._short.values(), *self._long.values()):
            lane.sort()

    def add(self, note: Note) -> None:
        """Note that it sounds."""
        insort(self._lane(note), (note.start_beats, note.end_beats))

    def remove(self, note: Note) -> None:
        """Forget a note that was added."""
        lane = self._lane(note)
        lane.pop(bisect_left(lane, (note.start_beats, note.end_beats)))

    def free_until(self, pitch: int, start_beats: float, end_beats: float) -> float:
        """Where a note from `start_beats` must end at the latest; its start when it can't be."""
        room = end_beats
        for lanes, reach in ((self._short, _LONG_BEATS), (self._long, float("inf"))):
            lane = lanes.get(pitch, [])
            first = bisect_left(lane, (start_beats - reach, 0.0))
            for start, end in lane[first:]:
                if start >= room:
                    break
                if end > start_beats + EPSILON_BEATS:
                    room = max(start_beats, min(room, start))
        return room

    def _lane(self, note: Note) -> list[tuple[float, float]]:
        lanes = self._long if note.duration_beats > _LONG_BEATS else self._short
        return lanes.setdefault(note.pitch, [])
