# SPDX-License-Identifier: Apache-2.0
"""Touch: how a clip is played, so that new notes are played the same way.

How late, how loud and how long notes are is kept by place in the bar and lane (a pad, or a note's
rank in its chord) and given to the new ones, in turn from the bars that have the place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import median

from models.clip import Note
from models.engines.clip.straight import Straight
from models.tokens.grid import GridBar, duration_index
from models.tokens.vocabulary import DURATIONS_TICKS, TICKS_PER_QUARTER

_PLAIN = (104.0, 96.0, 88.0, 80.0)  # velocities from the downbeat to the weakest place
_PLACES = 4  # so many of the keys below name the place in the bar or in the beat


class Touch:
    """Plays new notes as those that were heard; by the beat alone where there were none.

    Attributes:
        drums: whether a lane is a pad.
    """

    def __init__(self, heard: Iterable[Straight] = (), *, drums: bool = False) -> None:
        self.drums = drums
        self._donors: dict[tuple[object, ...], list[Straight]] = {}
        lates: dict[int, list[float]] = {}
        longer: dict[int, list[float]] = {}
        for note in heard:
            for key in _keys(note.lane, note.tick):
                self._donors.setdefault(key, []).append(note)
            lates.setdefault(note.tick % TICKS_PER_QUARTER, []).append(note.late_beats)
            index, rest = _length(note.played.duration_beats)
            longer.setdefault(index, []).append(rest)
        self._late = {tick: median(values) for tick, values in sorted(lates.items())}
        self._longer = {index: median(values) for index, values in longer.items()}
        every = [late for values in lates.values() for late in values]
        self._early = max(0.0, -min(every, default=0.0))

    def play(self, notes: Sequence[Note], bar: GridBar, number: int) -> Iterator[Note]:
        """New notes of one cell as they sound, in order.

        Args:
            notes: on the grid, by onset and pitch.
            bar: the cell's.
            number: counts bars, so that each is played like another one.
        """
        starts = [note.start_beats for note in notes]
        for index, note in enumerate(notes):
            tick = round((note.start_beats - bar.start_beats) * TICKS_PER_QUARTER)
            if not self._donors:
                yield replace(note, velocity=_PLAIN[weakness(tick)])
                continue
            rank = index - bisect_left(starts, note.start_beats)
            lane = note.pitch if self.drums else rank
            donor, same_place = self._donor(lane, tick, number)
            late = donor.late_beats if same_place else self._between(tick)
            end = self._end(note, donor, lane, notes[index + 1 :])
            start = note.start_beats + late
            shortest = min(note.duration_beats, 1 / TICKS_PER_QUARTER) / 2
            yield replace(
                note,
                start_beats=start,
                duration_beats=max(end - start, shortest),
                velocity=donor.played.velocity,
                velocity_deviation=donor.played.velocity_deviation,
                release_velocity=donor.played.release_velocity,
            )

    def _donor(self, lane: int, tick: int, number: int) -> tuple[Straight, bool]:
        """A note to play like, and whether it stands at the same place of its bar or beat."""
        for rank, key in enumerate(_keys(lane, tick)):
            found = self._donors.get(key)
            if found:
                return found[number % len(found)], rank < _PLACES
        raise AssertionError("the last key fits every note")

    def _end(self, note: Note, donor: Straight, lane: int, later: Sequence[Note]) -> float:
        """Where it ends: never past its end on the grid, but for drums, whose end is unsaid.

        Where the clip has early notes, so much sooner that none cuts into the note before it.
        """
        if self.drums and donor.lane == lane:
            hits = (n.start_beats for n in later if n.pitch == note.pitch)
            room = next(hits, max(note.end_beats, note.start_beats + 0.25))
            if note.duration_beats < 0.25 - 1e-9:  # cut by the next hit or by the end
                room = min(room, note.end_beats)
            return min(note.start_beats + donor.played.duration_beats, room - self._early)
        rest = 0.0
        if not self.drums:
            rest = self._longer.get(_length(note.duration_beats)[0], 0.0)
        return note.end_beats + min(rest, -self._early)

    def _between(self, tick: int) -> float:
        """How late a place is where nothing was heard: between its neighbours in the beat."""
        place = tick % TICKS_PER_QUARTER
        ticks = list(self._late)
        after = bisect_left(ticks, place)
        low, high = ticks[after - 1], ticks[after % len(ticks)]
        gap = (high - low) % TICKS_PER_QUARTER or TICKS_PER_QUARTER
        share = (place - low) % TICKS_PER_QUARTER / gap
        return self._late[low] * (1 - share) + self._late[high] * share


def _length(beats: float) -> tuple[int, float]:
    """The place in the duration table, and how much longer the note is."""
    index = duration_index(max(1, round(beats * TICKS_PER_QUARTER)))
    return index, beats - DURATIONS_TICKS[index] / TICKS_PER_QUARTER


def _keys(lane: int, tick: int) -> Iterator[tuple[object, ...]]:
    """What two notes may have in common, the nearest first."""
    beat, weak = tick % TICKS_PER_QUARTER, weakness(tick)
    yield ("bar", lane, tick)
    yield ("beat", lane, beat)
    yield ("bar", tick)
    yield ("beat", beat)
    yield ("weak", lane, weak)
    yield ("weak", weak)
    yield ("lane", lane)
    yield ()


def weakness(tick: int) -> int:
    """How weak a place is: 0 is the downbeat, 1 a beat, 2 half a beat, 3 any other."""
    if tick == 0:
        return 0
    return 1 if tick % TICKS_PER_QUARTER == 0 else 2 if tick % 12 == 0 else 3
