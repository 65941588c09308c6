# SPDX-License-Identifier: Apache-2.0
"""What other programs see in our files, and extras in files that were edited elsewhere."""

import io
from dataclasses import replace

import mido
import pytest

from models.clip import Clip, Note, Scale, TempoChange
from models.errors import BadClip, BadFile
from models.metre import Metre, MetreChange
from models.midi import Part, Song, TimedEvent, midi_bytes, read_midi, song_of, write_midi
from models.midi.chunks import Track, parse, serialise


def in_mido(data):
    """(tick, message) of each track, as mido reads them."""
    tracks = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        tick = 0
        tracks.append([])
        for message in track:
            tick += message.time
            tracks[-1].append((tick, message))
    return tracks


def test_another_program_hears_the_music():
    clip = Clip(
        (
            Note(60, -1.0, 1.0, 80.6, release_velocity=3.0),
            Note(61, 0.0, 4.0, mute=True),
            Note(60, 0.0, 1 / 3, 127.0, probability=0.2),
        ),
        6.0,
        metre=Metre(3, 4),
        metre_changes=(MetreChange(3.0, Metre(6, 8)),),
        tempo_bpm=90.0,
        tempo_changes=(TempoChange(3.0, 45.0),),
        scale=Scale(9, (0, 2, 3, 5, 7, 8, 10), "Minor"),
        name="Lead",
    )
    conductor, part = in_mido(midi_bytes(song_of([clip])))
    bar = 3 * 960
    seen = {(tick, m.type): m for tick, m in conductor}
    assert seen[0, "time_signature"].numerator == 3
    assert seen[0, "set_tempo"].tempo == mido.bpm2tempo(90)
    assert seen[0, "key_signature"].key == "Am"
    assert seen[2 * bar, "time_signature"].denominator == 8
    assert seen[2 * bar, "set_tempo"].tempo == mido.bpm2tempo(45)
    assert [(tick, m.bytes()) for tick, m in part if not m.is_meta] == [
        (bar - 960, [0x90, 60, 81]),
        (bar, [0x80, 60, 3]),  # before the note-on at the same tick
        (bar, [0x90, 60, 127]),
        (bar + 320, [0x80, 60, 64]),
    ]
    assert part[0][1].name == "Lead"
    assert part[-1][0] == bar + 6 * 960


def test_channels_of_plain_clips():
    clips = [Clip((), 4.0, kind="drums" if i == 3 else "melodic") for i in range(18)]
    channels = [part.channel for part in song_of(clips).parts]
    assert channels == [0, 1, 2, 9, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 0, 1]


def edited(data, change):
    """The file after another program changed the events of the part's track."""
    file = parse(data)
    events, end = change(list(file.tracks[1].events), file.tracks[1].end_tick)
    return serialise(file.ticks_per_beat, [file.tracks[0], Track(tuple(events), end)])


CLIP = Clip(
    (
        Note(60, 0.0001, 1.0, 80.5, probability=0.5, id=1),
        Note(62, 1.0, 1.3333, 90.25, velocity_deviation=9.0, id=2),
        Note(64, 2.0, 1.0, 70.0, mute=True, id=3),
    ),
    4.5,
    loop_start_beats=1.0,
    loop_end_beats=3.0,
    name="Line",
)


def after(change):
    return read_midi(edited(midi_bytes(song_of([CLIP])), change)).parts[0].clip


def test_a_changed_velocity_wins_and_the_rest_of_the_note_stays():
    def louder(events, end):
        return [
            replace(e, data=bytes((0x90, 60, 99))) if e.data[:2] == b"\x90\x3c" else e
            for e in events
        ], end

    assert after(louder).notes[0] == replace(CLIP.notes[0], velocity=99.0)


def test_a_moved_note_is_a_plain_note():
    def later(events, end):
        moved = [replace(e, tick=e.tick + 96) if e.data[1:2] == b"\x3c" else e for e in events]
        return sorted(moved, key=lambda e: e.tick), end

    notes = after(later).notes
    assert notes[0] == Note(60, 0.1, 1.0, 80.0)
    assert set(notes[1:]) == set(CLIP.notes[1:])


def test_a_deleted_note_stays_deleted():
    def without(events, end):
        return [e for e in events if e.data[1:2] != b"\x3e"], end

    assert set(after(without).notes) == {CLIP.notes[0], CLIP.notes[2]}


def test_a_shortened_note_is_as_long_as_the_file_says():
    def shorter(events, end):
        cut = [replace(e, tick=1440) if e.data[:2] == b"\x80\x3e" else e for e in events]
        return sorted(cut, key=lambda e: e.tick), end

    assert after(shorter).notes[1] == replace(CLIP.notes[1], duration_beats=0.5)


def test_another_end_of_track_and_name_win_and_the_loop_stays():
    def longer(events, _):
        named = [e for e in events if e.data[:2] != b"\xff\x03"]
        return [TimedEvent(0, b"\xff\x03New"), *named], 8 * 960

    clip = after(longer)
    assert (clip.length_beats, clip.name) == (8.0, "New")
    assert (clip.loop_start_beats, clip.loop_end_beats) == (1.0, 3.0)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"version":2,"clip":{"loop_start_beats":1}}',
        b'{"version":1,"notes":7,"muted":[3,{"pitch":"x"}],"clip":[],"spoken":3}',
        b'{"version":1,"clip":{"loop_start_beats":"x","pads":[[1]]},"order":"index"}',
        b'{"version":1,"ticks_per_beat":0,"notes":[[0,60,0,960,80,64,{"velocity":900}],[1],[{}]]}',
        b'{"version":1,"shift_ticks":-5,"ticks_per_beat":"x","spoken":{"channel":[0,99]}}',
        b'{"version":1,"ticks_per_beat":960,"end_tick":1%s,"shift_ticks":1%s}'
        % ((b"0" * 999,) * 2),
        b"[" * 100_000,
    ],
)
def test_extras_of_a_foreign_hand_do_no_harm(content):
    plain = Clip((Note(60, 0.0, 1.0, 80.0),), 4.0)

    def tampered(events, end):
        return [TimedEvent(0, b"\xff\x7f\x7dnextbar" + content), *events], end

    data = edited(midi_bytes(song_of([plain])), tampered)
    assert read_midi(data).parts[0].clip == plain


def test_a_file_saved_again_at_another_resolution_keeps_its_extras():
    file = parse(midi_bytes(song_of([CLIP])))
    tracks = [
        Track(tuple(replace(e, tick=e.tick // 2) for e in t.events), t.end_tick // 2)
        for t in file.tracks
    ]
    assert read_midi(serialise(480, tracks)).parts[0].clip.notes == CLIP.notes


def test_no_event_is_too_large_for_other_readers():
    notes = tuple(Note(i % 128, i / 8, 0.1, 64.5, id=10**9 + i) for i in range(20_000))
    data = midi_bytes(song_of([Clip(notes, 2500.0)]))
    assert max(len(e.data) for e in parse(data).tracks[1].events) < 500_000


def test_writing_is_whole_or_not_at_all(tmp_path):
    song = song_of([CLIP])
    target = tmp_path / "line.mid"
    write_midi(song, target)
    write_midi(song, target)
    assert read_midi(target) == song
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(BadFile, match="can't be written"):
        write_midi(song, tmp_path / "no" / "where.mid")
    with pytest.raises(BadClip):
        write_midi(song_of([Clip((), 900_000.0)]), target)
    assert read_midi(target) == song


def test_a_new_program_takes_the_place_of_the_old_one():
    events = (TimedEvent(0, b"\xb0\x00\x01"), TimedEvent(0, b"\xc0\x05"))
    part = Part(Clip((), 4.0), program=7, events=events)
    back = read_midi(midi_bytes(Song((part,)))).parts[0]
    assert (back.program, back.events[0], len(back.events)) == (7, events[0], 2)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x3c", b"\x90\x3c\x40", b"\xff\x51\x00\x00\x01"])
def test_events_say_nothing_that_clips_say(data):
    with pytest.raises(BadClip):
        Part(Clip((), 4.0), events=(TimedEvent(0, data),))


@pytest.mark.parametrize("place", [float("nan"), float("inf")])
def test_changes_at_no_finite_beat_are_refused(place):
    clip = Clip((), 4.0, tempo_changes=(TempoChange(place, 90.0),))
    with pytest.raises(BadClip):
        midi_bytes(song_of([clip]))
