# SPDX-License-Identifier: Apache-2.0
"""Song: the parts of a MIDI file, each a clip with the channel messages round it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.clip import Clip
from models.drums import DRUM_CHANNEL
from models.errors import BadClip

TICKS_PER_BEAT = 960  # of songs that came from no file: divisible by 2**6, 3 and 5

MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

_NOTE_OFF, _NOTE_ON = 0x80, 0x90
_FRAME_METAS = (b"\xff\x2f", b"\xff\x51", b"\xff\x58")  # end of track, tempo, time signature


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """One message that is not a note, as its bytes.

    Attributes:
        tick: its place, in ticks of the song, counted from beat 0 of the clips.
        data: status and data bytes; for a meta event 0xFF, type and content; for system
            exclusive 0xF0 or 0xF7 and content. The length that files put between is left out.
        place: among the notes at its tick: 0 before the note-offs, 1 between note-offs and
            note-ons, 2 after the note-ons. A sustain pedal pressed before a note-off holds
            the note, pressed after it does not.
    """

    tick: int
    data: bytes
    place: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a song.

    Attributes:
        clip: its music; the clip's name is the track name.
        channel: 0-15.
        program: General MIDI program 0-127, or None when the file names none.
        events: everything else that belongs to the part, by tick: controllers, pitch bend,
            pressure, later program changes, lyrics, system exclusive and so on.
    """

    clip: Clip
    channel: int = 0
    program: int | None = None
    events: tuple[TimedEvent, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.channel <= 15:
            raise BadClip(f"channel is {self.channel}; it must be 0 to 15.", where="channel")
        if self.program is not None and not 0 <= self.program <= 127:
            raise BadClip(f"program is {self.program}; it must be 0 to 127.", where="program")
        check_events(self.events)

    @property
    def name(self) -> str:
        """The name of the track, which is the clip's."""
        return self.clip.name


@dataclass(frozen=True, slots=True)
class Song:
    """The parts of a MIDI file.

    Tempo and metre of a file are those of its first clip; a clip that differs keeps its own
    in the extras (docs/midi-files.md).

    Attributes:
        parts: in the order of the tracks.
        ticks_per_beat: resolution, 1-32767.
        events: what belongs to no single part: markers, copyright, title, key changes.
    """

    parts: tuple[Part, ...]
    ticks_per_beat: int = TICKS_PER_BEAT
    events: tuple[TimedEvent, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.ticks_per_beat <= 0x7FFF:
            raise BadClip(
                f"ticks_per_beat is {self.ticks_per_beat}; it must be 1 to 32767.",
                where="ticks_per_beat",
            )
        check_events(self.events)


def check_events(events: Iterable[TimedEvent]) -> None:
    """Refuse what would be said twice: notes, tempo and metre are the clip's business."""
    for event in events:
        status = event.data[0] & 0xF0 if event.data else 0
        if status in {_NOTE_OFF, _NOTE_ON} or event.data[:2] in _FRAME_METAS:
            raise BadClip("Notes, tempo and metre belong in the clip.", where="events")
        if status < _NOTE_OFF or event.data == b"\xff":
            raise BadClip("An event is a status byte and its data.", where="events")


def song_of(clips: Iterable[Clip]) -> Song:
    """A song of plain clips: drums on channel 10, the others on the channels left, in turn."""
    parts = []
    melodic = 0
    for clip in clips:
        if clip.kind == "drums":
            parts.append(Part(clip, DRUM_CHANNEL))
        else:
            parts.append(Part(clip, MELODIC_CHANNELS[melodic % len(MELODIC_CHANNELS)]))
            melodic += 1
    return Song(tuple(parts))
