# SPDX-License-Identifier: Apache-2.0
"""Names for the bytes of MIDI 1.0 that the door reads and writes."""

from __future__ import annotations

NOTE_OFF, NOTE_ON, POLY_PRESSURE, CONTROL = 0x80, 0x90, 0xA0, 0xB0
PROGRAM, PRESSURE, BEND, SYSTEM = 0xC0, 0xD0, 0xE0, 0xF0

SONG_POSITION, CLOCK, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
TRANSPORT = frozenset({SONG_POSITION, CLOCK, START, CONTINUE, STOP})

SUSTAIN = 64
ALL_SOUND_OFF, RESET_CONTROLLERS, ALL_NOTES_OFF = 120, 121, 123

SUSTAIN_DOWN = 64  # values from here on hold
DEFAULT_RELEASE = 64  # of a note that ends with a note-on of velocity 0

TICKS_PER_BEAT = 24  # of MIDI clock
TICKS_PER_SIXTEENTH = 6  # song position counts sixteenths


def note_on(channel: int, pitch: int, velocity: float) -> bytes:
    """A note begins; `channel` counts from 0."""
    return bytes((NOTE_ON | channel, pitch, min(127, max(1, round(velocity)))))


def note_off(channel: int, pitch: int, velocity: float = DEFAULT_RELEASE) -> bytes:
    """A note ends."""
    return bytes((NOTE_OFF | channel, pitch, min(127, max(0, round(velocity)))))


def control(channel: int, number: int, value: int) -> bytes:
    """A control change."""
    return bytes((CONTROL | channel, number, value))


def program(channel: int, number: int) -> bytes:
    """A program change; programs count from 0."""
    return bytes((PROGRAM | channel, number))


def song_position(sixteenths: int) -> bytes:
    """Where the song is, in sixteenths from its start."""
    return bytes((SONG_POSITION, sixteenths & 0x7F, sixteenths >> 7 & 0x7F))


def silence(channel: int) -> tuple[bytes, ...]:
    """What ends every sound of a channel, also one that this process knows nothing of."""
    return control(channel, SUSTAIN, 0), control(channel, ALL_NOTES_OFF, 0)


def is_whole(data: bytes) -> bool:
    """Whether the bytes are one message as it should be; what is not is passed over."""
    if not data or data[0] < NOTE_OFF or any(byte > 0x7F for byte in data[1:]):
        return data[:1] == b"\xf0"  # system exclusive ends with a byte above 0x7F
    length = _LENGTHS.get(data[0] & SYSTEM if data[0] < SYSTEM else data[0])
    return length is None or len(data) == length


_LENGTHS = {
    NOTE_OFF: 3, NOTE_ON: 3, POLY_PRESSURE: 3, CONTROL: 3, PROGRAM: 2, PRESSURE: 2, BEND: 3,
    SONG_POSITION: 3, CLOCK: 1, START: 1, CONTINUE: 1, STOP: 1,
}  # fmt: skip


def starts_note(data: bytes) -> bool:
    """Whether a note begins; a note-on of velocity 0 ends one."""
    return data[0] & SYSTEM == NOTE_ON and data[2] > 0


def ends_note(data: bytes) -> bool:
    """Whether a note ends."""
    return data[0] & SYSTEM == NOTE_OFF or (data[0] & SYSTEM == NOTE_ON and data[2] == 0)
