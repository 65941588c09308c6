# SPDX-License-Identifier: Apache-2.0
"""Writing a Song as a MIDI file of format 1: a conductor track, then one track for each part."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from operator import attrgetter
from pathlib import Path

from models.clip import Clip, Note
from models.errors import BadClip, BadFile
from models.files import write_whole
from models.midi.chunks import Track, serialise
from models.midi.extras import Extras, extras_events
from models.midi.frame import (
    KEY_SIGNATURE,
    Frame,
    frame_events,
    frame_of,
)
from models.midi.lane import (
    TRACK_NAME,
    Clock,
    common_key,
    decode_text,
    first_program,
    lanes_of,
    name_bytes,
    plain_part,
    song_scale,
)
from models.midi.notes import FileNote, note_events
from models.midi.song import Part, Song, TimedEvent
from models.midi.unspoken import find_extras, split_muted

_OFFS, _ONS = 1, 3  # ranks among the messages of one tick; those of events are 0, 2 and 4


def midi_bytes(song: Song) -> bytes:
    """The song as a MIDI file of format 1.

    Tempo and metre are those of the first clip. Muted notes are not written as notes. Where
    music lies before beat 0, all of it moves later by whole bars.

    Raises:
        BadClip: longer than a MIDI file can say, or with a change at no finite beat.
    """
    _check_changes(song)
    clock = Clock(song.ticks_per_beat, shift_ticks(song))
    shared = _song_events(song, clock)
    conductor = _conductor(song, shared, clock)
    frame = frame_of(conductor, clock.ticks_per_beat, clock.shift_ticks)
    tracks = [_part_track(part, frame, shared, clock) for part in song.parts]
    last = max((track.end_tick for track in tracks), default=0)
    end = max(last, conductor[-1].tick if conductor else 0)
    return serialise(song.ticks_per_beat, [Track(tuple(conductor), end), *tracks])


def write_midi(song: Song, path: str | os.PathLike[str]) -> None:
    """Write the song to a file, whole or not at all; a file of that name is replaced.

    Raises:
        BadClip: as `midi_bytes`.
        BadFile: the file can't be written.
    """
    data = midi_bytes(song)
    try:
        write_whole(path, data)
    except OSError as error:
        name, reason = Path(path).name, error.strerror or type(error).__name__
        raise BadFile(f"{name} can't be written: {reason}.", where=name) from error


def shift_ticks(song: Song) -> int:
    """By how many ticks the file is later than the clips: whole bars, 0 without a pickup."""
    clock = Clock(song.ticks_per_beat)
    notes = (n for part in song.parts for n in part.clip.notes if not n.mute)
    events = (*song.events, *(event for part in song.parts for event in part.events))
    ticks = (clock.tick(note.start_beats) for note in notes)
    earliest = min(min(ticks, default=0), min((event.tick for event in events), default=0))
    if earliest >= 0:
        return 0
    metre = song.parts[0].clip.metre if song.parts else Clip((), 1.0).metre
    bar = Fraction(4 * metre.numerator * song.ticks_per_beat, metre.denominator)
    bars = math.ceil(-earliest / bar)
    return int(math.ceil(Fraction(bars, bar.denominator)) * bar.denominator * bar)


def _check_changes(song: Song) -> None:
    for clip in (part.clip for part in song.parts):
        places = [change.start_beats for change in clip.metre_changes]
        places += [change.start_beats for change in clip.tempo_changes]
        if not all(math.isfinite(place) for place in places):
            raise BadClip("A change of metre or tempo must lie at a number of beats.", where="clip")


def _song_events(song: Song, clock: Clock) -> list[TimedEvent]:
    """The song's events by tick of the file, and the key where they don't say one."""
    events = [replace(e, tick=e.tick + clock.shift_ticks) for e in song.events]
    key = common_key(song.parts)
    if key and not any(event.data[:2] == KEY_SIGNATURE for event in events):
        events.insert(0, TimedEvent(0, key))
    return events


def _conductor(song: Song, shared: Sequence[TimedEvent], clock: Clock) -> list[TimedEvent]:
    """The first track: tempo, metre and what else belongs to the whole song."""
    first = song.parts[0].clip if song.parts else None
    events = frame_events(first, clock.ticks_per_beat, clock.shift_ticks) if first else []
    if clock.shift_ticks:
        shift = {"ticks_per_beat": clock.ticks_per_beat, "shift_ticks": clock.shift_ticks}
        events += extras_events(Extras(shift))
    return sorted([*events, *shared], key=attrgetter("tick"))


def _part_track(part: Part, frame: Frame, shared: Sequence[TimedEvent], clock: Clock) -> Track:
    """The part's track, with extras for what its plain events don't say."""
    sounding, _ = split_muted(part.clip, clock)
    own = [replace(e, tick=e.tick + clock.shift_ticks) for e in _with_program(part)]
    head = _head_events(part, own)
    notes = [_file_note(note, clock) for note, _ in sounding]
    events = _merged(head + own, notes, part.channel)
    end = max([clock.tick(part.clip.length_beats), 0, *(event.tick for event in events)])
    track = Track(tuple(events), end)
    lane = lanes_of(track, ())[0]
    plain = plain_part(lane, frame, song_scale(shared), clock)
    extras = extras_events(find_extras(part, plain, lane, clock))
    named = int(bool(events) and events[0].data[:2] == TRACK_NAME and events[0].tick == 0)
    return Track((*events[:named], *extras, *events[named:]), end)


def _file_note(note: Note, clock: Clock) -> FileNote:
    """The note on the nearest ticks; notes that touch still touch."""
    tick = clock.tick(note.start_beats)
    end = clock.tick(note.start_beats + note.duration_beats)
    velocity = max(1, round(note.velocity))
    return FileNote(tick, max(end - tick, 1), note.pitch, velocity, round(note.release_velocity))


def _head_events(part: Part, own: Iterable[TimedEvent]) -> list[TimedEvent]:
    """Name and program, where the part's own events don't say them already."""
    own = list(own)
    head = []
    names = (e.data[2:] for e in own if e.data[:2] == TRACK_NAME and e.data[2:])
    said_name = next(names, None)
    if part.name and (said_name is None or decode_text(said_name) != part.name):
        head.append(TimedEvent(0, name_bytes(part.name)))
    if part.program is not None and first_program(part.channel, own) is None:
        head.append(TimedEvent(0, bytes((0xC0 | part.channel, part.program))))
    return head


def _with_program(part: Part) -> list[TimedEvent]:
    """The part's events; its first program change, if any, chooses the part's program."""
    events = list(part.events)
    said = first_program(part.channel, events)
    if said is not None and part.program is not None and said != part.program:
        wanted = 0xC0 | part.channel
        index = next(i for i, event in enumerate(events) if event.data[0] == wanted)
        events[index] = replace(events[index], data=bytes((wanted, part.program)))
    return events


def _merged(
    events: Iterable[TimedEvent], notes: Iterable[FileNote], channel: int
) -> list[TimedEvent]:
    """All messages by tick: note-offs before note-ons, the others where they belong."""
    offs, ons = note_events(notes, channel)
    ranked = [((event.tick, 2 * event.place), event) for event in events]
    ranked += [((event.tick, _OFFS), event) for event in offs]
    ranked += [((event.tick, _ONS), event) for event in ons]
    return [event for _, event in sorted(ranked, key=lambda item: item[0])]
