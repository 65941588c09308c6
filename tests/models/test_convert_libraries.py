# SPDX-License-Identifier: Apache-2.0
"""Songs through pretty_midi and note-seq, each run where the library is installed."""

import io
import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from models.clip import Clip, Note, Scale, TempoChange
from models.convert.to_note_seq import from_note_sequence, to_note_sequence
from models.convert.to_pretty_midi import from_pretty_midi, to_pretty_midi
from models.errors import BadClip, NotInstalled
from models.metre import Metre, MetreChange
from models.midi import Part, Song, TimedEvent, midi_bytes, read_midi

MAJOR = Scale(3, (0, 2, 4, 5, 7, 9, 11), "Major")
FRAME = Clip(
    (),
    23.0,
    metre=Metre(7, 8),
    metre_changes=(MetreChange(14.0, Metre(3, 4)),),
    tempo_bpm=123.0,
    tempo_changes=(TempoChange(3.5, 71.3), TempoChange(14.0, 180.0)),
    scale=MAJOR,
)


def song():
    lead = [Note(60 + i % 12, float(Fraction(i, 3)), 1 / 3, 40.0 + i) for i in range(66)]
    kit = [Note(36, i / 2, 0.25, 100.0) for i in range(46)]
    controls = (
        TimedEvent(480, bytes((0xB0, 64, 127))),
        TimedEvent(960, bytes((0xE0, 0, 96))),
        TimedEvent(3360, bytes((0xB0, 64, 0))),
    )
    return Song(
        (
            Part(replace(FRAME, notes=tuple(lead), name="Lead"), 0, 81, controls),
            Part(replace(FRAME, notes=tuple(kit), name="Kit", kind="drums"), 9, 0),
        )
    )


def through_pretty_midi(given):
    pytest.importorskip("pretty_midi")
    return from_pretty_midi(to_pretty_midi(given))


def through_note_seq(given):
    pytest.importorskip("note_seq", reason="note-seq is not installed (nextbar[note-seq])")
    return from_note_sequence(to_note_sequence(given))


LIBRARIES = pytest.mark.parametrize("through", [through_pretty_midi, through_note_seq])


def heard(given):
    """Everything both libraries hold, times to a thousandth of a tick."""
    return [
        [
            (n.pitch, round(n.start_beats, 6), round(n.duration_beats, 6), n.velocity)
            for n in p.clip.notes
        ]
        for p in given.parts
    ]


@LIBRARIES
def test_notes_and_frame_come_back(through):
    back = through(song())
    assert heard(back) == heard(song())
    for part, was in zip(back.parts, song().parts, strict=True):
        assert (part.channel, part.program, part.events) == (was.channel, was.program, was.events)
        assert replace(part.clip, notes=(), tempo_changes=()) == replace(
            was.clip, notes=(), tempo_changes=()
        )
        for now, then in zip(part.clip.tempo_changes, was.clip.tempo_changes, strict=True):
            assert now.start_beats == then.start_beats
            assert now.tempo_bpm == pytest.approx(then.tempo_bpm, rel=1e-12)


@LIBRARIES
def test_notes_on_the_grid_come_back_on_it(through):
    assert [n.start_beats for n in through(song()).parts[0].clip.notes] == [
        n.start_beats for n in song().parts[0].clip.notes
    ]


@LIBRARIES
def test_a_pickup_moves_by_whole_bars_and_muted_notes_stay_silent(through):
    notes = (Note(60, -0.5, 0.5), Note(62, 0, 1), Note(64, 1, 1, mute=True))
    back = through(Song((Part(Clip(notes, 3.0, metre=Metre(3, 4))),)))
    clip = back.parts[0].clip
    assert [(n.pitch, n.start_beats) for n in clip.notes] == [(60, 2.5), (62, 3.0)]
    assert clip.length_beats == 6.0


@LIBRARIES
def test_no_parts_and_no_notes(through):
    assert through(Song(())).parts == ()
    empty = Song((Part(Clip((), 4.0), program=0),))
    assert [part.clip.notes for part in through(empty).parts] in ([()], [])


def test_pretty_midi_hears_the_same_seconds_in_our_file():
    """What pretty_midi itself reads from our MIDI file is what we hand to it."""
    library = pytest.importorskip("pretty_midi")
    ours = to_pretty_midi(song())
    read = library.PrettyMIDI(io.BytesIO(midi_bytes(song())))
    for mine, other in zip(ours.instruments, read.instruments, strict=True):
        assert (mine.program, mine.is_drum, mine.name) == (other.program, other.is_drum, other.name)
        mine_notes = sorted((n.start, n.pitch, n.end, n.velocity) for n in mine.notes)
        other_notes = sorted((n.start, n.pitch, n.end, n.velocity) for n in other.notes)
        assert mine_notes == [pytest.approx(note, abs=1e-9) for note in other_notes]


def test_pretty_midi_writes_what_we_read():
    pytest.importorskip("pretty_midi")
    file = io.BytesIO()
    to_pretty_midi(song()).write(file)
    assert heard(read_midi(file.getvalue())) == heard(song())


def test_a_song_too_long_for_pretty_midi(monkeypatch):
    library = pytest.importorskip("pretty_midi")
    monkeypatch.setattr(library.pretty_midi, "MAX_TICK", 1e7)  # note-seq raises it
    with pytest.raises(BadClip, match="too long for pretty_midi"):
        to_pretty_midi(Song((Part(Clip((), 20_000.0)),)))


@pytest.mark.parametrize(
    ("convert", "module", "extra"),
    [(to_pretty_midi, "pretty_midi", "pretty-midi"), (to_note_sequence, "note_seq", "note-seq")],
)
def test_a_missing_library_says_how_to_install_it(convert, module, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotInstalled) as error:
        convert(song())
    assert f'pip install "nextbar[{extra}]"' in error.value.message
