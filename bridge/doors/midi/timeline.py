# SPDX-License-Identifier: Apache-2.0
"""Timeline: which beat it is at which second, and where the bar lines are.

Beats of a session only ever go forward, whatever the song does: where the song jumps, its offset
from the session changes. So a note that is on its way keeps its place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from models.metre import Metre

SAME_PLACE_BEATS = 1e-6


@dataclass(frozen=True, slots=True)
class Timeline:
    """A straight line through time.

    Attributes:
        origin_beats, origin_s: a beat of the session and the second it falls on.
        tempo_bpm: quarter notes a minute.
        song_offset_beats: what is to be added to a beat of the session for the beat of the song.
    """

    origin_beats: float
    origin_s: float
    tempo_bpm: float
    song_offset_beats: float = 0.0

    def beats_at(self, at_s: float) -> float:
        """The beat of the session at a second."""
        return self.origin_beats + (at_s - self.origin_s) * self.tempo_bpm / 60

    def seconds_at(self, beats: float) -> float:
        """The second of a beat of the session."""
        return self.origin_s + (beats - self.origin_beats) * 60 / self.tempo_bpm

    def song_beats(self, beats: float) -> float:
        """The beat of the song at a beat of the session."""
        return beats + self.song_offset_beats

    def retimed(self, at_s: float, tempo_bpm: float) -> Timeline:
        """The same beat at `at_s`, and another tempo from there on."""
        return replace(self, origin_beats=self.beats_at(at_s), origin_s=at_s, tempo_bpm=tempo_bpm)

    def bar_line(self, beats: float, metre: Metre) -> float:
        """The first bar line at or after a beat, both in beats of the session."""
        bars = math.ceil((self.song_beats(beats) - SAME_PLACE_BEATS) / metre.bar_beats)
        return bars * metre.bar_beats - self.song_offset_beats

    def bar_start(self, beats: float, metre: Metre) -> float:
        """The last bar line at or before a beat, both in beats of the session."""
        bars = math.floor((self.song_beats(beats) + SAME_PLACE_BEATS) / metre.bar_beats)
        return bars * metre.bar_beats - self.song_offset_beats
