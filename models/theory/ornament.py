# SPDX-License-Identifier: Apache-2.0
"""Passing notes: what makes four voices flow instead of stepping from block to block."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from models.theory.keys import Key
from models.theory.steps import Steps
from models.theory.voiceleading import Moment, Tone

_STEP_TONES = 100  # tones handled between two pauses
Ways = Mapping[int, float]  # voice number to the chance of a passing note


def add_passing_notes(
    voices: Sequence[Sequence[Tone]],
    key: Key,
    ways: Ways,
    rng: random.Random,
) -> Steps[list[list[Tone]]]:
    """The voices with passing notes where a voice moves by a third and nothing forbids it.

    Args:
        voices: soprano to bass.
        key: whose scale the passing notes belong to.
        ways: voices that may get them, and how often.
        rng: decides where.
    """
    lines = [list(voice) for voice in voices]
    for voice, chance in ways.items():
        line = lines[voice]
        result: list[Tone] = []
        for index, tone in enumerate(line):
            if index % _STEP_TONES == 0:
                yield
            following = line[index + 1] if index + 1 < len(line) else None
            wanted = following is not None and rng.random() < chance
            made = _passing(lines, voice, tone, following, key) if wanted and following else None
            result += made or [tone]
        lines[voice] = result
    return lines


def _passing(
    lines: Sequence[Sequence[Tone]], voice: int, tone: Tone, following: Tone, key: Key
) -> list[Tone] | None:
    """The tone cut in two with a passing note, or None where that sounds wrong."""
    interval = following.pitch - tone.pitch
    beats = following.start_beats - tone.start_beats
    touching = abs(tone.end_beats - following.start_beats) < 0.05
    if abs(interval) not in {3, 4} or not touching or not 0.45 <= beats <= 2.1:
        return None
    steps = [tone.pitch + d for d in ((1, 2, 3) if interval > 0 else (-1, -2, -3))]
    scale = [
        pitch
        for pitch in steps
        if pitch % 12 in key.pitch_classes
        and abs(pitch - tone.pitch) <= 2  # no augmented second on either side
        and 0 < abs(following.pitch - pitch) <= 2
    ]
    if not scale:
        return None
    pitch = scale[0]
    middle = tone.start_beats + beats / 2
    before = _moment(lines, tone.start_beats)
    during = _with(_moment(lines, middle), voice, pitch)
    after = _moment(lines, following.start_beats)
    if _clashes(during, voice) or _parallel(before, during, after, voice):
        return None
    return [
        Tone(tone.start_beats, middle, tone.pitch),
        Tone(middle, tone.end_beats, pitch),
    ]


def _moment(lines: Sequence[Sequence[Tone]], beats: float) -> Moment:
    row: list[int | None] = []
    for line in lines:
        index = bisect_right(line, beats + 1e-6, key=lambda t: t.start_beats) - 1
        sounding = index >= 0 and line[index].end_beats > beats + 1e-6
        row.append(line[index].pitch if sounding else None)
    return tuple(row)


def _with(moment: Moment, voice: int, pitch: int) -> Moment:
    return (*moment[:voice], pitch, *moment[voice + 1 :])


def _clashes(moment: Moment, voice: int) -> bool:
    """A semitone beside another voice, a unison with it, or past it."""
    own = moment[voice]
    assert own is not None
    for other, pitch in enumerate(moment):
        if pitch is None or other == voice:
            continue
        if abs(pitch - own) in {0, 1, 13} or (pitch > own) != (other < voice):
            return True
    return False


def _parallel(before: Moment, during: Moment, after: Moment, voice: int) -> bool:
    """Whether the passing note makes parallel fifths or octaves with any voice."""
    for first, second in ((before, during), (during, after)):
        for other in range(len(first)):
            pitches = (first[voice], first[other], second[voice], second[other])
            if other == voice or None in pitches:
                continue
            a0, b0, a1, b1 = (p for p in pitches if p is not None)
            if a0 != a1 and b0 != b1 and abs(a0 - b0) % 12 == abs(a1 - b1) % 12 in {0, 7}:
                return True
    return False
