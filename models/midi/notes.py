# SPDX-License-Identifier: Apache-2.0
"""Notes in ticks: pairing note-ons with note-offs, and writing them again.

Notes of one pitch that overlap are paired first in, first out: the first note-off ends the
note that began first. MIDI itself doesn't say; this is what most sequencers do.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.midi.song import TimedEvent

DEFAULT_RELEASE = 64  # of a note that ends with a note-on of velocity 0, by the MIDI standard


class FileNote(NamedTuple):
    """A note as a MIDI file says it; it lasts at least one tick."""

    tick: int
    ticks_long: int
    pitch: int
    velocity: int
    release_velocity: int

    @property
    def end_tick(self) -> int:
        """Where its note-off lies."""
        return self.tick + self.ticks_long


class PairedNote(NamedTuple):
    """A note with its channel and the places of its two messages among the track's events."""

    note: FileNote
    channel: int
    on_index: int
    off_index: int  # -1 where the file has no note-off at the note's end


def is_note(event: TimedEvent) -> bool:
    """Whether the event is a note-on or note-off."""
    return event.data[0] & 0xE0 == 0x80


def pair_notes(events: Sequence[TimedEvent], end_tick: int) -> list[PairedNote]:
    """The notes of a track, by onset in file order.

    A note-on of velocity 0 is a note-off; a note-off without a note is dropped; a note that is
    never ended ends with the track.
    """
    found: list[PairedNote | None] = []
    waiting: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
    for index, event in enumerate(events):
        if not is_note(event):
            continue
        status, pitch, velocity = event.data
        queue = waiting[status & 0x0F, pitch]
        if status >= 0x90 and velocity:
            queue.append((len(found), index))
            found.append(None)
        elif queue:
            slot, on_index = queue.popleft()
            release = velocity if status < 0x90 else DEFAULT_RELEASE
            found[slot] = _paired(events[on_index], on_index, event.tick, release, index)
    for queue in waiting.values():
        for slot, on_index in queue:
            found[slot] = _paired(events[on_index], on_index, end_tick, DEFAULT_RELEASE, -1)
    return [note for note in found if note is not None]


def _paired(
    event: TimedEvent, on_index: int, end_tick: int, release: int, off_index: int
) -> PairedNote:
    status, pitch, velocity = event.data
    length = end_tick - event.tick
    note = FileNote(event.tick, max(length, 1), pitch, velocity, release)
    return PairedNote(note, status & 0x0F, on_index, off_index if length > 0 else -1)


def note_events(
    notes: Iterable[FileNote], channel: int
) -> tuple[list[TimedEvent], list[TimedEvent]]:
    """The note-offs and the note-ons, each sorted by tick and otherwise in the order given."""
    by_onset = sorted(notes, key=lambda note: note.tick)
    ons = [TimedEvent(n.tick, bytes((0x90 | channel, n.pitch, n.velocity))) for n in by_onset]
    offs = [
        TimedEvent(n.end_tick, bytes((0x80 | channel, n.pitch, n.release_velocity)))
        for n in by_onset
    ]
    return sorted(offs, key=lambda event: event.tick), ons
