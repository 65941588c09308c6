# SPDX-License-Identifier: Apache-2.0
"""Leading: rules of part-writing as nats on the pitch, or on the duration, that a voice takes next.

The network writes each voice through a bar before the next one, so what is asked at each note is
how it goes with the voices that are known there: those given, and those already written. The rules
are those that `models.theory.voiceleading` counts. Two are out of bounds as long as the grammar
leaves another pitch: parallel fifths and octaves, and then crossing. The others lean on the
network's choice, as composers break them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.engines.clip.choir import Choir, Sight
from models.engines.clip.voices import ORDER
from models.theory.voiceleading import SPACING
from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.scene import Scene
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]

# Nats. The first two are far above what any network says: each gives way only to the one before
# it, and to the grammar.
PARALLEL, CROSSING = 10_000.0, 500.0
SPREAD = 4.0  # farther from the next voice than an octave, or than a twelfth from the bass
TIGHT = 1.0  # no room left for a voice that will come between
UNISON = 0.7
HIDDEN = 2.0  # parallels from beat to beat, or by contrary motion
DIRECT = 2.0  # into a fifth or octave of the outer voices
OVERLAP = 1.0
LEAP = 1.0
LEADING = 2.0  # a second leading tone, or one in an outer voice that does not rise
SOON = 1.0  # it would be crossed within a quarter, if it is held

_PITCHES = np.arange(128)
_LEAPS = np.array([leap > 12 or leap in {6, 10, 11} for leap in range(256)])
_ROOM = 3  # semitones, for each voice between
_TICKS = np.array(v.DURATIONS_TICKS)


class Leading:
    """The rules of one scene; holds nothing of a candidate.

    Args:
        choir: its voices.
        scene: the question.
    """

    def __init__(self, choir: Choir, scene: Scene) -> None:
        self._choir = choir
        key = 24 if scene.key is None else scene.key
        self._tonic = key % 12 if key < 24 else None

    def wish(self, tracker: Tracker) -> Array | None:
        """Nats to add to each token (V,); None where no voice chooses a pitch or a duration."""
        if tracker.expects not in {st.FIRST, st.DURATION}:
            return None
        if tracker.part not in self._choir.written:
            return None
        own, others = self._choir.sights(tracker, v.TICKS_PER_QUARTER)
        found = np.zeros(v.SIZE)
        if tracker.expects == st.FIRST:
            found[v.PITCH : v.PITCH + 128] = -self._of_pitches(tracker, own, others)
        else:
            found[v.DUR : v.DUR + len(_TICKS)] = -self._of_durations(tracker, others)
        return found

    def _of_pitches(self, tracker: Tracker, own: Sight, others: Sequence[Sight]) -> Array:
        place = self._choir.place(tracker.part)
        cost = _lone(place, own, others, self._tonic)
        soon = tracker.now_ticks + v.TICKS_PER_QUARTER
        on_beat = tracker.tick % v.TICKS_PER_QUARTER == 0
        for other in others:
            if other.now is not None:
                cost += _standing(place, other, _missing(other, others))
                cost += _moving(place, own, other)
                if on_beat:
                    cost += _beat_to_beat(own, other)
            ahead = (hit.pitch for hit in other.ahead if hit.start < soon)
            for pitch in ahead:
                cost += SOON * (_room(other, pitch) < 0)
        return cost

    def _of_durations(self, tracker: Tracker, others: Sequence[Sight]) -> Array:
        """What another voice begins later must not find this note in its way."""
        place = self._choir.place(tracker.part)
        cost = np.zeros(len(_TICKS))
        for other in others:
            for hit in other.ahead:
                gap = int(_room(other, hit.pitch)[tracker.pitch])
                nats = CROSSING * (gap < 0) + SPREAD * (gap > _widest(place, other))
                cost = np.maximum(cost, nats * (hit.start - tracker.now_ticks < _TICKS))
        return cost


# Each gives what it costs to take each pitch (128,).


def _lone(place: int, own: Sight, others: Sequence[Sight], tonic: int | None) -> Array:
    """Leaps, and leading tones."""
    cost = np.zeros(128)
    if own.before is not None:
        cost += LEAP * _LEAPS[abs(_PITCHES - own.before)]
    if tonic is None:
        return cost
    classes = _PITCHES % 12
    leading = (tonic + 11) % 12
    heard = {other.now % 12 for other in others if other.now is not None}
    if leading in heard:
        cost += LEADING * (classes == leading)
    outer = place in {0, len(ORDER) - 1}
    if outer and own.before is not None and own.before % 12 == leading and tonic in heard:
        cost += LEADING * ((classes != tonic) & (own.before != _PITCHES))
    return cost


def _standing(place: int, other: Sight, missing: int) -> Array:
    """How far apart the two are."""
    if other.below == 0 or other.now is None:
        return np.zeros(128)
    room = _room(other, other.now)
    cost: Array = CROSSING * (room < 0)
    cost += SPREAD * (room > _widest(place, other))
    cost += UNISON * (room == 0)
    cost += TIGHT * (room < _ROOM * missing)
    return cost


def _moving(place: int, own: Sight, other: Sight) -> Array:
    """Where both move at once."""
    if own.before is None or other.before is None or other.now is None:
        return np.zeros(128)
    if not other.moves or other.now == other.before:
        return np.zeros(128)
    old, new = _interval(own.before, other, other.before), _interval(_PITCHES, other, other.now)
    moved = own.before != _PITCHES
    alike = moved & ((own.before < _PITCHES) == (other.before < other.now))
    perfect = (new == 0) | (new == 7)
    again = perfect & (new == old)
    cost: Array = PARALLEL * (again & alike) + HIDDEN * (again & moved & ~alike)
    if {place, place + other.below} == {0, len(ORDER) - 1}:
        upper = _PITCHES - own.before if other.below > 0 else np.full(128, other.now - other.before)
        cost += DIRECT * (perfect & ~again & alike & (abs(upper) > 2))
    if abs(other.below) == 1:
        cost += OVERLAP * (_room(other, other.before) < 0)
    return cost


def _beat_to_beat(own: Sight, other: Sight) -> Array:
    """Fifths and octaves on two beats, whatever lies between."""
    if own.ago is None or other.ago is None or other.now is None or other.now == other.ago:
        return np.zeros(128)
    old = _interval(own.ago, other, other.ago)
    if old not in {0, 7}:
        return np.zeros(128)
    alike = (own.ago != _PITCHES) & ((own.ago < _PITCHES) == (other.ago < other.now))
    cost: Array = HIDDEN * (alike & (_interval(_PITCHES, other, other.now) == old))
    return cost


def _missing(other: Sight, others: Sequence[Sight]) -> int:
    """How many voices between are silent or not yet written."""
    low, high = sorted((0, other.below))
    return sum(low < voice.below < high and voice.now is None for voice in others)


def _room(other: Sight, pitch: int) -> Array:
    """Semitones between each pitch and one of another voice; negative where they cross."""
    if other.below == 0:
        return abs(_PITCHES - pitch)
    return _PITCHES - pitch if other.below > 0 else pitch - _PITCHES


def _widest(place: int, other: Sight) -> int:
    """Semitones that the two may be apart."""
    low, high = sorted((place, place + other.below))
    return sum(SPACING[low:high]) or 128


def _interval(pitch: Any, other: Sight, other_pitch: int) -> Any:
    """Semitones up from the lower voice to the upper one, without octaves."""
    return (pitch - other_pitch if other.below > 0 else other_pitch - pitch) % 12
