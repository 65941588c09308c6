# SPDX-License-Identifier: Apache-2.0
"""Pace: how fast the context moves, for drums that move neither faster nor straighter than it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.engines.rules.feel import Feel
from models.metre import Bar
from models.theory.score import Score, Sound

_FAST_BPM = 150.0  # sixteenths are too many from here on
_SLOW_BPM = 105.0  # and welcome up to here, also where nobody plays any
_WALKING_BPM = 110.0  # quarters in the bass are a walk from here on
_SWING = 0.1  # share of a pulse that off-beats are late
_USED = 0.12  # share of the onsets that makes a part of the pulse part of the music
_WALKING_TOP = 52  # median pitch of a bass
_SAMPLE = 4000  # onsets that are looked at
_NEAR = 0.08  # of a pulse


@dataclass(frozen=True, slots=True)
class Pace:
    """What the context says about how fast drums may be.

    Attributes:
        tempo_bpm: pulses a minute where the loop begins.
        halves: share of the onsets that lie between pulses.
        quarters: share that lies on the second or fourth quarter of a straight pulse.
        is_swung: half pulses are late.
        walks: the bass is a walk in quarters.
    """

    tempo_bpm: float
    halves: float
    quarters: float
    is_swung: bool
    walks: bool

    @property
    def is_fast(self) -> bool:
        """Whether sixteenths are a blur."""
        return self.tempo_bpm >= _FAST_BPM

    @property
    def takes_sixteenths(self) -> bool:
        """Whether sixteenths on the hat fit: the context has them, or there is time for them."""
        if self.is_swung or self.walks or self.tempo_bpm > 1.15 * _FAST_BPM:
            return False
        return self.quarters >= _USED or self.tempo_bpm <= _SLOW_BPM

    @property
    def is_sparse(self) -> bool:
        """Whether even eighths are more than the context moves."""
        return self.is_fast and self.halves < _USED


def read_pace(score: Score) -> Pace:
    """The pace of everything that sounds."""
    feel = Feel(score)
    swung = feel.off_beat >= _SWING
    onsets = sorted({sound.start_beats for sound in (*score.pitched, *score.drums)})[:_SAMPLE]
    parts = []
    for onset in onsets:
        bar = feel.bar_at(onset + 0.05)
        parts.append((onset - bar.start_beats) / _counted_beats(bar) % 1.0)
    between = [part for part in parts if _NEAR < part < 1 - _NEAR]
    quarters = [part for part in between if min(abs(part - 0.25), abs(part - 0.75)) < _NEAR]
    count = max(len(parts), 1)
    tempo = score.frame.tempo_at(score.start_beats) / _counted_beats(score.bars[0])
    walks = tempo >= _WALKING_BPM and any(
        _walks([s for s in score.pitched if s.line == line], score)
        for line in range(len(score.clips))
    )
    return Pace(tempo, len(between) / count, len(quarters) / count, swung, walks)


def _counted_beats(bar: Bar) -> float:
    """The pulse, or a quarter where the pulse is an eighth or a dotted note."""
    pulse = bar.metre.pulse_beats
    return pulse if pulse in {1.0, 2.0, 4.0} else 1.0


def _walks(line: Sequence[Sound], score: Score) -> bool:
    """Whether a low line moves on at nearly every pulse, mostly by small steps."""
    bars = [bar for bar in score.bars if bar.metre.pulse_beats == 1]
    if not line or len(bars) < len(score.bars):
        return False
    on_pulse = [
        sound
        for sound in line[:_SAMPLE]
        if abs((p := (sound.start_beats - _bar_start(score, sound))) - round(p)) < _NEAR
    ]
    heights = sorted(sound.pitch for sound in line)
    reach = min(score.end_beats, on_pulse[-1].end_beats if on_pulse else 0.0) - score.start_beats
    if heights[len(heights) // 2] > _WALKING_TOP or len(on_pulse) < max(0.85 * reach, 8):
        return False
    moves = [abs(b.pitch - a.pitch) for a, b in pairwise(on_pulse)]
    walking = sum(1 for move in moves if 0 < move <= 5)
    return len(line) <= 1.6 * len(on_pulse) and walking >= 0.75 * len(moves)


def _bar_start(score: Score, sound: Sound) -> float:
    index = bisect_right(score.bars, sound.start_beats + _NEAR, key=lambda b: b.start_beats) - 1
    return score.bars[max(index, 0)].start_beats
