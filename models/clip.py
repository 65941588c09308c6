# SPDX-License-Identifier: Apache-2.0
"""Note and Clip: what leaves the DAW and what comes back.

The note contract rests on these types: a note that nobody asked to change is handed on as the
very same value, in every field. Times are in beats (a quarter note each) as 64-bit floats,
measured in clip time: 0 is bar 1, a pickup lies before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from models.errors import BadClip
from models.metre import Bar, Metre, MetreChange, bars_between, metre_at

Origin = Literal["kept", "edited", "new"]
Kind = Literal["melodic", "drums"]

MAX_BEATS = 1_000_000.0
MAX_NOTES = 100_000


@dataclass(frozen=True, slots=True)
class Note:
    """One note, with the nine fields Live keeps and where it came from.

    Attributes:
        pitch: MIDI key, 0-127.
        start_beats: onset in clip time; negative before bar 1.
        duration_beats: length, above 0.
        velocity: 1-127; fractions are kept.
        mute: switched off, but kept in the clip.
        probability: chance to sound, 0-1.
        velocity_deviation: range of random velocity change, -127 to 127.
        release_velocity: 0-127.
        id: the DAW's own number for the note, if it gave one.
        origin: kept as the user wrote it, edited, or new; not part of equality.
    """

    pitch: int
    start_beats: float
    duration_beats: float
    velocity: float = 100.0
    mute: bool = False
    probability: float = 1.0
    velocity_deviation: float = 0.0
    release_velocity: float = 64.0
    id: int | None = None
    origin: Origin = field(default="kept", compare=False)

    def __post_init__(self) -> None:
        if not (
            isinstance(self.pitch, int)
            and 0 <= self.pitch <= 127
            and -MAX_BEATS <= self.start_beats <= MAX_BEATS
            and 0 < self.duration_beats <= MAX_BEATS
            and 1 <= self.velocity <= 127
            and 0 <= self.probability <= 1
            and -127 <= self.velocity_deviation <= 127
            and 0 <= self.release_velocity <= 127
        ):
            raise self._fault()

    def _fault(self) -> BadClip:
        """The error that names the first field out of its range."""
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:  # false for NaN too
                return BadClip(f"{name} is {value}; it must be {low:g} to {high:g}.", where=name)
        if self.duration_beats <= 0:
            return BadClip("duration_beats must be above 0.", where="duration_beats")
        return BadClip(f"pitch is {self.pitch}; it must be a whole number.", where="pitch")

    @property
    def end_beats(self) -> float:
        """Where the note stops sounding."""
        return self.start_beats + self.duration_beats

    def moved(self, beats: float) -> Note:
        """The same note `beats` later."""
        return replace(self, start_beats=self.start_beats + beats)


_RANGES = (
    ("pitch", 0, 127),
    ("start_beats", -MAX_BEATS, MAX_BEATS),
    ("duration_beats", 0, MAX_BEATS),
    ("velocity", 1, 127),
    ("probability", 0, 1),
    ("velocity_deviation", -127, 127),
    ("release_velocity", 0, 127),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale: root pitch class 0-11 and its intervals in semitones, such as (0, 2, 4, ...)."""

    root: int
    intervals: tuple[int, ...]
    name: str = ""

    def __post_init__(self) -> None:
        whole = all(isinstance(i, int) and 0 <= i <= 11 for i in self.intervals)
        if not 0 <= self.root <= 11 or not self.intervals or not whole:
            raise BadClip("A scale needs a root 0-11 and intervals 0-11.", where="scale")

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes 0-11 that belong to the scale."""
        return frozenset((self.root + interval) % 12 for interval in self.intervals)

    def __contains__(self, pitch: int) -> bool:
        return pitch % 12 in self.pitch_classes


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `start_beats` on the tempo is `tempo_bpm` (quarter notes a minute)."""

    start_beats: float
    tempo_bpm: float


@dataclass(frozen=True, slots=True)
class Clip:
    """Notes with the frame they live in.

    Attributes:
        notes: in the order they were given; they may lie outside the loop.
        length_beats: where the clip ends.
        loop_start_beats, loop_end_beats: the part that repeats; the whole clip by default.
        start_marker_beats: where playing begins; negative for a pickup.
        metre, metre_changes: time signature at beat 0 and where it changes.
        tempo_bpm, tempo_changes: tempo at beat 0 and where it changes.
        scale: the scale set in the DAW, or None.
        kind: melodic, or drums, where a pitch names a pad.
        pads: for drums: (pitch, name) of each pad; empty means General MIDI.
        name: what the user called it.
    """

    notes: tuple[Note, ...]
    length_beats: float
    loop_start_beats: float = 0.0
    loop_end_beats: float = -1.0  # the clip's end; filled in below
    start_marker_beats: float = 0.0
    metre: Metre = Metre()
    metre_changes: tuple[MetreChange, ...] = ()
    tempo_bpm: float = 120.0
    tempo_changes: tuple[TempoChange, ...] = ()
    scale: Scale | None = None
    kind: Kind = "melodic"
    pads: tuple[tuple[int, str], ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if self.loop_end_beats == -1.0:
            object.__setattr__(self, "loop_end_beats", self.length_beats)
        self._check_frame()
        self._check_maps()

    def _check_frame(self) -> None:
        if len(self.notes) > MAX_NOTES:
            raise BadClip(
                f"The clip has {len(self.notes)} notes; the limit is {MAX_NOTES}.", where="notes"
            )
        if not 0 < self.length_beats <= MAX_BEATS:
            raise BadClip(
                f"length_beats is {self.length_beats}; it must be above 0 and at most "
                f"{MAX_BEATS:g}.",
                where="length_beats",
            )
        places = (self.loop_start_beats, self.loop_end_beats, self.start_marker_beats)
        if not all(math.isfinite(place) and abs(place) <= MAX_BEATS for place in places):
            raise BadClip("Loop points and start marker must be numbers of beats.", where="loop")
        if self.loop_end_beats <= self.loop_start_beats:
            raise BadClip(
                f"The loop ends at beat {self.loop_end_beats:g}, not after its start at "
                f"{self.loop_start_beats:g}.",
                where="loop_end_beats",
            )

    def _check_maps(self) -> None:
        changes = [c.start_beats for c in self.metre_changes]
        tempi = [c.start_beats for c in self.tempo_changes]
        if changes != sorted(changes) or tempi != sorted(tempi):
            raise BadClip("Changes of metre and tempo must be in order.", where="metre_changes")
        speeds = [self.tempo_bpm, *(change.tempo_bpm for change in self.tempo_changes)]
        if not all(1 <= speed <= 1000 for speed in speeds):
            raise BadClip(
                f"tempo_bpm must be 1 to 1000, not {min(speeds):g} to {max(speeds):g}.",
                where="tempo_bpm",
            )
        if not all(0 <= pitch <= 127 for pitch, _ in self.pads):
            raise BadClip("Pads are named by pitches 0-127.", where="pads")

    @property
    def loop_beats(self) -> float:
        """Length of the part that plays."""
        return self.loop_end_beats - self.loop_start_beats

    def playing(self) -> tuple[Note, ...]:
        """What is heard in the loop: unmuted notes that begin inside it, by onset and pitch.

        Notes that sound past the loop end are given whole.
        """
        heard = (
            note
            for note in self.notes
            if not note.mute and self.loop_start_beats <= note.start_beats < self.loop_end_beats
        )
        return tuple(sorted(heard, key=note_order))

    def bars(
        self, start_beats: float | None = None, end_beats: float | None = None
    ) -> Iterator[Bar]:
        """The bars that begin in the given span, by default in the loop."""
        start = self.loop_start_beats if start_beats is None else start_beats
        end = self.loop_end_beats if end_beats is None else end_beats
        return bars_between(self.metre, self.metre_changes, start, end)

    def metre_at(self, beats: float) -> Metre:
        """The metre in force at `beats`."""
        return metre_at(self.metre, self.metre_changes, beats)

    def tempo_at(self, beats: float) -> float:
        """The tempo in force at `beats`, in quarter notes a minute."""
        tempo = self.tempo_bpm
        for change in self.tempo_changes:
            if change.start_beats <= beats:
                tempo = change.tempo_bpm
        return tempo

    def with_notes(self, notes: Iterable[Note]) -> Clip:
        """The same frame round other notes."""
        return replace(self, notes=tuple(notes))


def note_order(note: Note) -> tuple[float, int]:
    """Sort key: by onset, then by pitch."""
    return (note.start_beats, note.pitch)
