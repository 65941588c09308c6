# SPDX-License-Identifier: Apache-2.0
"""Voice-leading: the classical rules of four voices, checked on any set of lines.

The rules are those of the common-practice textbooks (Aldwell, Schachter & Cadwallader, *Harmony
and Voice Leading*; Piston, *Harmony*). A finding is no crime: composers break each of them now
and then, which `bench/harmony.py` measures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from models.theory.keys import Key

Kind = Literal[
    "parallel fifths",
    "parallel octaves",
    "direct fifths",
    "direct octaves",
    "crossing",
    "overlap",
    "leading tone",
    "doubled leading tone",
    "leap",
    "range",
    "spacing",
]
VOICES = ("soprano", "alto", "tenor", "bass")
RANGES = ((60, 81), (55, 74), (48, 69), (40, 64))  # MIDI pitches, soprano to bass
SPACING = (12, 12, 19)  # most semitones between neighbours
_AUGMENTED_FOURTH, _SEVENTHS = 6, (10, 11)


@dataclass(frozen=True, slots=True)
class Tone:
    """A sounding note of one voice."""

    start_beats: float
    end_beats: float
    pitch: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule: what, where, and between which voices (0 is the soprano)."""

    kind: Kind
    beats: float
    voices: tuple[int, ...]


Moment = tuple[int | None, ...]


def moments(voices: Sequence[Sequence[Tone]]) -> list[tuple[float, Moment]]:
    """(beats, pitch of each voice or None) wherever any voice begins a note."""
    places = sorted({tone.start_beats for voice in voices for tone in voice})
    starts = [[tone.start_beats for tone in voice] for voice in voices]
    found = []
    for place in places:
        row: list[int | None] = []
        for voice, onsets in zip(voices, starts, strict=True):
            index = bisect_right(onsets, place + 1e-6) - 1
            sounding = index >= 0 and voice[index].end_beats > place + 1e-6
            row.append(voice[index].pitch if sounding else None)
        found.append((place, tuple(row)))
    return found


def check(voices: Sequence[Sequence[Tone]], key: Key) -> list[Finding]:
    """Every broken rule, in order of time.

    Args:
        voices: soprano first; each voice monophonic and in order.
        key: decides what the leading tone is.
    """
    findings: list[Finding] = []
    before: Moment | None = None
    for beats, now in moments(voices):
        findings += _still(beats, now, key)
        if before is not None:
            findings += _pairs(beats, before, now)
            findings += _singles(beats, before, now, key)
        before = now
    return findings


def _still(beats: float, now: Moment, key: Key) -> Iterator[Finding]:
    """Rules for one moment: crossing, spacing, range, doubled leading tone."""
    for voice in range(len(now) - 1):
        upper, lower = now[voice], now[voice + 1]
        if upper is None or lower is None:
            continue
        if upper < lower:
            yield Finding("crossing", beats, (voice, voice + 1))
        elif len(now) == 4 and upper - lower > SPACING[voice]:
            yield Finding("spacing", beats, (voice, voice + 1))
    for voice, pitch in enumerate(now):
        if len(now) == 4 and pitch is not None:
            low, high = RANGES[voice]
            if not low <= pitch <= high:
                yield Finding("range", beats, (voice,))
    leading = (key.tonic + 11) % 12
    doubled = tuple(v for v, pitch in enumerate(now) if pitch is not None and pitch % 12 == leading)
    if len(doubled) > 1:
        yield Finding("doubled leading tone", beats, doubled)


def _pairs(beats: float, before: Moment, now: Moment) -> Iterator[Finding]:
    """Rules for two voices that move: parallels, direct intervals, overlap."""
    for upper in range(len(now)):
        for lower in range(upper + 1, len(now)):
            pitches = (before[upper], before[lower], now[upper], now[lower])
            if None in pitches:
                continue
            u0, l0, u1, l1 = (p for p in pitches if p is not None)
            kind = _motion(u0, l0, u1, l1)
            outer = upper == 0 and lower == len(now) - 1
            if kind and (outer or kind.startswith("parallel")):
                yield Finding(kind, beats, (upper, lower))
            if lower == upper + 1 and (l1 > u0 or u1 < l0) and u1 >= l1:
                yield Finding("overlap", beats, (upper, lower))


def _motion(u0: int, l0: int, u1: int, l1: int) -> Kind | None:
    """Parallel or direct motion into a perfect interval."""
    if u0 == u1 or l0 == l1 or (u1 > u0) != (l1 > l0):
        return None
    interval = (u1 - l1) % 12
    if interval not in {0, 7}:
        return None
    if (u0 - l0) % 12 == interval:
        return "parallel fifths" if interval else "parallel octaves"
    if abs(u1 - u0) <= 2:  # the upper voice steps: allowed
        return None
    return "direct fifths" if interval else "direct octaves"


def _singles(beats: float, before: Moment, now: Moment, key: Key) -> Iterator[Finding]:
    """Rules for one voice: leaps, and the leading tone of an outer voice."""
    leading = (key.tonic + 11) % 12
    for voice, (old, new) in enumerate(zip(before, now, strict=True)):
        if old is None or new is None:
            continue
        leap = abs(new - old)
        if leap > 12 or leap == _AUGMENTED_FOURTH or leap in _SEVENTHS:
            yield Finding("leap", beats, (voice,))
        if old % 12 == leading and voice in {0, len(now) - 1}:
            tonic_comes = any(p is not None and p % 12 == key.tonic for p in now)
            if new != old and tonic_comes and new % 12 != key.tonic:
                yield Finding("leading tone", beats, (voice,))
