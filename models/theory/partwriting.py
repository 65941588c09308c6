# SPDX-License-Identifier: Apache-2.0
"""Part-writing: what a four-voice chord costs by itself, and what moving to the next one costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.theory.chords import Chord, secondary_target
from models.theory.keys import Key

Voicing = tuple[int, ...]
_PARALLEL = 9.0
_CROSSING = 25.0
_WEIGHT_BY_VOICE = (0.05, 0.09, 0.09, 0.035)  # cost of a semitone moved, soprano first


def voicings(
    key: Key, chord: Chord, fixed: Sequence[int | None], ranges: Sequence[tuple[int, int]]
) -> list[tuple[float, Voicing]]:
    """(cost, pitches soprano to bass) of the chord's voicings, the cheapest first.

    Voices that are fixed keep their pitch. Where the ranges leave no room, voices cross.
    """
    found = list(_stacked(chord, fixed, ranges, crossing=False))
    if not found:
        found = list(_stacked(chord, fixed, ranges, crossing=True))
    rated = [(static_cost(key, chord, v, fixed, ranges), v) for v in found]
    rated.sort()
    return rated


def static_cost(
    key: Key,
    chord: Chord,
    voicing: Voicing,
    fixed: Sequence[int | None],
    ranges: Sequence[tuple[int, int]],
) -> float:
    """What is wrong with a voicing by itself: doubling, missing tones, position, spacing."""
    classes = [pitch % 12 for pitch in voicing]
    cost = _doubling(key, chord, classes) + _position(chord, classes[3])
    for index in range(3):
        gap = voicing[index] - voicing[index + 1]
        if gap < 0:
            cost += _CROSSING
        elif gap == 0:
            cost += 0.5
        elif gap > (12, 12, 19)[index]:
            cost += 1.5 + 0.2 * gap
    for index, pitch in enumerate(voicing):
        if fixed[index] is None:
            low, high = ranges[index]
            cost += 0.02 * abs(pitch - (low + high) / 2)
            cost += 0.25 * (pitch <= low + 1) + 0.25 * (pitch >= high - 1)
    return cost


def movement(key: Key, chord: Chord, before: Voicing, after_chord: Chord, after: Voicing) -> float:
    """What moving from one voicing to the next costs."""
    cost = 0.0
    for voice in (0, 1, 2, 3):
        cost += _leap(voice, before[voice], after[voice])
    soprano, bass = after[0] - before[0], after[3] - before[3]
    if soprano * bass < 0:
        cost -= 0.15
    elif (
        soprano * bass > 0
        and (after[1] - before[1]) * soprano > 0 < (after[2] - before[2]) * soprano
    ):
        cost += 0.8
    if chord == after_chord:
        return cost + _parallels(before, after) + 0.3 * (before[3] == after[3])
    if bass == 0:
        cost += 0.25
    return cost + _parallels(before, after) + _tendencies(key, chord, before, after_chord, after)


def _stacked(
    chord: Chord,
    fixed: Sequence[int | None],
    ranges: Sequence[tuple[int, int]],
    *,
    crossing: bool,
) -> Iterator[Voicing]:
    """The voicings from the top down; each voice within an octave of its upper neighbour."""

    def options(voice: int, above: int | None) -> list[int]:
        pitch = fixed[voice]
        if pitch is not None:
            return [pitch] if crossing or above is None or pitch <= above else []
        low, high = ranges[voice]
        if above is not None and not crossing:
            reach = 24 if voice == 3 else 12
            low, high = max(low, above - reach), min(high, above)
        return [p for p in range(low, high + 1) if p % 12 in chord.tones]

    for soprano in options(0, None):
        for alto in options(1, soprano):
            for tenor in options(2, alto):
                for bass in options(3, tenor):
                    yield (soprano, alto, tenor, bass)


def _doubling(key: Key, chord: Chord, classes: Sequence[int]) -> float:
    """Missing and doubled chord tones."""
    count = [classes.count(tone) for tone in chord.tones]
    cost = 5.0 * (not count[0]) + 6.0 * (not count[1]) + 0.9 * (not count[2])
    diminished = chord.quality == "dim"
    if diminished:
        cost += 1.2 * max(count[0] - 1, 0) + 0.6 * max(count[2] - 1, 0)
    else:
        cost += (0.75 if chord.quality in {"", "7", "aug"} else 0.35) * max(count[1] - 1, 0)
        cost += 0.25 * max(count[2] - 1, 0)
    cost += 0.8 * sum(max(n - 2, 0) for n in count)
    if len(count) > 3:
        cost += 5.0 * (not count[3]) + 4.0 * max(count[3] - 1, 0)
    tendency = _leading_tone(key, chord)
    return cost + 6.0 * (tendency is not None and classes.count(tendency) > 1)


def _position(chord: Chord, bass: int) -> float:
    """Root position, or an inversion."""
    if bass not in chord.tones:
        return 1.0  # a given bass that passes through
    place = chord.tones.index(bass)
    if chord.quality in {"dim", "dim7", "m7b5"}:
        return (0.9, 0.0, 0.8, 0.8)[place]
    return (0.0, 0.5, 2.2, 0.75)[place]


def _leading_tone(key: Key, chord: Chord) -> int | None:
    """The tone of the chord that wants to rise a semitone."""
    if secondary_target(key, chord) is not None:
        return chord.third
    leading = (key.tonic + 11) % 12
    dominant = (chord.root - key.tonic) % 12 in {7, 11}
    return leading if dominant and leading in chord.tones else None


def _leap(voice: int, old: int, new: int) -> float:
    """What a voice's own step costs."""
    size = abs(new - old)
    cost = _WEIGHT_BY_VOICE[voice] * size
    if size <= 4:
        return cost
    if voice == 3:
        extra = {6: 1.2, 8: 0.6, 9: 0.8, 10: 2.0, 11: 3.0, 12: 0.3}.get(size, 0.0)
        return cost + (extra if size <= 12 else 4.0)
    return cost + 0.3 + 0.35 * (size - 4) + (1.0 if size == 6 or size > 9 else 0.0)


def _parallels(before: Voicing, after: Voicing) -> float:
    """Parallel and direct perfect intervals, and overlap."""
    cost = 0.0
    for upper in (0, 1, 2):
        moved = after[upper] - before[upper]
        for lower in range(upper + 1, 4):
            shift = after[lower] - before[lower]
            if moved * shift > 0:
                interval = (after[upper] - after[lower]) % 12
                if interval in {0, 7}:
                    if (before[upper] - before[lower]) % 12 == interval:
                        cost += _PARALLEL
                    elif upper == 0 and lower == 3 and abs(moved) > 2:
                        cost += 1.5
        if after[upper + 1] > before[upper] or after[upper] < before[upper + 1]:
            cost += 0.8
    return cost


def _tendencies(
    key: Key, chord: Chord, before: Voicing, after_chord: Chord, after: Voicing
) -> float:
    """Leading tones that don't rise, sevenths that don't fall, augmented seconds."""
    cost = 0.0
    leading = _leading_tone(key, chord)
    seventh = chord.seventh
    target = None if leading is None else (leading + 1) % 12
    for voice in (0, 1, 2, 3):
        old, new = before[voice], after[voice]
        if old % 12 == leading and target in after_chord.tones and new % 12 != target:
            cost += 0.7 if voice in {1, 2} else 2.5
        if old % 12 == seventh and not 0 <= old - new <= 2:
            cost += 1.8
        if abs(new - old) == 3 and key.minor and _augmented(key, old, new):
            cost += 1.5
    return cost


def _augmented(key: Key, old: int, new: int) -> bool:
    """Whether the step joins the sixth and the raised seventh degree of minor."""
    return {(old - key.tonic) % 12, (new - key.tonic) % 12} == {8, 11}
