# SPDX-License-Identifier: Apache-2.0
"""A clip's notes in seconds, over and over, as a melody for models that hear and don't read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from models.clip import Clip


@dataclass(frozen=True, slots=True)
class Tone:
    """A sounding note in seconds; `loudness` counts as amplitude."""

    pitch: int
    start_s: float
    end_s: float
    loudness: float = 1.0


def tones_of(clip: Clip, tempo_bpm: float, seconds: float) -> Iterator[Tone]:
    """The notes of the clip's loop, again and again for so many seconds."""
    beat_s = 60 / tempo_bpm
    playing, turn_s = clip.playing(), clip.loop_beats * beat_s
    for turn in range(math.ceil(seconds / turn_s) if playing else 0):
        for note in playing:
            start = (note.start_beats - clip.loop_start_beats) * beat_s + turn * turn_s
            end = min(start + note.duration_beats * beat_s, seconds)
            if start < end:
                yield Tone(note.pitch, start, end, note.velocity / 127)
