# SPDX-License-Identifier: Apache-2.0
"""Bass: a line of roots, fifths and approaches that locks to the kick or to the metre."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.engines.rules.feel import Event
from models.engines.rules.palette import Palette
from models.metre import Bar
from models.theory.chords import Chord
from models.theory.harmony import Reading
from models.theory.score import Score
from models.theory.steps import Steps

REGISTER = (28, 55)
KICK_PADS = (35, 36)
_KICK_NAMES = ("kick", "bd", "bass drum", "bassdrum")
_NEAR_BEATS = 0.1
_LONGEST_APPROACH = 1.01  # beats: a foreign note that lasts longer is no approach
_MUST = 5.0  # rating of a place that always gets a note


@dataclass(frozen=True, slots=True)
class Style:
    """What one take of a bass line does throughout.

    Attributes:
        notes_a_group: how many notes a pulse group usually has.
        approach: chance to lead into a new chord by step.
        second: which tone answers the root: 2 fifth, 1 third, 0 the octave.
        sustain: share of the time to the next note that a note sounds.
        taste: liking for each place of the bar, by its number of half pulses.
    """

    notes_a_group: float
    approach: float
    second: int
    sustain: float
    taste: tuple[float, ...]


def bass_line(
    score: Score,
    reading: Reading,
    palette: Palette,
    args: Mapping[str, Any],
    rng: random.Random,
) -> Steps[list[Event]]:
    """The bass of one take, on the grid."""
    style = _style(args, rng)
    accents = _accents(score)
    places: list[tuple[float, float]] = []
    changes = [span.start_beats for span in reading.spans]
    for bar, groups in zip(score.bars, score.groups, strict=True):
        places += _bar_places(bar, groups, (score, changes, accents), style, args)
        yield
    return _pitched(score, reading, palette, places, style, rng)


def kick_onsets(score: Score) -> list[float]:
    """Onsets of the bass drum, by pad name or General MIDI number."""
    named = {
        pitch
        for clip in score.clips
        for pitch, name in clip.pads
        if any(word in name.lower() for word in _KICK_NAMES)
    }
    pads = named or set(KICK_PADS)
    return [sound.start_beats for sound in score.drums if sound.pitch in pads]


def _style(args: Mapping[str, Any], rng: random.Random) -> Style:
    adventure = args.get("adventure", 0.5)
    density = args.get("density", 1.0)
    return Style(
        notes_a_group=density * rng.choice((1.0, 1.5, 2.0)),
        approach=min(0.25 + 0.7 * adventure, 1.0),
        second=rng.choice((2, 2, 2, 0, 0, 1) if adventure > 0.6 else (2, 2, 0)),
        sustain=rng.choice((0.95, 0.9, 0.75)),
        taste=tuple(rng.uniform(0, 0.3 + 0.5 * adventure) for _ in range(256)),
    )


def _accents(score: Score) -> list[float]:
    """Where the context leans: kicks, else the melody's own onsets on pulses."""
    kicks = kick_onsets(score)
    if kicks:
        return kicks
    return [s.start_beats for s in score.pitched if s.strength >= 0.5]


def _bar_places(
    bar: Bar,
    groups: Sequence[float],
    context: tuple[Score, Sequence[float], Sequence[float]],
    style: Style,
    args: Mapping[str, Any],
) -> list[tuple[float, float]]:
    """(place, strength) of the bar's notes."""
    score, changes, accents = context
    half = bar.metre.pulse_beats / (2 if bar.metre.pulse_beats <= 1 or len(groups) else 3)
    if bar.metre.pulse_beats == 1.5:
        half = 0.5
    count = min(int((bar.end_beats - bar.start_beats) / half + 0.999), 256)
    locked = bool(score.drums) and bool(accents)
    pull = (1.2 if locked else 0.5) * (0.4 + 1.2 * args.get("similarity", 0.5))
    rated = []
    for number in range(count):
        place = bar.start_beats + number * half
        if not score.start_beats - 1e-6 <= place < min(bar.end_beats, score.end_beats) - 1e-6:
            continue
        strength = bar.metre.strength(place - bar.start_beats)
        if any(abs(place - group) < 1e-6 for group in groups):
            strength = max(strength, 0.75)
        rating = strength + style.taste[number] + pull * _hit(accents, place)
        if _hit(changes, place):
            rating += _MUST if strength >= 1 or not locked else 0.4
        rated.append((rating, place, strength))
    share = len(rated) / max(count, 1)
    wanted = max(round(style.notes_a_group * max(len(groups), bar.metre.bar_beats / 4) * share), 1)
    must = sum(1 for rating, _, _ in rated if rating >= _MUST)
    rated.sort(key=lambda item: (-item[0], item[1]))
    return sorted((place, strength) for _, place, strength in rated[: max(wanted, must)])


def _hit(onsets: Sequence[float], place: float) -> bool:
    index = bisect_left(onsets, place - _NEAR_BEATS)
    return index < len(onsets) and onsets[index] <= place + _NEAR_BEATS


def _pitched(
    score: Score,
    reading: Reading,
    palette: Palette,
    places: Sequence[tuple[float, float]],
    style: Style,
    rng: random.Random,
) -> list[Event]:
    """Pitches for the places: root where a chord begins, then its tones, then an approach."""
    events: list[Event] = []
    before = palette.low + (palette.high - palette.low) * 0.35
    for index, (place, strength) in enumerate(places):
        span = reading.at(place)
        following = places[index + 1][0] if index + 1 < len(places) else score.end_beats
        after = reading.at(following).chord if following < score.end_beats else None
        changes = after is not None and after != span.chord
        first = not events or reading.at(events[-1].start_beats).start_beats < span.start_beats
        line = _Step(palette, span.chord.tones, before, style)
        if first or strength >= 1:
            pitch = line.root()
        elif changes and following - place <= _LONGEST_APPROACH and rng.random() < style.approach:
            pitch = line.approach(after, rng)
        else:
            pitch = line.tone(strength, rng)
        gap = following - place
        end = place + gap * (style.sustain if gap > 0.5 else min(style.sustain, 0.9))
        events.append(Event(pitch, place, end, 6.0 * (strength - 0.4)))
        before = pitch - 12 if pitch - before == 12 else pitch  # an octave is a bounce, no move
    return events


@dataclass(frozen=True, slots=True)
class _Step:
    """The choices for one note of the line."""

    palette: Palette
    tones: tuple[int, ...]
    before: float
    style: Style

    def root(self) -> int:
        """The root nearest to the note before, drawn to the lower middle of the register."""
        return self._near((self.tones[0],))

    def tone(self, strength: float, rng: random.Random) -> int:
        """A chord tone: fifth or octave mostly."""
        if strength >= 0.5 and rng.random() < 0.35:
            return self.root()
        wanted = self.tones[min(self.style.second, len(self.tones) - 1)]
        if self.style.second == 0:
            octave = self.before + 12
            if octave <= self.palette.high and int(octave) % 12 == self.tones[0]:
                return int(octave)
        return self._near((wanted,))

    def approach(self, after: Chord | None, rng: random.Random) -> int:
        """A note that leads into the next root: by step from either side, or its fifth."""
        target = self.palette.nearest((after.root,), self.before) if after else None
        if target is None:
            return self.root()
        steps = [
            target + d for d in (-1, -2, 1, 2) if (target + d) % 12 in self.palette.pitch_classes
        ]
        inside = [p for p in steps if self.palette.low <= p <= self.palette.high]
        in_chord = [p for p in inside if p % 12 in self.tones]
        choice = in_chord if in_chord and rng.random() < 0.5 else inside
        return rng.choice(choice) if choice else self.root()

    def _near(self, classes: Sequence[int]) -> int:
        """The nearest of the wanted classes, not far from the register's lower middle."""
        rest = self.palette.low + (self.palette.high - self.palette.low) * 0.4
        found = (
            self.palette.pitches(classes)
            or self.palette.pitches(self.tones)
            or self.palette.pitches(range(12))
        )
        return min(found, key=lambda p: (abs(p - self.before) + 0.45 * abs(p - rest), p))
