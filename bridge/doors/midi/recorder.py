# SPDX-License-Identifier: Apache-2.0
"""Recorder: what is played, note by note, in beats of the session. Pure.

A note lasts until its key goes up, or, with the sustain pedal down, until the pedal does or the
key is struck again. Notes of one pitch that overlap are paired first in, first out, as in
`models.midi`. Everything else that is played is kept beside the notes, thinned to what a wheel or
a knob can mean: 96 values a beat for each.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bridge.doors.midi.messages import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    BEND,
    CONTROL,
    DEFAULT_RELEASE,
    NOTE_OFF,
    POLY_PRESSURE,
    PRESSURE,
    SUSTAIN,
    SUSTAIN_DOWN,
    SYSTEM,
    ends_note,
    starts_note,
)

MOST_NOTES = 20_000
MOST_GESTURES = 50_000
LEAST_BEATS = 1 / 960  # a note that ends as it begins
GESTURE_GAP_BEATS = 1 / 96
_GESTURES = frozenset({POLY_PRESSURE, CONTROL, PRESSURE, BEND})


@dataclass(frozen=True, slots=True)
class Played:
    """A note as it was played; places in beats of the session."""

    channel: int
    pitch: int
    velocity: int
    start_beats: float
    end_beats: float
    release_velocity: int = DEFAULT_RELEASE


@dataclass(frozen=True, slots=True)
class Gesture:
    """A controller, pressure or bend: its place in beats of the session, and its bytes."""

    beats: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """What was played since the last cut.

    Attributes:
        stuck: how many notes had not ended and were ended by the cut.
    """

    notes: tuple[Played, ...]
    gestures: tuple[Gesture, ...] = ()
    stuck: int = 0


@dataclass(slots=True)
class _Key:
    """One pitch of one channel: notes whose key is down, and those that the pedal holds."""

    down: deque[int] = field(default_factory=deque)
    held: list[int] = field(default_factory=list)


class Recorder:
    """Records until it is cut.

    Attributes:
        first_beats: onset of the first note, or None.
        last_beats: where the last note began or ended.
        thinned: gestures that were left out.
    """

    def __init__(self) -> None:
        self.thinned = 0
        self.first_beats: float | None = None
        self.last_beats = 0.0
        self._notes: list[Played] = []
        self._gestures: list[Gesture] = []
        self._latest: dict[bytes, int] = {}  # place of the newest gesture of each kind
        self._keys: defaultdict[tuple[int, int], _Key] = defaultdict(_Key)
        self._pedals: set[int] = set()

    def __len__(self) -> int:
        return len(self._notes)

    @property
    def full(self) -> bool:
        """Whether no more notes fit in."""
        return len(self._notes) >= MOST_NOTES

    def sounding(self) -> Iterator[int]:
        """The notes that have not ended, as their places in the recording."""
        for key in self._keys.values():
            yield from key.down
            yield from key.held

    def hear(self, data: bytes, beats: float) -> None:
        """Take a message; what is neither note nor gesture is passed over."""
        kind, channel = data[0] & SYSTEM, data[0] & 0x0F
        if starts_note(data):
            self._begin(channel, data[1], data[2], beats)
        elif ends_note(data):
            release = data[2] if kind == NOTE_OFF else DEFAULT_RELEASE
            self._key_up(channel, data[1], release, beats)
        elif kind in _GESTURES:
            self._gesture(data, beats)
            if kind == CONTROL:
                self._control(channel, data[1], data[2], beats)

    def cut(self, beats: float) -> Recording:
        """End the recording here and begin the next; notes that still sound end here."""
        stuck = [*self.sounding()]
        for index in stuck:
            self._end(index, beats)
        recording = Recording(tuple(self._notes), tuple(self._gestures), len(stuck))
        self._notes.clear()
        self._gestures.clear()
        self._latest.clear()
        self._keys.clear()
        self.first_beats = None
        return recording

    def _begin(self, channel: int, pitch: int, velocity: int, beats: float) -> None:
        if self.full:
            return
        key = self._keys[channel, pitch]
        for index in key.held:  # struck again under the pedal
            self._end(index, beats)
        key.held.clear()
        key.down.append(len(self._notes))
        self._notes.append(Played(channel, pitch, velocity, beats, beats))
        self.last_beats = beats
        if self.first_beats is None:
            self.first_beats = beats

    def _key_up(self, channel: int, pitch: int, release: int, beats: float) -> None:
        key = self._keys.get((channel, pitch))
        if not key or not key.down:
            return
        index = key.down.popleft()
        self._notes[index] = replace(self._notes[index], release_velocity=release)
        if channel in self._pedals:
            key.held.append(index)
        else:
            self._end(index, beats)
        self.last_beats = beats

    def _end(self, index: int, beats: float) -> None:
        note = self._notes[index]
        end = max(beats, note.start_beats + LEAST_BEATS)
        self._notes[index] = replace(note, end_beats=end)

    def _control(self, channel: int, number: int, value: int, beats: float) -> None:
        if number == SUSTAIN:
            if value >= SUSTAIN_DOWN:
                self._pedals.add(channel)
            else:
                self._pedals.discard(channel)
                self._release(channel, beats, keys=False)
        elif number in {ALL_SOUND_OFF, ALL_NOTES_OFF}:
            self._release(channel, beats, keys=True)

    def _release(self, channel: int, beats: float, *, keys: bool) -> None:
        """End what the pedal holds, and with `keys` also the notes whose keys are down."""
        for (owner, _), key in self._keys.items():
            if owner != channel:
                continue
            for index in [*key.held, *(key.down if keys else ())]:
                self._end(index, beats)
                self.last_beats = beats
            key.held.clear()
            if keys:
                key.down.clear()

    def _gesture(self, data: bytes, beats: float) -> None:
        """Keep a gesture; one that follows another of its kind closely replaces it."""
        kind = data[:1] if data[0] & SYSTEM in {PRESSURE, BEND} else data[:2]
        place = self._latest.get(kind)
        if place is not None:
            before = self._gestures[place]
            if before.data == data:
                self.thinned += 1
                return
            switch = data[0] & SYSTEM == CONTROL and data[1] == SUSTAIN
            if beats - before.beats < GESTURE_GAP_BEATS and not switch:
                self._gestures[place] = Gesture(before.beats, data)
                self.thinned += 1
                return
        if len(self._gestures) >= MOST_GESTURES:
            self.thinned += 1
            return
        self._latest[kind] = len(self._gestures)
        self._gestures.append(Gesture(beats, data))
