# SPDX-License-Identifier: Apache-2.0
"""Songs to `pretty_midi.PrettyMIDI` and back.

What has no place there, and how times are counted, is said in `models.convert.timed`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
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
from models.errors import BadClip, NotInstalled
from models.metre import Metre
from models.midi.frame import key_scale, written_bpm
from models.midi.song import Song
from models.midi.writer import midi_bytes, shift_ticks

if TYPE_CHECKING:
    from pretty_midi import Instrument, PrettyMIDI


def to_pretty_midi(song: Song) -> PrettyMIDI:
    """The song in seconds; velocities are rounded to whole numbers.

    Raises:
        NotInstalled: pretty_midi is missing.
        BadClip: longer than a MIDI file can say.
    """
    library = _library()
    timed = in_seconds(song, written_bpm)
    try:
        found = library.PrettyMIDI(io.BytesIO(midi_bytes(_frame_only(song))))
    except ValueError as error:  # it reads ten million ticks
        raise BadClip(f"The song is too long for pretty_midi: {error}.", where="clip") from error
    found.instruments = [_instrument(library, part) for part in timed.parts]
    return found


def from_pretty_midi(midi: PrettyMIDI) -> Song:
    """The song that a PrettyMIDI holds: one part for each instrument, in its order.

    Raises:
        BadClip: music beyond the limits of clips.
    """
    times, tempi = midi.get_tempo_changes()
    keys = [change.key_number for change in midi.key_signature_changes if change.time <= 0]
    timed = TimedSong(
        midi.resolution,
        [(float(time), float(bpm)) for time, bpm in zip(times, tempi, strict=True)],
        [(s.time, Metre(s.numerator, s.denominator)) for s in midi.time_signature_changes],
        key_scale(keys[0] % 12, minor=keys[0] >= 12) if keys else None,
        float(midi.get_end_time()),
        [_timed_part(instrument) for instrument in midi.instruments],
    )
    return in_beats(timed)


def _library() -> Any:
    try:
        return import_module("pretty_midi")
    except ImportError as error:
        raise NotInstalled(
            'pretty_midi is not installed. Install it with: pip install "nextbar[pretty-midi]"',
            where="pretty-midi",
        ) from error


def _frame_only(song: Song) -> Song:
    """Tempo, metre and key of the song, as far into the file as the song itself begins."""
    shift_beats = shift_ticks(song) / song.ticks_per_beat
    if not song.parts:
        return Song((), song.ticks_per_beat)
    clip = song.parts[0].clip
    scale = next((part.clip.scale for part in song.parts if part.clip.scale), None)
    moved = replace(
        clip.with_notes(()),
        scale=scale,
        metre_changes=tuple(
            replace(c, start_beats=c.start_beats + shift_beats) for c in clip.metre_changes
        ),
        tempo_changes=tuple(
            replace(c, start_beats=c.start_beats + shift_beats) for c in clip.tempo_changes
        ),
    )
    return Song((replace(song.parts[0], clip=moved, events=()),), song.ticks_per_beat)


def _instrument(library: Any, part: TimedPart) -> Instrument:
    found = library.Instrument(part.program, part.is_drum, part.name)
    found.notes = [
        library.Note(note.velocity, note.pitch, note.start_seconds, note.end_seconds)
        for note in part.notes
    ]
    found.control_changes = [
        library.ControlChange(control.number, control.value, control.seconds)
        for control in part.controls
    ]
    found.pitch_bends = [library.PitchBend(bend.value, bend.seconds) for bend in part.bends]
    return found


def _timed_part(instrument: Instrument) -> TimedPart:
    return TimedPart(
        instrument.name,
        instrument.program,
        instrument.is_drum,
        _timed_notes(instrument.notes),
        [TimedControl(float(c.time), c.number, c.value) for c in instrument.control_changes],
        [TimedBend(float(bend.time), bend.pitch) for bend in instrument.pitch_bends],
    )


def _timed_notes(notes: Iterable[Any]) -> list[TimedNote]:
    """The notes by onset; pretty_midi keeps them by their ends."""
    found = [TimedNote(float(n.start), float(n.end), int(n.pitch), int(n.velocity)) for n in notes]
    return sorted(found, key=lambda note: note.start_seconds)
