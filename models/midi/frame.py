# SPDX-License-Identifier: Apache-2.0
"""Tempo, metre and key: meta events to the frame of a clip, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.clip import Clip, Scale, TempoChange
from models.errors import BadFile
from models.metre import EPSILON_BEATS, Metre, MetreChange
from models.midi.song import TimedEvent

TEMPO, TIME_SIGNATURE, KEY_SIGNATURE = b"\xff\x51", b"\xff\x58", b"\xff\x59"

_MICROSECONDS = 60_000_000  # in a minute
_MAX_TEMPO_VALUE = 0xFFFFFF
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True, slots=True)
class Frame:
    """Tempo and metre of a whole song, in beats of the clips."""

    metre: Metre = Metre()
    metre_changes: tuple[MetreChange, ...] = ()
    tempo_bpm: float = 120.0
    tempo_changes: tuple[TempoChange, ...] = ()


def frame_of(events: Iterable[TimedEvent], ticks_per_beat: int, shift_ticks: int) -> Frame:
    """The frame that events say; the last at a tick counts.

    Args:
        events: of all tracks, sorted by tick.
        ticks_per_beat: resolution of the file.
        shift_ticks: the tick of the file that is beat 0 of the clips.

    Raises:
        BadFile: a tempo or metre outside what clips can have.
    """
    tempi: dict[int, float] = {0: 120.0}
    metres: dict[int, Metre] = {0: Metre()}
    for event in events:
        if event.data[:2] == TEMPO and len(event.data) >= 5:
            tempi[event.tick] = bpm_of(int.from_bytes(event.data[2:5], "big"))
        elif event.data[:2] == TIME_SIGNATURE and len(event.data) >= 4:
            metres[event.tick] = _metre(event.data[2], event.data[3])

    def beats(tick: int) -> float:
        return (tick - shift_ticks) / ticks_per_beat

    return Frame(
        metres.pop(0),
        tuple(MetreChange(beats(tick), metre) for tick, metre in metres.items()),
        tempi.pop(0),
        tuple(TempoChange(beats(tick), tempo) for tick, tempo in tempi.items()),
    )


def frame_events(clip: Clip, ticks_per_beat: int, shift_ticks: int) -> list[TimedEvent]:
    """The tempo and time signature events of a clip, by tick of the file."""

    def tick(beats: float) -> int:
        return max(0, round(beats * ticks_per_beat) + shift_ticks)

    events = [
        TimedEvent(0, _metre_bytes(clip.metre)),
        TimedEvent(0, _tempo_bytes(clip.tempo_bpm)),
        *(TimedEvent(tick(c.start_beats), _metre_bytes(c.metre)) for c in clip.metre_changes),
        *(TimedEvent(tick(c.start_beats), _tempo_bytes(c.tempo_bpm)) for c in clip.tempo_changes),
    ]
    return sorted(events, key=lambda event: event.tick)


def bpm_of(microseconds: int) -> float:
    """Quarter notes a minute for a tempo event, as the roundest number that writes the same.

    487,805 microseconds are 122.99998 bpm, but come from a project at 123.

    Raises:
        BadFile: slower than 1 or faster than 1000 quarter notes a minute.
    """
    if microseconds < _MICROSECONDS // 1000:
        raise BadFile(
            f"The MIDI file sets a tempo of {microseconds} microseconds a beat; the fastest "
            "that is read is 1000 bpm."
        )
    exact = _MICROSECONDS / microseconds
    rounded = (round(exact, digits) for digits in range(7))
    return next((bpm for bpm in rounded if _tempo_value(bpm) == microseconds), exact)


def _tempo_value(bpm: float) -> int:
    return min(round(_MICROSECONDS / bpm), _MAX_TEMPO_VALUE) if bpm else 0


def _tempo_bytes(bpm: float) -> bytes:
    return TEMPO + _tempo_value(bpm).to_bytes(3, "big")


def _metre(numerator: int, power: int) -> Metre:
    if not 1 <= numerator <= 99 or power > 5:
        raise BadFile(
            f"The MIDI file sets the metre {numerator}/{2 ** min(power, 64)}; metres of 1-99 "
            "over 1 to 32 are read."
        )
    return Metre(numerator, 2**power)


def _metre_bytes(metre: Metre) -> bytes:
    clocks_per_click = min(255, round(24 * metre.pulse_beats))
    power = metre.denominator.bit_length() - 1
    return TIME_SIGNATURE + bytes((metre.numerator, power, clocks_per_click, 8))


def written_bpm(bpm: float) -> float:
    """The tempo that a file plays for `bpm`: whole microseconds a beat."""
    return _MICROSECONDS / _tempo_value(bpm)


def nearest_bpm(bpm: float) -> float:
    """The round tempo that `bpm` came from, if it is that of a tempo event; else `bpm`."""
    if not 1 <= bpm <= 1000 or abs(written_bpm(bpm) / bpm - 1) > 1e-12:
        return bpm
    return bpm_of(_tempo_value(bpm))


def scale_of(key_signature: bytes) -> Scale | None:
    """The scale of a key signature event, or None when it says none that exists."""
    if len(key_signature) < 4:
        return None
    sharps = key_signature[2] - 256 if key_signature[2] > 127 else key_signature[2]
    if abs(sharps) > 7 or key_signature[3] > 1:
        return None
    minor = key_signature[3] == 1
    return key_scale((sharps * 7 + 9 * minor) % 12, minor=minor)


def key_scale(root: int, *, minor: bool) -> Scale:
    """The scale of a key; `root` is a pitch class."""
    return Scale(root, _MINOR, "Minor") if minor else Scale(root, _MAJOR, "Major")


def minor_or_major(scale: Scale | None) -> str:
    """Whether the scale is that of a key: `major`, `minor`, or empty."""
    modes: dict[tuple[int, ...], str] = {_MAJOR: "major", _MINOR: "minor"}
    return modes.get(scale.intervals, "") if scale else ""


def key_signature_of(scale: Scale | None) -> bytes | None:
    """The key signature event for a major or minor scale with the fewest accidentals."""
    mode = minor_or_major(scale)
    if scale is None or not mode:
        return None
    minor = mode == "minor"
    sharps = (scale.root - 9 * minor) * 7 % 12
    sharps = sharps - 12 if sharps > 6 else sharps
    return KEY_SIGNATURE + bytes((sharps % 256, minor))


def bar_line_from(metre: Metre, changes: Sequence[MetreChange], beats: float) -> float:
    """The first bar line at or after `beats`, and after beat 0."""
    beats = max(beats, 1000 * EPSILON_BEATS)
    origin, limit = 0.0, math.inf
    for change in changes:
        if change.start_beats < beats - EPSILON_BEATS:
            origin, metre = change.start_beats, change.metre
        else:
            limit = min(limit, change.start_beats)
    bars = math.ceil((beats - origin) / metre.bar_beats - EPSILON_BEATS)
    return min(origin + bars * metre.bar_beats, limit)
