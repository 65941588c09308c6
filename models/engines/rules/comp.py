# SPDX-License-Identifier: Apache-2.0
"""Comp: chords in the middle register, below the melody, held, pulsed or off the beat."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from models.engines.rules.feel import Event
from models.engines.rules.palette import Palette
from models.metre import Bar
from models.theory.harmony import ChordSpan, Reading
from models.theory.score import Score, Sound, melody_line
from models.theory.steps import Steps
from models.theory.voicing import Wanted, lead_voicings

REGISTER = (48, 76)
_HELD, _GROUPS, _PULSES, _OFF_BEATS, _STAB = "held", "groups", "pulses", "off beats", "stabs"
_BY_DENSITY = (
    # up to this density: patterns that suit it
    (0.6, (_HELD,)),
    (1.3, (_HELD, _GROUPS, _STAB)),
    (2.2, (_PULSES, _OFF_BEATS, _GROUPS)),
    (4.0, (_PULSES, _OFF_BEATS)),
)


def chord_part(
    score: Score,
    reading: Reading,
    palette: Palette,
    args: Mapping[str, Any],
    rng: random.Random,
) -> Steps[list[Event]]:
    """The chords of one take, on the grid."""
    melody = yield from melody_line(score)
    adventure = args.get("adventure", 0.5)
    size = 4 if rng.random() < 0.3 + 0.5 * adventure else 3
    wanted, spans, first = [], [], 0
    for span in reading.spans:
        while first < len(melody) and melody[first].end_beats <= span.start_beats + 1e-6:
            first += 1
        above = _weighty(melody[first : first + 64], span)
        wanted.append(_wanted(span, above, palette, size))
        spans.append(span)
        yield
    low, high = palette.low, _ceiling(melody, palette)
    centre = rng.uniform(0.4, 0.6) * (high - low) + low
    voicings = yield from lead_voicings(wanted, low, high, centre)
    pattern = _pattern(args.get("density", 1.0), rng)
    length = rng.choice((0.5, 0.75, 0.9))
    events: list[Event] = []
    for bar, groups in zip(score.bars, score.groups, strict=True):
        onsets = _onsets(bar, groups, spans, pattern, score)
        events += _struck(onsets, spans, voicings, (pattern, length))
        yield
    return events


def _wanted(span: ChordSpan, above: tuple[Sound, ...], palette: Palette, size: int) -> Wanted:
    """The chord's usable tones, without those that clash with long melody notes."""
    usable = [tone for tone in span.chord.tones if tone in palette.pitch_classes]
    heard = {sound.pitch % 12 for sound in above}
    clear = [t for t in usable if (t + 1) % 12 not in heard - set(usable)]
    clear = [t for t in clear if (t - 1) % 12 not in heard - set(usable)]
    tones = tuple(clear or usable or sorted(palette.pitch_classes)[:1])
    return Wanted(tones, tuple(sorted({sound.pitch for sound in above})), size)


def _weighty(melody: Sequence[Sound], span: ChordSpan) -> tuple[Sound, ...]:
    """Melody notes that sound for a good part of the span."""
    found = []
    for sound in melody:
        if sound.start_beats >= span.end_beats:
            break
        beats = min(sound.end_beats, span.end_beats) - max(sound.start_beats, span.start_beats)
        if beats >= 0.2 * (span.end_beats - span.start_beats) or sound.strength >= 0.75:
            found.append(sound)
    return tuple(found)


def _ceiling(melody: Sequence[Sound], palette: Palette) -> int:
    """The top of the register, drawn below most of the melody where there is room."""
    if not melody:
        return palette.high
    pitches = sorted(sound.pitch for sound in melody)
    below = pitches[len(pitches) // 3] - 1
    return min(palette.high, below) if below >= palette.low + 12 else palette.high


def _pattern(density: float, rng: random.Random) -> str:
    for limit, patterns in _BY_DENSITY:
        if density <= limit:
            return rng.choice(patterns)
    return _PULSES


def _onsets(
    bar: Bar,
    groups: Sequence[float],
    spans: Sequence[ChordSpan],
    pattern: str,
    score: Score,
) -> list[tuple[float, float]]:
    """(start, end) of the bar's strokes; a new chord is always struck."""
    low = max(bar.start_beats, score.start_beats)
    high = min(bar.end_beats, score.end_beats)
    changes = [s.start_beats for s in spans if low - 1e-6 <= s.start_beats < high - 1e-6]
    places = {round(place, 9) for place in (*changes, *_struck_places(bar, groups, pattern))}
    if pattern == _HELD and not changes:
        places.add(round(low, 9))
    if pattern == _OFF_BEATS:
        places -= {round(change, 9) for change in changes}
    inside = sorted(place for place in places if low - 1e-6 <= place < high - 1e-6)
    return list(zip(inside, [*inside[1:], high], strict=True))


def _struck_places(bar: Bar, groups: Sequence[float], pattern: str) -> list[float]:
    pulse = bar.metre.pulse_beats
    count = int((bar.end_beats - bar.start_beats) / pulse + 0.999)
    pulses = [bar.start_beats + number * pulse for number in range(count)]
    if pattern == _PULSES:
        return pulses
    if pattern == _OFF_BEATS:
        step = pulse / 2 if pulse != 1.5 else 0.5
        return [place + step for place in pulses if place + step < bar.end_beats]
    if pattern == _STAB:  # the dotted figure: the downbeat, then just ahead of the next group
        if len(groups) == 1:  # a waltz: halfway, across its beats
            return [bar.start_beats, (bar.start_beats + bar.end_beats) / 2]
        second = groups[1]
        return [bar.start_beats, second - pulse / 2 if pulse <= 1 else second]
    return list(groups) if pattern == _GROUPS else []


def _struck(
    onsets: Sequence[tuple[float, float]],
    spans: Sequence[ChordSpan],
    voicings: Sequence[tuple[int, ...]],
    touch: tuple[str, float],
) -> list[Event]:
    """The notes of each stroke."""
    pattern, share = touch
    events = []
    for start, end in onsets:
        index = bisect_right(spans, start + 1e-6, key=lambda s: s.start_beats) - 1
        voicing = voicings[max(index, 0)]
        sounding = share if pattern in {_PULSES, _OFF_BEATS, _STAB} else 0.97
        accent = -6.0 if pattern == _OFF_BEATS else -4.0
        stop = start + (end - start) * sounding
        events += [Event(pitch, start, stop, accent) for pitch in voicing]
    return events
