# SPDX-License-Identifier: Apache-2.0
"""Leading: rules of part-writing as nats on the pitch, or on the duration, that a voice takes next.

The network writes each voice through a bar before the next one, so what is asked at each note is
how it goes with the voices that are known there: those given, and those already written. The rules
are those that `models.theory.voiceleading` counts. Two are out of bounds as long as the grammar
leaves another pitch: parallel fifths and octaves, and then crossing. The others lean on the
network's choice, as composers break them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from models.engines.clip.choir import Choir, Sight
from models.engines.clip.concord import Concord, concord_of
from models.engines.clip.voices import ORDER
from models.theory.steps import Steps
from models.theory.voiceleading import SPACING
from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.grid import longest_index
from models.tokens.rules import PartRules
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
_LEAPS = np.array([leap > 12 or leap in {6, 10, 11} for leap in map(abs, range(-127, 128))])
_ROOM = 3  # semitones, for each voice between
_TURNS = 2048


class Leading:
    """The rules of one scene; holds nothing of a candidate.

    Args:
        choir: its voices.
        scene: the question.
        concord: what the chords of given voices say on top, if anything.
    """

    def __init__(self, choir: Choir, scene: Scene, concord: Concord | None = None) -> None:
        self._choir = choir
        self._concord = concord
        key = 24 if scene.key is None else scene.key
        self._tonic = key % 12 if key < 24 else None
        # The same few turns come again and again, in all candidates.
        self._standing = lru_cache(_TURNS)(_standing)
        self._moving = lru_cache(_TURNS)(_moving)
        self._beat_to_beat = lru_cache(_TURNS)(_beat_to_beat)

    def wish(self, tracker: Tracker) -> Array | None:
        """Nats to add to each token (V,); None where there is nothing to say."""
        if tracker.part not in self._choir.written:
            return None
        if tracker.expects == st.FIRST:
            found = np.zeros(v.SIZE)
            found[v.PITCH : v.PITCH + 128] = -self._of_pitches(tracker)
            return found
        limits = self._limits(tracker) if tracker.expects == st.DURATION else []
        if not limits:
            return None
        found = np.zeros(v.SIZE)
        for ticks, nats in limits:
            found[v.DUR + longest_index(ticks) + 1 : v.VEL] -= nats
        return found

    def _of_pitches(self, tracker: Tracker) -> Array:
        """What it costs to take each pitch (128,)."""
        place = self._choir.place(tracker.part)
        own, others = self._choir.sights(tracker, v.TICKS_PER_QUARTER)
        cost = _lone(place, own, others, self._tonic)
        soon = tracker.now_ticks + v.TICKS_PER_QUARTER
        on_beat = tracker.tick % v.TICKS_PER_QUARTER == 0
        for other in others:
            if other.now is not None:
                cost += self._standing(place, other.below, other.now, _missing(other, others))
                cost += self._together(place, own, other, on_beat=on_beat)
            for hit in other.ahead:
                if hit.start < soon:
                    cost += SOON * (_room(other.below, hit.pitch) < 0)
        chords = self._concord.wish(tracker, others) if self._concord else None
        return cost if chords is None else cost - chords

    def _together(self, place: int, own: Sight, other: Sight, *, on_beat: bool) -> Array | float:
        """What it costs to move as the other voice does."""
        cost: Array | float = 0.0
        if other.now is None:
            return cost
        if own.before is not None and other.before is not None and other.moves:
            cost = self._moving(place, other.below, own.before, other.before, other.now)
        if on_beat and own.ago is not None and other.ago is not None:
            cost = cost + self._beat_to_beat(other.below, own.ago, other.ago, other.now)
        return cost

    def _limits(self, tracker: Tracker) -> list[tuple[int, float]]:
        """(ticks, nats): a longer note would be in the way of what another voice begins later."""
        place, found = self._choir.place(tracker.part), []
        for below, hit in self._choir.ahead(tracker):
            gap = tracker.pitch - hit.pitch if below > 0 else hit.pitch - tracker.pitch
            ticks = hit.start - tracker.now_ticks
            if below and gap < 0:
                found.append((ticks, CROSSING))
            elif gap > _widest(place, below):
                found.append((ticks, SPREAD))
        return found


def leading_of(scene: Scene, rules: Mapping[int, PartRules]) -> Steps[Leading]:
    """The rules of a scene and the chords under its given voices.

    Args:
        scene: the question.
        rules: by place in `scene.parts`.
    """
    choir = Choir(scene, rules)
    return Leading(choir, scene, (yield from concord_of(scene, choir)))


# Each gives what it costs to take each pitch (128,). `below` says how many places another voice
# stands below the one that is written, negative above it.


def _lone(place: int, own: Sight, others: Sequence[Sight], tonic: int | None) -> Array:
    """Leaps, and leading tones."""
    cost = np.zeros(128)
    if own.before is not None:
        cost += LEAP * _LEAPS[127 - own.before : 255 - own.before]
    if tonic is None:
        return cost
    leading = (tonic + 11) % 12
    heard = {other.now % 12 for other in others if other.now is not None}
    if leading in heard:
        cost[leading::12] += LEADING
    outer = place in {0, len(ORDER) - 1}
    if outer and own.before is not None and own.before % 12 == leading and tonic in heard:
        cost += LEADING * ((tonic != _PITCHES % 12) & (own.before != _PITCHES))
    return cost


def _standing(place: int, below: int, now: int, missing: int) -> Array:
    """How far apart the two are."""
    if below == 0:
        return np.zeros(128)
    room = _room(below, now)
    cost: Array = CROSSING * (room < 0)
    cost += SPREAD * (room > _widest(place, below))
    cost += UNISON * (room == 0)
    cost += TIGHT * (room < _ROOM * missing)
    return cost


def _moving(place: int, below: int, own_before: int, before: int, now: int) -> Array:
    """Where the other one moves from `before` to `now`."""
    if now == before:
        return np.zeros(128)
    old, new = _interval(below, own_before, before), _interval(below, _PITCHES, now)
    moved = own_before != _PITCHES
    alike = moved & ((own_before < _PITCHES) == (before < now))
    perfect = (new == 0) | (new == 7)
    again = perfect & (new == old)
    cost: Array = PARALLEL * (again & alike) + HIDDEN * (again & moved & ~alike)
    if {place, place + below} == {0, len(ORDER) - 1}:
        upper = _PITCHES - own_before if below > 0 else np.full(128, now - before)
        cost += DIRECT * (perfect & ~again & alike & (abs(upper) > 2))
    if abs(below) == 1:
        cost += OVERLAP * (_room(below, before) < 0)
    return cost


def _beat_to_beat(below: int, own_ago: int, ago: int, now: int) -> Array:
    """Fifths and octaves on two beats, whatever lies between."""
    old = _interval(below, own_ago, ago)
    if old not in {0, 7} or now == ago:
        return np.zeros(128)
    alike = (own_ago != _PITCHES) & ((own_ago < _PITCHES) == (ago < now))
    cost: Array = HIDDEN * (alike & (_interval(below, _PITCHES, now) == old))
    return cost


def _missing(other: Sight, others: Sequence[Sight]) -> int:
    """How many voices between are silent or not yet written."""
    low, high = sorted((0, other.below))
    return sum(low < voice.below < high and voice.now is None for voice in others)


def _room(below: int, pitch: int) -> Array:
    """Semitones between each pitch and one of another voice; negative where they cross."""
    if below == 0:
        return abs(_PITCHES - pitch)
    return _PITCHES - pitch if below > 0 else pitch - _PITCHES


def _widest(place: int, below: int) -> int:
    """Semitones that the two may be apart."""
    low, high = sorted((place, place + below))
    return sum(SPACING[low:high]) or 128


def _interval(below: int, pitch: Any, other_pitch: int) -> Any:
    """Semitones up from the lower voice to the upper one, without octaves."""
    return (pitch - other_pitch if below > 0 else other_pitch - pitch) % 12
