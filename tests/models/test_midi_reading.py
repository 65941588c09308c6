# SPDX-License-Identifier: Apache-2.0
"""Reading MIDI files of other programs, built here byte by byte or by mido."""

import io
import struct

import mido
import pytest

from models.clip import Note, Scale, TempoChange
from models.errors import BadFile
from models.metre import Metre, MetreChange
from models.midi import TimedEvent, chunks, midi_bytes, read_midi
from models.midi.chunks import Track, serialise

END = b"\x00\xff\x2f\x00"


def file(*tracks, file_format=1, division=480):
    header = struct.pack(">4sLHHH", b"MThd", 6, file_format, len(tracks), division)
    return header + b"".join(struct.pack(">4sL", b"MTrk", len(t)) + t for t in tracks)


def of(*events, end=1920, division=480):
    """A file of one format-1 track after an empty conductor."""
    track = Track(tuple(TimedEvent(tick, bytes(data)) for tick, data in events), end)
    return serialise(division, [Track((), 0), track])


def only_part(data):
    (part,) = read_midi(data).parts
    return part


def spans(clip):
    return [(n.pitch, n.start_beats, n.end_beats) for n in clip.notes]


def test_velocity_0_is_a_note_off_and_running_status_is_followed():
    track = b"\x00\x90\x3c\x50\x83\x60\x3c\x00" + b"\x00\x3e\x51\x83\x60\x3e\x00" + END
    notes = only_part(file(b"" + END, track)).clip.notes
    assert notes == (Note(60, 0, 1, 80.0), Note(62, 1, 1, 81.0))


def test_running_status_goes_on_after_a_meta_event():
    track = b"\x00\x90\x3c\x50\x00\xff\x05\x01a\x83\x60\x3c\x00" + END
    assert spans(only_part(file(END, track)).clip) == [(60, 0, 1)]


def test_release_velocity_is_read():
    clip = only_part(of((0, (0x90, 60, 80)), (480, (0x80, 60, 9)))).clip
    assert clip.notes[0].release_velocity == 9


def test_overlaps_of_one_pitch_end_first_in_first_out():
    events = [(0, (0x90, 60, 1)), (480, (0x90, 60, 2)), (960, (0x80, 60, 0)), (1440, (0x80, 60, 0))]
    assert spans(only_part(of(*events)).clip) == [(60, 0, 2), (60, 1, 3)]


def test_a_stuck_note_ends_with_its_track_and_a_stray_note_off_is_nothing():
    clip = only_part(of((0, (0x80, 61, 0)), (480, (0x90, 60, 80)))).clip
    assert spans(clip) == [(60, 1, 4)]


def test_a_note_of_no_length_lasts_one_tick():
    clip = only_part(of((480, (0x90, 60, 80)), (480, (0x80, 60, 0)))).clip
    assert spans(clip) == [(60, 1, 1 + 1 / 480)]


@pytest.mark.parametrize(("end", "bars"), [(0, 1), (1, 1), (1920, 1), (1921, 1), (1922, 2)])
def test_length_is_whole_bars_with_one_tick_of_grace(end, bars):
    assert only_part(of(end=end)).clip.length_beats == 4 * bars


def test_a_note_on_the_bar_line_needs_another_bar():
    assert only_part(of((1920, (0x90, 60, 80)), end=1921)).clip.length_beats == 8


def test_tempo_metre_and_key():
    conductor = mido.MidiTrack(
        [
            mido.MetaMessage("time_signature", numerator=6, denominator=8),
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(123)),
            mido.MetaMessage("key_signature", key="F#m"),
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(61.7), time=1440),
            mido.MetaMessage("time_signature", numerator=5, denominator=4, time=0),
        ]
    )
    notes = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name="Lead"),
            mido.Message("program_change", program=81, channel=4),
            mido.Message("note_on", note=60, velocity=7, channel=4, time=2880),
            mido.Message("note_off", note=60, channel=4, time=480),
        ]
    )
    out = io.BytesIO()
    mido.MidiFile(tracks=[conductor, notes], ticks_per_beat=480).save(file=out)
    song = read_midi(out.getvalue())
    clip = song.parts[0].clip
    assert (song.ticks_per_beat, song.parts[0].channel, song.parts[0].program) == (480, 4, 81)
    assert (clip.metre, clip.metre_changes) == (Metre(6, 8), (MetreChange(3.0, Metre(5, 4)),))
    assert (clip.tempo_bpm, clip.tempo_changes) == (123.0, (TempoChange(3.0, 61.7),))
    assert clip.scale == Scale(6, (0, 2, 3, 5, 7, 8, 10), "Minor")
    assert (clip.name, clip.kind, clip.length_beats) == ("Lead", "melodic", 8.0)


def test_format_0_is_split_by_channel():
    track = (
        b"\x00\xff\x06\x05Verse"
        b"\x00\x90\x3c\x50\x00\x99\x24\x60\x83\x60\x80\x3c\x40\x00\x89\x24\x40" + END
    )
    song = read_midi(file(track, file_format=0))
    assert [(p.channel, p.clip.kind, spans(p.clip)) for p in song.parts] == [
        (0, "melodic", [(60, 0, 1)]),
        (9, "drums", [(36, 0, 1)]),
    ]
    assert song.events == (TimedEvent(0, b"\xff\x06Verse"),)


def test_what_is_no_note_is_kept():
    kept = [
        (0, (0xB0, 0, 3)),
        (0, (0xC0, 12)),
        (480, (0xE0, 0, 64)),
        (480, (0xD0, 5)),
        (500, (0xA0, 60, 7)),
        (500, b"\xff\x05la"),
        (600, b"\xf0\x7e\x01\xf7"),
        (700, b"\xff\x60\x01"),
        (960, (0xC0, 13)),
    ]
    part = only_part(of(*kept, (1000, (0x90, 60, 80)), (1440, (0x80, 60, 0))))
    assert [(e.tick, e.data) for e in part.events] == [(t, bytes(d)) for t, d in kept]
    assert part.program == 12


def test_time_goes_on_after_an_unknown_meta_event():
    """mido forgets the 480 ticks before it."""
    part = only_part(of((480, b"\xff\x60\x01"), (480, (0x90, 60, 80)), (960, (0x80, 60, 0))))
    assert spans(part.clip) == [(60, 1, 2)]


@pytest.mark.parametrize("pedal_first", [True, False])
def test_a_pedal_keeps_its_side_of_a_note_off(pedal_first):
    pedal, off = (480, (0xB0, 64, 127)), (480, (0x80, 60, 0))
    order = (pedal, off) if pedal_first else (off, pedal)
    data = midi_bytes(read_midi(of((0, (0x90, 60, 80)), *order)))
    at_480 = [e.data[0] & 0xF0 for e in chunks.parse(data).tracks[1].events if e.tick == 480]
    assert at_480 == ([0xB0, 0x80] if pedal_first else [0x80, 0xB0])


def test_names_are_utf_8_or_latin_1_and_keep_their_bytes():
    for name in ("Café".encode(), "Café".encode("latin-1")):
        song = read_midi(of((0, b"\xff\x03" + name)))
        assert song.parts[0].name == "Café"
        assert b"\x03" + bytes([len(name)]) + name in midi_bytes(song)


def test_a_midi_file_in_a_riff_file():
    inner = file(END, b"\x00\x90\x3c\x50\x83\x60\x3c\x00" + END)
    riff = (
        b"RIFF" + struct.pack("<L", len(inner) + 12) + b"RMIDdata" + struct.pack("<L", len(inner))
    )
    assert read_midi(riff + inner) == read_midi(inner)


def test_chunks_of_other_kinds_are_passed_over():
    good = file(END, b"\x00\x90\x3c\x50\x83\x60\x3c\x00" + END)
    assert read_midi(good[:14] + b"XFIH\x00\x00\x00\x02ab" + good[14:] + b"junk") == read_midi(good)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a MIDI file"),
        (b"RIFF0000WAVEfmt ", "not a MIDI file"),
        (file(END)[:12], "cut short in its header"),
        (file(END)[:-2], "ends before its time"),
        (file(END, file_format=2), "format 2"),
        (file(END, file_format=7), "format 7"),
        (file(END, division=0xE728), "SMPTE"),
        (file(END, division=0), "0 ticks"),
        (file(), "no tracks"),
        (file(b"\x00\x3c\x50"), "without a status"),
        (file(b"\x00\x90\x3c\xf0"), "above 127"),
        (file(b"\x00\xf8"), "0xf8"),
        (file(b"\x00\x90\x3c"), "middle of a message"),
        (file(b"\xff\xff\xff\xff\x7f\x90\x3c\x40"), "four bytes"),
        (file(b"\x00\xff\x51\x03\x00\x00\x01" + END), "1000 bpm"),
        (file(b"\x00\xff\x58\x04\x00\x02\x18\x08" + END), "0/4"),
        (
            file(END, b"\xff\xff\xff\x7f\x90\x3c\x40" * 2 + END, division=1),
            "beyond what clips hold",
        ),
    ],
)
def test_files_that_can_not_be_read(data, message):
    with pytest.raises(BadFile, match=message) as error:
        read_midi(data)
    assert error.value.message.endswith(".")


def test_limits(monkeypatch):
    monkeypatch.setattr(chunks, "MAX_EVENTS", 3)
    data = of(*((0, (0x90, 60, 80)) for _ in range(4)))
    with pytest.raises(BadFile, match="more than 3 events"):
        read_midi(data)
    monkeypatch.setattr(chunks, "MAX_FILE_BYTES", 10)
    with pytest.raises(BadFile, match="up to 10 bytes"):
        read_midi(data)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"gone\.mid can't be read") as error:
        read_midi(tmp_path / "gone.mid")
    assert error.value.where == "gone.mid"
