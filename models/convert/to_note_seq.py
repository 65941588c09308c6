# SPDX-License-Identifier: Apache-2.0
"""Songs to note-seq's `NoteSequence` and back.

What has no place there, and how times are counted, is said in `models.convert.timed`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from models.convert.timed import (
    TimedBend,
    TimedControl,
    TimedNote,
    TimedPart,
    TimedSong,
    in_beats,
    in_seconds,
)
from models.errors import NotInstalled
from models.metre import Metre
from models.midi.frame import key_scale, minor_or_major
from models.midi.song import TICKS_PER_BEAT, Song

if TYPE_CHECKING:
    from note_seq import NoteSequence


def to_note_sequence(song: Song) -> NoteSequence:
    """The song in seconds; velocities are rounded to whole numbers.

    Raises:
        NotInstalled: note-seq is missing.
    """
    sequence = _library().NoteSequence()
    timed = in_seconds(song)
    sequence.ticks_per_quarter = timed.ticks_per_beat
    ends = (note.end_seconds for part in timed.parts for note in part.notes)
    sequence.total_time = max(timed.end_seconds, max(ends, default=0.0))
    for seconds, bpm in timed.tempi:
        sequence.tempos.add(time=seconds, qpm=bpm)
    for seconds, metre in timed.metres:
        sequence.time_signatures.add(
            time=seconds, numerator=metre.numerator, denominator=metre.denominator
        )
    mode = minor_or_major(timed.scale)
    if timed.scale is not None and mode:
        key = sequence.key_signatures.add(key=timed.scale.root)
        key.mode = key.MINOR if mode == "minor" else key.MAJOR
    for index, part in enumerate(timed.parts):
        _add_part(sequence, index, part)
    return sequence


def from_note_sequence(sequence: NoteSequence) -> Song:
    """The song that a NoteSequence holds: one part for each instrument, program and drum flag.

    Raises:
        BadClip: music beyond the limits of clips.
    """
    tempi = [(tempo.time, tempo.qpm) for tempo in sequence.tempos]
    if not tempi or tempi[0][0] > 0:
        tempi.insert(0, (0.0, 120.0))  # note-seq's own default
    keys = [key for key in sequence.key_signatures if key.time <= 0]
    scale = key_scale(keys[0].key, minor=keys[0].mode == keys[0].MINOR) if keys else None
    metres = [(s.time, Metre(s.numerator, s.denominator)) for s in sequence.time_signatures]
    timed = TimedSong(
        sequence.ticks_per_quarter or TICKS_PER_BEAT,
        sorted(tempi),
        sorted(metres, key=lambda metre: metre[0]),
        scale,
        sequence.total_time,
        _timed_parts(sequence),
    )
    return in_beats(timed)


def _library() -> Any:
    try:
        return import_module("note_seq")
    except ImportError as error:
        raise NotInstalled(
            'note-seq is not installed. Install it with: pip install "nextbar[note-seq]"',
            where="note-seq",
        ) from error


def _add_part(sequence: Any, index: int, part: TimedPart) -> None:
    if part.name:
        sequence.instrument_infos.add(instrument=index, name=part.name)
    owner = {"instrument": index, "program": part.program, "is_drum": part.is_drum}
    for note in part.notes:
        sequence.notes.add(
            pitch=note.pitch,
            velocity=note.velocity,
            start_time=note.start_seconds,
            end_time=note.end_seconds,
            **owner,
        )
    for control in part.controls:
        sequence.control_changes.add(
            time=control.seconds,
            control_number=control.number,
            control_value=control.value,
            **owner,
        )
    for bend in part.bends:
        sequence.pitch_bends.add(time=bend.seconds, bend=bend.value, **owner)


def _timed_parts(sequence: Any) -> list[TimedPart]:
    names = {info.instrument: info.name for info in sequence.instrument_infos}
    parts: dict[tuple[int, int, bool], TimedPart] = {}

    def part_of(event: Any) -> TimedPart:
        key = (event.instrument, event.program, event.is_drum)
        name = names.get(event.instrument, "")
        return parts.setdefault(key, TimedPart(name, event.program, event.is_drum))

    for note in sorted(sequence.notes, key=lambda note: note.start_time):
        timed = TimedNote(note.start_time, note.end_time, note.pitch, note.velocity)
        part_of(note).notes.append(timed)
    for control in sequence.control_changes:
        timed_control = TimedControl(control.time, control.control_number, control.control_value)
        part_of(control).controls.append(timed_control)
    for bend in sequence.pitch_bends:
        part_of(bend).bends.append(TimedBend(bend.time, bend.bend))
    return [parts[key] for key in sorted(parts)]
