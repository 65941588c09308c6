# SPDX-License-Identifier: Apache-2.0
"""Schedule: notes on their way out, in beats of the session. Pure.

A note-off is put in when its note-on leaves, so what is dropped before it sounded needs none,
and what sounds always has one. Where two notes of one pitch overlap on a channel, the first ends
as the second begins: a synthesiser can't tell their note-offs apart.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from bridge.doors.midi.messages import note_off, note_on
from models.clip import Note

LATE_BEATS = 0.02  # of a note that leaves after its place: worth counting from here on
TOO_LATE_BEATS = 0.5  # a note this late is left out: it would only confuse
_OFF, _EVENT, _ON = 0, 1, 2  # in which order things at one place leave


class _Planned(NamedTuple):
    """Something that leaves at `beats`; `serial` tells a note-off which note it ends."""

    beats: float
    rank: int
    serial: int
    data: bytes
    end_beats: float = 0.0
    release: bytes = b""


@dataclass(slots=True)
class Counts:
    """What has left, and what did not leave in time."""

    notes: int = 0
    late: int = 0
    dropped: int = 0


class Schedule:
    """What is to be sent.

    Attributes:
        counts: notes sent, late and dropped.
    """

    def __init__(self, rng: random.Random) -> None:
        self.counts = Counts()
        self._rng = rng
        self._planned: list[_Planned] = []
        self._serial = count()
        self._sounding: dict[tuple[int, int], int] = {}  # (channel, pitch) -> serial

    def __len__(self) -> int:
        return len(self._planned)

    @property
    def sounding(self) -> tuple[tuple[int, int], ...]:
        """Channel and pitch of every note that sounds."""
        return tuple(self._sounding)

    def next_beats(self) -> float | None:
        """Where the next thing leaves."""
        return self._planned[0].beats if self._planned else None

    def add_notes(self, notes: Iterable[Note], at_beats: float, channel: int) -> None:
        """Plan notes; their beat 0 lies at `at_beats`.

        A muted note is left out, chance decides on one with a probability, and velocities vary
        by their deviation, as in Live.
        """
        for note in notes:
            if note.mute or (note.probability < 1 and self._rng.random() >= note.probability):
                continue
            velocity = note.velocity + self._rng.random() * note.velocity_deviation
            start = at_beats + note.start_beats
            self._put(
                _Planned(
                    start,
                    _ON,
                    next(self._serial),
                    note_on(channel, note.pitch, velocity),
                    start + note.duration_beats,
                    note_off(channel, note.pitch, note.release_velocity),
                )
            )

    def add(self, beats: float, data: bytes) -> None:
        """Plan anything that is not a note."""
        self._put(_Planned(beats, _EVENT, next(self._serial), data))

    def due(self, until_beats: float, now_beats: float) -> list[tuple[float, bytes]]:
        """Take out what leaves before `until_beats`: (beats, message), in order.

        Args:
            until_beats: up to where.
            now_beats: where we are; what lay before it is late.
        """
        out: list[tuple[float, bytes]] = []
        while self._planned and self._planned[0].beats < until_beats:
            item = heapq.heappop(self._planned)
            if item.rank == _ON:
                out += self._begin(item, now_beats)
            elif item.rank == _EVENT:
                out.append((item.beats, item.data))
            else:
                out += self._end(item)
        return out

    def drop(self) -> None:
        """Forget what has not begun; what sounds ends where it was meant to."""
        self._planned = [item for item in self._planned if item.rank == _OFF]
        heapq.heapify(self._planned)

    def silence(self) -> list[bytes]:
        """End everything that sounds: the note-offs, to be sent at once. Plans stay."""
        self._planned = [item for item in self._planned if item.rank != _OFF]
        heapq.heapify(self._planned)
        offs = [note_off(channel, pitch) for channel, pitch in self._sounding]
        self._sounding.clear()
        return offs

    def _put(self, item: _Planned) -> None:
        heapq.heappush(self._planned, item)

    def _begin(self, item: _Planned, now_beats: float) -> Iterator[tuple[float, bytes]]:
        late_beats = now_beats - item.beats
        if late_beats > TOO_LATE_BEATS:
            self.counts.dropped += 1
            return
        self.counts.late += late_beats > LATE_BEATS
        self.counts.notes += 1
        key = item.data[0] & 0x0F, item.data[1]
        if key in self._sounding:
            yield item.beats, note_off(*key)
        self._sounding[key] = item.serial
        end_beats = item.end_beats + max(0.0, late_beats)  # late, but as long as it was meant
        self._put(_Planned(end_beats, _OFF, item.serial, item.release))
        yield item.beats, item.data

    def _end(self, item: _Planned) -> Iterator[tuple[float, bytes]]:
        key = item.data[0] & 0x0F, item.data[1]
        if self._sounding.get(key) == item.serial:
            del self._sounding[key]
            yield item.beats, item.data
