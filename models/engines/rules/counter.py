# SPDX-License-Identifier: Apache-2.0
"""Counter-line: a second melody by the rules of species counterpoint, loosened.

Consonance and chord tones on strong places, dissonance only by step, contrary motion rather than
parallel, steps rather than leaps (Fux, *Gradus ad Parnassum*, 1725; Aldwell & Schachter). It
moves where the melody rests or holds. The cheapest line is found by dynamic programming.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from models.engines.rules.feel import Event
from models.engines.rules.palette import Palette
from models.theory.harmony import Reading
from models.theory.score import Score, Sound, melody_line
from models.theory.steps import Steps

REGISTER = (48, 79)
_INTERVAL_COST = (1.2, 3.0, 2.2, 0.0, 0.0, 1.0, 2.0, 0.4, 0.0, 0.0, 1.6, 2.6)  # by semitones
_LEAP_COST = (0.6, -0.4, -0.45, 0.25, 0.35, 0.6, 2.5, 0.8, 1.5, 1.5)  # by semitones moved
_MAX_LEAP = len(_LEAP_COST) - 1
_HELD_BEATS = 0.9  # a melody note that lasts longer leaves room to move


@dataclass(frozen=True, slots=True)
class _Place:
    """One note's place: its chord tones, the melody above it, and what each pitch costs."""

    beats: float
    strength: float
    tones: tuple[int, ...]
    melody: int | None
    costs: tuple[float, ...]


def counter_line(
    score: Score,
    reading: Reading,
    palette: Palette,
    args: Mapping[str, Any],
    rng: random.Random,
) -> Steps[list[Event]]:
    """The counter-line of one take, on the grid."""
    melody = yield from melody_line(score)
    pitches = palette.pitches(range(12))
    low, high = _room(pitches, melody)
    pitches = [pitch for pitch in pitches if low <= pitch <= high] or pitches
    starts = [sound.start_beats for sound in melody]
    shake = 0.1 + 0.5 * args.get("adventure", 0.5)
    places = []
    for beats, strength in _rhythm(score, melody, starts, args.get("density", 1.0)):
        above = _sounding(melody, starts, beats)
        chord = reading.at(beats).chord
        costs = tuple(
            _cost(pitch, chord.tones, above, strength) + abs(rng.gauss(0.0, shake))
            for pitch in pitches
        )
        places.append(_Place(beats, strength, chord.tones, above, costs))
        yield
    line = yield from _cheapest(places, pitches)
    ends = [*(place.beats for place in places[1:]), score.end_beats]
    return [
        Event(pitch, place.beats, place.beats + 0.95 * (end - place.beats), 4 * place.strength - 8)
        for pitch, place, end in zip(line, places, ends, strict=True)
    ]


def _room(pitches: Sequence[int], melody: Sequence[Sound]) -> tuple[int, int]:
    """A tenth below the melody's middle, where the register has it."""
    if not melody:
        return pitches[0], pitches[-1]
    heights = sorted(sound.pitch for sound in melody)
    top = heights[len(heights) // 2]
    if top - 7 < pitches[0]:  # no room below: above it
        return min(heights[-1] + 1, pitches[-1] - 7), min(heights[-1] + 16, pitches[-1])
    return top - 17, top + 2


def _rhythm(
    score: Score, melody: Sequence[Sound], starts: Sequence[float], density: float
) -> list[tuple[float, float]]:
    """(place, strength): pulses, fewer where the melody is busy, more where it holds."""
    places = []
    for bar, groups in zip(score.bars, score.groups, strict=True):
        pulse = bar.metre.pulse_beats
        half = pulse / 2 if pulse != 1.5 else 0.5
        place = bar.start_beats
        while place < bar.end_beats - 1e-6:
            strength = bar.metre.strength(place - bar.start_beats)
            if any(abs(place - group) < 1e-6 for group in groups):
                strength = max(strength, 0.75)
            busy = any(abs(start - place) < 0.1 for start in _near(starts, place))
            wanted = strength >= (0.75 if density < 0.7 else 0.5)
            wanted = wanted or (density >= 1 and not busy and _held(melody, starts, place))
            if (wanted or density >= 3) and score.start_beats - 1e-6 <= place < score.end_beats:
                places.append((place, strength))
            place += half
    return places or [(score.start_beats, 1.0)]


def _near(starts: Sequence[float], place: float) -> Sequence[float]:
    index = bisect_right(starts, place - 0.1)
    return starts[index : index + 2]


def _held(melody: Sequence[Sound], starts: Sequence[float], place: float) -> bool:
    """Whether the melody holds a long note here, or rests."""
    index = bisect_right(starts, place + 1e-6) - 1
    if index < 0:
        return True
    sound = melody[index]
    return sound.end_beats - sound.start_beats > _HELD_BEATS * 1.5 or sound.end_beats <= place


def _sounding(melody: Sequence[Sound], starts: Sequence[float], beats: float) -> int | None:
    index = bisect_right(starts, beats + 0.05) - 1
    sounds = index >= 0 and melody[index].end_beats > beats + 0.05
    return melody[index].pitch if sounds else None


def _cost(pitch: int, tones: Sequence[int], melody: int | None, strength: float) -> float:
    """What a pitch costs by itself."""
    in_chord = pitch % 12 in tones
    cost = 0.0 if in_chord else 0.1 + 2.6 * strength
    if melody is None:
        return cost
    gap = melody - pitch
    both = in_chord and melody % 12 in tones
    weight = 0.35 if both and abs(gap) > 2 else 0.3 + 0.7 * strength
    cost += _INTERVAL_COST[abs(gap) % 12] * weight
    return cost + 2.5 * (gap <= 0) + 1.5 * (0 < gap < 3)


def _cheapest(places: Sequence[_Place], pitches: Sequence[int]) -> Steps[list[int]]:
    """The cheapest line through the places (dynamic programming)."""
    totals = list(places[0].costs)
    back: list[list[int]] = [[0] * len(pitches)]
    for before, place in pairwise(places):
        fresh, came = [], []
        for index, pitch in enumerate(pitches):
            options = [
                (totals[n] + _step(before, earlier, place, pitch), n)
                for n, earlier in enumerate(pitches)
                if abs(earlier - pitch) <= _MAX_LEAP
            ]
            total, source = min(options)
            fresh.append(total + place.costs[index])
            came.append(source)
        totals = fresh
        back.append(came)
        yield
    index = min(range(len(totals)), key=totals.__getitem__)
    line = []
    for came in reversed(back):
        line.append(pitches[index])
        index = came[index]
    return line[::-1]


def _step(before: _Place, old: int, after: _Place, new: int) -> float:
    """What going from one pitch to the next costs."""
    size = abs(new - old)
    cost = _LEAP_COST[size]
    foreign = old % 12 not in before.tones or new % 12 not in after.tones
    if foreign and not 0 < size <= 2:
        cost += 2.0
    if before.melody is None or after.melody is None:
        return cost
    moved, shift = new - old, after.melody - before.melody
    if moved * shift < 0:
        cost -= 0.3
    if moved * shift > 0 and (after.melody - new) % 12 in {0, 7}:
        same = (before.melody - old) % 12 == (after.melody - new) % 12
        cost += 4.0 if same else 0.8
    return cost
