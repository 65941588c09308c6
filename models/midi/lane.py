# SPDX-License-Identifier: Apache-2.0
"""Lanes: one channel of one track, and the part that its plain MIDI events say.

The reader makes parts from lanes; the writer does so too, with the track that it is about to
write, to learn what plain MIDI loses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from models.clip import Clip, Note, Scale
from models.drums import is_drums
from models.midi.chunks import Track
from models.midi.frame import (
    KEY_SIGNATURE,
    TEMPO,
    TIME_SIGNATURE,
    Frame,
    bar_line_from,
    key_signature_of,
    scale_of,
)
from models.midi.notes import FileNote, PairedNote, is_note, pair_notes
from models.midi.song import Part, TimedEvent

TRACK_NAME = b"\xff\x03"

_PROGRAM = 0xC0
# Sequence number, copyright, marker, cue point, SMPTE offset, key signature: in the first track
# they are about the whole song, also where that track plays notes.
_SONG_METAS = frozenset(
    (b"\xff\x00", b"\xff\x02", b"\xff\x06", b"\xff\x07", b"\xff\x54", KEY_SIGNATURE)
)


@dataclass(frozen=True, slots=True)
class Clock:
    """How ticks of the file become beats of the clips: `shift_ticks` is beat 0."""

    ticks_per_beat: int
    shift_ticks: int = 0

    def beats(self, tick: int) -> float:
        """The place of a tick of the file."""
        return (tick - self.shift_ticks) / self.ticks_per_beat

    def tick(self, beats: float) -> int:
        """The nearest tick of the file."""
        return round(beats * self.ticks_per_beat) + self.shift_ticks


@dataclass(frozen=True, slots=True)
class Lane:
    """One channel of a track, in ticks of the file, with what belongs to it."""

    channel: int
    notes: tuple[FileNote, ...]
    events: tuple[TimedEvent, ...]
    end_tick: int
    name: str = ""
    scale: Scale | None = None
    program: int | None = None


def song_level(track: Track, *, first: bool, only: bool) -> list[TimedEvent]:
    """The events of a track that belong to the whole song.

    Args:
        track: the track, without extras.
        first: the track is the first of its file.
        only: the file has format 0, so that no event but a channel message has an owner.
    """
    frameless = [e for e in track.events if e.data[:2] not in {TEMPO, TIME_SIGNATURE}]
    if only:
        return [e for e in frameless if e.data[0] >= 0xF0 and e.data[:2] != TRACK_NAME]
    if first and not has_channel(track):
        return frameless
    return [e for e in frameless if e.data[:2] in _SONG_METAS] if first else []


def has_channel(track: Track) -> bool:
    """Whether the track has messages for a channel."""
    return any(event.data[0] < 0xF0 for event in track.events)


def lanes_of(track: Track, song_events: Sequence[TimedEvent]) -> list[Lane]:
    """The lanes of a track, by channel; what has no channel with notes goes to the first."""
    paired = pair_notes(track.events, track.end_tick)
    channels = sorted({note.channel for note in paired})
    if not channels:
        others = (e.data[0] for e in track.events if e.data[0] < 0xF0 and not is_note(e))
        channels = [next(others, 0) & 15]
    taken = set(map(id, song_events))
    rest: dict[int, list[tuple[int, TimedEvent]]] = {channel: [] for channel in channels}
    for index, event in enumerate(track.events):
        if is_note(event) or event.data[:2] in {TEMPO, TIME_SIGNATURE} or id(event) in taken:
            continue
        own = event.data[0] & 15 if event.data[0] < 0xF0 else -1
        rest[own if own in rest else channels[0]].append((index, event))
    name, absorbed = _name(track.events)
    scale = tick_0_scale(event for event in track.events if id(event) not in taken)
    lanes = []
    for channel in channels:
        notes = [note for note in paired if note.channel == channel]
        events = [event for event in _placed(rest[channel], notes) if event.data not in absorbed]
        lane = Lane(channel, tuple(n.note for n in notes), tuple(events), track.end_tick, name)
        lanes.append(_without_own_program(replace(lane, scale=scale)))
    return lanes


def _placed(
    events: Iterable[tuple[int, TimedEvent]], notes: Sequence[PairedNote]
) -> list[TimedEvent]:
    """The events with their place among the note messages of the same tick."""
    first_on: dict[int, int] = {}
    last_off: dict[int, int] = {}
    for note in notes:
        first_on.setdefault(note.note.tick, note.on_index)
        if note.off_index >= 0:
            end = note.note.end_tick
            last_off[end] = max(note.off_index, last_off.get(end, -1))
    placed = []
    for index, event in events:
        place = 1
        if index > first_on.get(event.tick, index):
            place = 2
        elif index < last_off.get(event.tick, -1):
            place = 0
        placed.append(replace(event, place=place))
    return placed


def _name(events: Iterable[TimedEvent]) -> tuple[str, set[bytes]]:
    """The track's name, and the events that say no more than it and so needn't be kept.

    Names are UTF-8 where that is possible, else Latin-1; those bytes are kept as they are.
    """
    for event in events:
        if event.data[:2] == TRACK_NAME and event.data[2:]:
            text = decode_text(event.data[2:])
            return text, {TRACK_NAME, name_bytes(text)}
    return "", {TRACK_NAME}


def decode_text(data: bytes) -> str:
    """Text of a meta event: UTF-8 where that is possible, else Latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def name_bytes(name: str) -> bytes:
    """The track name event, in UTF-8."""
    return TRACK_NAME + name.encode("utf-8", errors="replace")


def tick_0_scale(events: Iterable[TimedEvent]) -> Scale | None:
    """The scale of the key signature at the beginning of the file."""
    first = next((e for e in events if e.data[:2] == KEY_SIGNATURE), None)
    return scale_of(first.data) if first is not None and first.tick == 0 else None


def song_scale(song_events: Iterable[TimedEvent]) -> Scale | None:
    """The scale that parts without a key signature of their own have."""
    return tick_0_scale(song_events)


def common_key(parts: Iterable[Part]) -> bytes | None:
    """The key signature for the whole song: that of the first part that has one."""
    keys = (key_signature_of(part.clip.scale) for part in parts)
    return next((key for key in keys if key), None)


def first_program(channel: int, events: Iterable[TimedEvent]) -> int | None:
    """The program that the first program change on the channel chooses."""
    wanted = _PROGRAM | channel
    return next((event.data[1] for event in events if event.data[0] == wanted), None)


def _without_own_program(lane: Lane) -> Lane:
    """The lane without a program change that the writer would write for its program anyhow.

    Where there are several, all stay. So does one that isn't the first message: it may follow a
    bank select.
    """
    program = first_program(lane.channel, lane.events)
    events = list(lane.events)
    changes = [e for e in events if e.data[0] == _PROGRAM | lane.channel]
    first = next((e for e in events if e.data[0] < 0xF0), None)
    if len(changes) == 1 and first is changes[0] and (first.tick, first.place) == (0, 1):
        events.remove(first)
    return replace(lane, program=program, events=tuple(events))


def plain_part(lane: Lane, frame: Frame, scale: Scale | None, clock: Clock) -> Part:
    """The part that a lane says without extras.

    Args:
        lane: the lane.
        frame: tempo and metre of the song.
        scale: of the song, for a lane that has none of its own.
        clock: from ticks to beats.
    """
    last = max((note.tick for note in lane.notes), default=-1)
    # One tick of grace: some writers put the end of track one tick after the last event.
    end_tick = max(lane.end_tick - 1, last + 1)
    clip = Clip(
        tuple(plain_note(note, clock) for note in lane.notes),
        bar_line_from(frame.metre, frame.metre_changes, clock.beats(end_tick)),
        metre=frame.metre,
        metre_changes=frame.metre_changes,
        tempo_bpm=frame.tempo_bpm,
        tempo_changes=frame.tempo_changes,
        scale=lane.scale or scale,
        kind="drums" if is_drums(lane.channel, lane.name) else "melodic",
        name=lane.name,
    )
    events = (replace(e, tick=e.tick - clock.shift_ticks) for e in lane.events)
    return Part(clip, lane.channel, lane.program, tuple(events))


def plain_note(note: FileNote, clock: Clock) -> Note:
    """The note as plain MIDI says it."""
    return Note(
        note.pitch,
        clock.beats(note.tick),
        note.ticks_long / clock.ticks_per_beat,
        float(note.velocity),
        release_velocity=float(note.release_velocity),
    )
