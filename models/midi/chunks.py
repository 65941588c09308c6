# SPDX-License-Identifier: Apache-2.0
"""Chunks: the bytes of a Standard MIDI File to tracks of timed messages, and back.

Written from the Standard MIDI Files 1.0 specification (RP-001). mido reads files too, but
mido 1.3.3 forgets the delta time of meta events that it doesn't know, so that all that follows
sounds too early, and it refuses files with a key signature or a chunk that it doesn't know.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.errors import BadClip, BadFile
from models.midi.song import TimedEvent

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_EVENTS = 1_000_000
MAX_DELTA_TICKS = 0x0FFFFFFF  # four bytes of seven bits

END_OF_TRACK = b"\xff\x2f"

_META, _SYSEX, _ESCAPE = 0xFF, 0xF0, 0xF7


@dataclass(frozen=True, slots=True)
class Track:
    """One track chunk: its messages in file order, and the tick of its end."""

    events: tuple[TimedEvent, ...]
    end_tick: int


@dataclass(frozen=True, slots=True)
class MidiChunks:
    """A file: format 0 or 1, resolution, tracks."""

    file_format: int
    ticks_per_beat: int
    tracks: tuple[Track, ...]


def parse(data: bytes) -> MidiChunks:
    """The tracks of a file.

    Raises:
        BadFile: not a MIDI file, cut short, over the limits, format 2 or SMPTE time.
    """
    if len(data) > MAX_FILE_BYTES:
        raise BadFile(
            f"The file has {len(data)} bytes; MIDI files up to {MAX_FILE_BYTES} bytes are read."
        )
    if data[:4] == b"RIFF" and data[8:12] == b"RMID":
        data = data[20:]  # a MIDI file inside a RIFF file
    file_format, ticks_per_beat = _header(data)
    tracks: list[Track] = []
    room = MAX_EVENTS
    for content in _track_chunks(data):
        tracks.append(_track(content, room))
        room -= len(tracks[-1].events)
    if not tracks:
        raise BadFile("The MIDI file has no tracks.")
    return MidiChunks(file_format, ticks_per_beat, tuple(tracks))


def serialise(ticks_per_beat: int, tracks: Sequence[Track]) -> bytes:
    """A file of format 1; events must be sorted by tick, none negative.

    Raises:
        BadClip: two events lie further apart than MIDI files can say, or too many tracks.
    """
    if len(tracks) > 0xFFFF:
        raise BadClip(f"A MIDI file holds 65535 tracks, not {len(tracks)}.", where="parts")
    header = struct.pack(">HHH", 1, len(tracks), ticks_per_beat)
    bodies = (_chunk(b"MTrk", _track_bytes(track)) for track in tracks)
    return _chunk(b"MThd", header) + b"".join(bodies)


def _header(data: bytes) -> tuple[int, int]:
    """Format and ticks per beat."""
    if data[:4] != b"MThd":
        raise BadFile("This is not a MIDI file: it doesn't begin with MThd.")
    if len(data) < 14 or struct.unpack(">L", data[4:8])[0] < 6:
        raise BadFile("The MIDI file is cut short in its header.")
    file_format, _, division = struct.unpack(">HHH", data[8:14])
    if file_format == 2:
        raise BadFile("The MIDI file has format 2, independent patterns; save it as format 0 or 1.")
    if file_format > 2:
        raise BadFile(f"The MIDI file claims format {file_format}; there are 0, 1 and 2.")
    if division & 0x8000:
        raise BadFile(
            "The MIDI file counts time in SMPTE frames, not in beats; save it with a "
            "resolution in ticks per quarter note."
        )
    if not division:
        raise BadFile("The MIDI file claims 0 ticks per quarter note.")
    return file_format, division


def _track_chunks(data: bytes) -> Iterable[bytes]:
    """The content of each track chunk; chunks of other kinds are skipped, as the standard asks."""
    at = 8 + struct.unpack(">L", data[4:8])[0]
    while at + 8 <= len(data):
        kind, size = struct.unpack(">4sL", data[at : at + 8])
        content = data[at + 8 : at + 8 + size]
        if kind == b"MTrk":
            if len(content) < size:
                raise BadFile("The MIDI file is cut short: a track ends before its time.")
            yield content
        at += 8 + size


class _Cursor:
    """A place in the bytes of a track."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def more(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise BadFile("The MIDI file is damaged: a track ends in the middle of a message.")
        self._at += size
        return taken

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """A number of variable length."""
        value = 0
        for _ in range(4):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise BadFile("The MIDI file is damaged: a number has more than four bytes.")


def _track(content: bytes, room: int) -> Track:
    cursor = _Cursor(content)
    tick = 0
    status = 0
    events: list[TimedEvent] = []
    while cursor.more():
        tick += cursor.number()
        status, message = _message(cursor, status)
        if message[:2] == END_OF_TRACK:
            break
        events.append(TimedEvent(tick, message))
        if len(events) > room:
            raise BadFile(f"The MIDI file has more than {MAX_EVENTS} events.")
    return Track(tuple(events), tick)


def _message(cursor: _Cursor, running_status: int) -> tuple[int, bytes]:
    """The next message, and the status that a message without one of its own would have.

    By the standard meta events end a running status; many files rely on the contrary.
    """
    first = cursor.byte()
    if first == _META:
        kind = cursor.byte()
        return running_status, bytes((_META, kind)) + cursor.take(cursor.number())
    if first in {_SYSEX, _ESCAPE}:
        return running_status, bytes((first,)) + cursor.take(cursor.number())
    if first > _SYSEX:
        raise BadFile(f"The MIDI file is damaged: {first:#x} is not a message of MIDI files.")
    status = first if first >= 0x80 else running_status
    if not status:
        raise BadFile("The MIDI file is damaged: data without a status byte.")
    size = 1 if status & 0xE0 == 0xC0 else 2
    data = cursor.take(size) if first >= 0x80 else bytes((first,)) + cursor.take(size - 1)
    if max(data) > 127:
        raise BadFile("The MIDI file is damaged: a data byte is above 127.")
    return status, bytes((status,)) + data


def _track_bytes(track: Track) -> bytes:
    body = bytearray()
    now = 0
    for event in (*track.events, TimedEvent(track.end_tick, END_OF_TRACK)):
        body += _number_bytes(event.tick - now)
        now = event.tick
        head = 2 if event.data[0] == _META else 1
        body += event.data[:head]
        if event.data[0] >= _SYSEX:
            body += _number_bytes(len(event.data) - head)
        body += event.data[head:]
    return bytes(body)


def _number_bytes(value: int) -> bytes:
    if value > MAX_DELTA_TICKS:
        raise BadClip("The clip is too long for a MIDI file: cut it shorter.", where="notes")
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack(">L", len(content)) + content
