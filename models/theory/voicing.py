# SPDX-License-Identifier: Apache-2.0
"""Voicings for keys and pads: chords in close and open position, led smoothly to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from models.theory.steps import Steps

_MAX_CHOICES = 14
_LOW_INTERVAL_LIMIT = 52  # below it, intervals under a fourth sound muddy


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one chord's voicing is asked for.

    Attributes:
        tones: pitch classes, root first, as far as they may be used.
        above: pitches that sound above it: it stays below and avoids their semitones.
        size: how many notes.
    """

    tones: tuple[int, ...]
    above: tuple[int, ...] = ()
    size: int = 3


def lead_voicings(
    wanted: Sequence[Wanted], low: int, high: int, centre: float
) -> Steps[list[tuple[int, ...]]]:
    """One voicing for each chord so that the voices move as little as they can (Viterbi).

    Args:
        wanted: the chords in order.
        low: lowest pitch.
        high: highest pitch.
        centre: where the voicings' middle should lie.
    """
    columns: list[list[tuple[int, ...]]] = []
    costs: list[list[float]] = []
    back: list[list[int]] = []
    for index, chord in enumerate(wanted):
        rated = sorted(
            ((_static_cost(v, chord, centre), v) for v in choices(chord, low, high)),
        )[:_MAX_CHOICES]
        column = [voicing for _, voicing in rated]
        own = [cost for cost, _ in rated]
        came = [0] * len(own)
        if index:
            for place, voicing in enumerate(column):
                options = [
                    cost + motion(earlier, voicing)
                    for cost, earlier in zip(costs[-1], columns[-1], strict=True)
                ]
                came[place] = min(range(len(options)), key=options.__getitem__)
                own[place] += options[came[place]]
        columns.append(column)
        costs.append(own)
        back.append(came)
        yield
    place = min(range(len(costs[-1])), key=costs[-1].__getitem__)
    path = []
    for index in range(len(columns) - 1, -1, -1):
        path.append(columns[index][place])
        place = back[index][place]
    return path[::-1]


def choices(chord: Wanted, low: int, high: int) -> list[tuple[int, ...]]:
    """Every voicing of the chord within an eleventh, complete where there is room."""
    pitches = [p for p in range(low, high + 1) if p % 12 in chord.tones]
    if not pitches:
        return [()]
    for size in range(min(chord.size, len(chord.tones)), 0, -1):
        found = [
            group
            for start, lowest in enumerate(pitches)
            for group in combinations(_reach(pitches, start, lowest), size)
            if group[0] == lowest and len({p % 12 for p in group}) == size
        ]
        if found:
            return found
    return [(pitches[0],)]


def motion(before: Sequence[int], after: Sequence[int]) -> float:
    """How far the voices move; parallel fifths and octaves matter little on keys."""
    if not before or not after:
        return 0.0
    moved = sum(min(abs(p - q) for q in before) for p in after)
    moved += sum(min(abs(p - q) for q in after) for p in before)
    outer = abs(before[-1] - after[-1]) + 0.5 * abs(before[0] - after[0])
    return 0.5 * moved + 0.6 * outer


def _reach(pitches: Sequence[int], start: int, lowest: int) -> list[int]:
    return [pitch for pitch in pitches[start:] if pitch - lowest <= 17]


def _static_cost(voicing: Sequence[int], chord: Wanted, centre: float) -> float:
    """What is wrong with a voicing by itself."""
    if not voicing:
        return 0.0
    cost = 0.35 * abs(sum(voicing) / len(voicing) - centre)
    present = {pitch % 12 for pitch in voicing}
    essential = chord.tones[1:2] + chord.tones[3:4]  # third and seventh say what the chord is
    cost += 6.0 * sum(1 for tone in essential if tone not in present)
    cost += 2.0 * (chord.tones[0] not in present)
    for below, above in pairwise(voicing):
        gap = above - below
        cost += 1.5 * (gap > 9) + 2.5 * (gap < 5 and below < _LOW_INTERVAL_LIMIT) + 2.0 * (gap < 2)
    for melody in chord.above:
        cost += 4.0 * (voicing[-1] >= melody) + 1.0 * (voicing[-1] == melody)
        cost += 5.0 * sum(1 for pitch in voicing if abs(pitch - melody) in {1, 13})
    return cost
