# SPDX-License-Identifier: Apache-2.0
"""Seconds and beats: a tempo map both ways, for libraries that count time in seconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

_SNAP_TICKS = 1e-3  # nearer than this to a tick, a time in seconds means the tick


@dataclass(frozen=True, slots=True)
class Stretch:
    """From here on the tempo is `tempo_bpm`."""

    beats: float
    seconds: float
    tempo_bpm: float


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Where beats lie in seconds. Beat 0 and second 0 are the same place."""

    stretches: tuple[Stretch, ...]

    @classmethod
    def of_beats(cls, tempi: Iterable[tuple[float, float]]) -> TempoMap:
        """From (beats, tempo_bpm) in order, the first at beat 0."""
        found: list[Stretch] = []
        for beats, tempo in tempi:
            seconds = found[-1].seconds + _seconds(found[-1], beats) if found else 0.0
            found.append(Stretch(beats, seconds, tempo))
        return cls(tuple(found))

    @classmethod
    def of_seconds(cls, tempi: Iterable[tuple[float, float]], ticks_per_beat: int) -> TempoMap:
        """From (seconds, tempo_bpm) in order, the first at 0; changes are moved onto ticks."""
        found: list[Stretch] = []
        for seconds, tempo in tempi:
            beats = found[-1].beats + _beats(found[-1], seconds) if found else 0.0
            found.append(Stretch(snapped(beats, ticks_per_beat), seconds, tempo))
        return cls(tuple(found))

    def seconds_at(self, beats: float) -> float:
        """The time of a place in beats; before beat 0 the first tempo holds."""
        index = bisect_right(self.stretches, beats, key=lambda stretch: stretch.beats) - 1
        stretch = self.stretches[max(index, 0)]
        return stretch.seconds + _seconds(stretch, beats)

    def beats_at(self, seconds: float) -> float:
        """The place in beats of a time."""
        index = bisect_right(self.stretches, seconds, key=lambda stretch: stretch.seconds) - 1
        stretch = self.stretches[max(index, 0)]
        return stretch.beats + _beats(stretch, seconds)


def _seconds(since: Stretch, beats: float) -> float:
    return (beats - since.beats) * 60 / since.tempo_bpm


def _beats(since: Stretch, seconds: float) -> float:
    return (seconds - since.seconds) * since.tempo_bpm / 60


def snapped(beats: float, ticks_per_beat: int) -> float:
    """The tick that `beats` means where the difference is only rounding, else `beats` itself."""
    ticks = beats * ticks_per_beat
    near = round(ticks)
    return near / ticks_per_beat if abs(ticks - near) < _SNAP_TICKS else beats
