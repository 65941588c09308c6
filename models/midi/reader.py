# SPDX-License-Identifier: Apache-2.0
"""Reading a MIDI file into a Song."""

from __future__ import annotations

import os
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

from models.errors import BadClip, BadFile
from models.midi.chunks import MAX_FILE_BYTES, MidiChunks, Track, parse
from models.midi.extras import Extras, is_count, is_extras, read_extras
from models.midi.frame import KEY_SIGNATURE, frame_of
from models.midi.lane import (
    Clock,
    common_key,
    has_channel,
    lanes_of,
    plain_part,
    song_level,
    song_scale,
)
from models.midi.song import Part, Song, TimedEvent
from models.midi.unspoken import apply_extras


def read_midi(source: str | os.PathLike[str] | bytes) -> Song:
    """The song in a MIDI file of format 0 or 1.

    A track that plays on several channels gives one part for each. Notes of one pitch that
    overlap are paired first in, first out; a note-on of velocity 0 is a note-off; a note that
    never ends, ends with its track; a note of no length lasts one tick.

    Args:
        source: a path, or the file's bytes.

    Raises:
        BadFile: the file can't be read, is no MIDI file, is damaged, of format 2, in SMPTE
            time, or beyond the limits of clips.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return _song(bytes(source), "")
    path = Path(source)
    return _song(_contents(path), path.name)


def _contents(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: no path may hold such a character
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise BadFile(f"{path.name} can't be read: {reason}.", where=path.name) from error


def _song(data: bytes, where: str) -> Song:
    try:
        return _assembled(parse(data))
    except BadFile as error:
        raise BadFile(error.message, where=where) from None
    except BadClip as error:
        raise BadFile(
            f"The MIDI file is beyond what clips hold: {error.message}", where=where
        ) from None


def _assembled(chunks: MidiChunks) -> Song:
    extras = [read_extras(track.events) for track in chunks.tracks]
    tracks = [_without_extras(track) for track in chunks.tracks]
    clock = Clock(chunks.ticks_per_beat, _shift(extras, chunks.ticks_per_beat))
    merged = sorted((e for track in tracks for e in track.events), key=attrgetter("tick"))
    frame = frame_of(merged, clock.ticks_per_beat, clock.shift_ticks)
    song_events: list[TimedEvent] = []
    parts: list[Part] = []
    for index, track in enumerate(tracks):
        only = chunks.file_format == 0
        shared = song_level(track, first=index == 0, only=only)
        song_events += shared
        if (index == 0 or only) and not has_channel(track):
            continue
        scale = song_scale(song_events)
        for lane in lanes_of(track, shared):
            part = plain_part(lane, frame, scale, clock)
            parts.append(apply_extras(part, lane, extras[index], clock))
    kept = _without_common_key(song_events, parts)
    placed = (replace(e, tick=e.tick - clock.shift_ticks) for e in kept)
    return Song(tuple(parts), clock.ticks_per_beat, tuple(placed))


def _without_common_key(events: list[TimedEvent], parts: list[Part]) -> list[TimedEvent]:
    """The events of the song without a key signature that the parts' scales say as well."""
    keys = [e for e in events if e.data[:2] == KEY_SIGNATURE]
    if [(e.tick, e.data) for e in keys] == [(0, common_key(parts))]:
        return [e for e in events if e is not keys[0]]
    return events


def _without_extras(track: Track) -> Track:
    return replace(track, events=tuple(e for e in track.events if not is_extras(e)))


def _shift(extras: list[Extras], ticks_per_beat: int) -> int:
    """How many ticks of the file lie before beat 0 of the clips."""
    for head in (extra.head for extra in extras):
        shift, written = head.get("shift_ticks"), head.get("ticks_per_beat")
        if is_count(shift) and is_count(written) and shift and written:
            return round(shift * ticks_per_beat / written)
    return 0
