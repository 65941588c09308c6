# SPDX-License-Identifier: Apache-2.0
"""Round trips: our clips through a file, and files of others through a Song."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.clip import Clip, Note, Scale, TempoChange, note_order
from models.errors import BadFile
from models.metre import DENOMINATORS, Metre, MetreChange
from models.midi import Song, TimedEvent, midi_bytes, read_midi, song_of
from models.midi.chunks import Track, parse, serialise

SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))

grid = st.one_of(
    st.integers(-64, 400).map(lambda n: n / 4),
    st.integers(-30, 200).map(lambda n: n / 3),
    st.floats(-20, 200, allow_nan=False).map(float),
)
lengths = st.one_of(
    st.sampled_from([0.25, 1 / 3, 1.0, 4.0, 17.0, 1e-7]), st.floats(0.001, 50, allow_nan=False)
)


@st.composite
def notes(draw):
    return Note(
        draw(st.sampled_from([0, 36, 60, 60, 60, 61, 127])),
        draw(grid),
        draw(lengths),
        draw(st.one_of(st.integers(1, 127).map(float), st.floats(1, 127))),
        draw(st.sampled_from([False, False, False, True])),
        draw(st.sampled_from([1.0, 1.0, 0.25, 0.0])),
        draw(st.sampled_from([0.0, 0.0, -127.0, 12.5])),
        draw(st.sampled_from([64.0, 64.0, 0.0, 127.0, 33.3])),
        draw(st.sampled_from([None, None, 1, 2**40])),
        origin=draw(st.sampled_from(["kept", "edited", "new"])),
    )


metres = st.builds(Metre, st.integers(1, 99), st.sampled_from(DENOMINATORS))
tempi = st.one_of(st.sampled_from([120.0, 123.0, 1.0, 1000.0]), st.floats(1, 1000))
scales = st.one_of(
    st.none(),
    st.builds(
        Scale,
        st.integers(0, 11),
        st.sampled_from([(0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 7)]),
        st.sampled_from(["Major", "Minor", "blue", ""]),
    ),
)


@st.composite
def clips(draw):
    length = draw(st.one_of(st.sampled_from([4.0, 16.0, 3.5]), st.floats(0.01, 100)))
    loop_start = draw(st.sampled_from([0.0, -4.0, 1.0, 0.3]))
    places = sorted(draw(st.lists(grid, max_size=3)))
    own_loop = draw(st.booleans())
    return Clip(
        tuple(draw(st.lists(notes(), max_size=12))),
        length,
        loop_start if own_loop else 0.0,
        loop_start + draw(st.floats(0.01, 20)) if own_loop else length,
        draw(st.sampled_from([0.0, -1.0, 2.0])),
        draw(metres),
        tuple(MetreChange(place, draw(metres)) for place in places),
        draw(tempi),
        tuple(TempoChange(place, draw(tempi)) for place in places),
        draw(scales),
        draw(st.sampled_from(["melodic", "drums"])),
        draw(st.sampled_from([(), ((36, "Kick ü"), (38, "")), ((0, "x"),)])),
        draw(
            st.one_of(st.sampled_from(["", "Bass", "beat", "Café", "\ud800", "a\x00"]), st.text())
        ),
    )


def origins(song):
    return [[note.origin for note in part.clip.notes] for part in song.parts]


@SETTINGS
@given(st.lists(clips(), max_size=3))
def test_our_own_files_give_back_every_clip_exactly(given_clips):
    song = song_of(given_clips)
    back = read_midi(midi_bytes(song))
    assert back == song
    assert origins(back) == origins(song)


@SETTINGS
@given(clips())
def test_a_second_generation_is_the_same_file(clip):
    data = midi_bytes(song_of([clip]))
    assert midi_bytes(read_midi(data)) == data


def test_twenty_thousand_notes_come_back():
    every = tuple(
        Note(i * 37 % 128, i * 0.0501, 0.3 + i % 7, 1 + i % 126 + 0.5, id=i) for i in range(20_000)
    )
    clip = Clip(every, 1200.0)
    data = midi_bytes(song_of([clip]))
    assert read_midi(data).parts[0].clip == clip


channel_messages = st.one_of(
    st.builds(
        lambda c, p, v: bytes((0x90 | c, p, v)),
        st.integers(0, 2),
        st.integers(59, 61),
        st.sampled_from([0, 1, 90, 127]),
    ),
    st.builds(
        lambda c, p, v: bytes((0x90 | c, p, v)),
        st.integers(0, 2),
        st.integers(59, 61),
        st.sampled_from([0, 1, 90, 127]),
    ),
    st.builds(
        lambda c, p, v: bytes((0x80 | c, p, v)),
        st.integers(0, 2),
        st.integers(59, 61),
        st.sampled_from([0, 64, 100]),
    ),
    st.builds(lambda c, v: bytes((0xB0 | c, 64, v)), st.integers(0, 3), st.integers(0, 127)),
    st.builds(lambda c: bytes((0xB0 | c, 0, 1)), st.integers(0, 3)),
    st.builds(lambda c, v: bytes((0xC0 | c, v)), st.integers(0, 3), st.integers(0, 127)),
    st.builds(lambda c, v: bytes((0xE0 | c, 0, v)), st.integers(0, 3), st.integers(0, 127)),
    st.builds(lambda c, v: bytes((0xD0 | c, v)), st.integers(0, 3), st.integers(0, 127)),
    st.builds(lambda c, v: bytes((0xA0 | c, 60, v)), st.integers(0, 3), st.integers(0, 127)),
)
metas = st.one_of(
    st.sampled_from([1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 0x20, 0x21, 0x54, 0x59, 0x60, 0x7F]).flatmap(
        lambda kind: st.one_of(
            st.binary(max_size=4), st.sampled_from([b"Piano", b"Caf\xe9", b"Drums", b""])
        ).map(lambda content: bytes((0xFF, kind)) + content)
    ),
    st.builds(lambda s, m: bytes((0xFF, 0x59, s % 256, m)), st.integers(-8, 8), st.integers(0, 2)),
    st.builds(lambda t: b"\xff\x51" + t.to_bytes(3, "big"), st.integers(60_000, 2**24 - 1)),
    st.builds(lambda n, p: bytes((0xFF, 0x58, n, p, 24, 8)), st.integers(1, 12), st.integers(0, 5)),
    st.binary(max_size=3).map(lambda content: b"\xf0" + content),
    st.binary(max_size=3).map(lambda content: b"\xf7" + content),
)


@st.composite
def foreign_files(draw):
    ticks_per_beat = draw(st.sampled_from([1, 7, 24, 96, 480, 32767]))
    file_format = draw(st.integers(0, 1))
    tracks = []
    for _ in range(1 if file_format == 0 else draw(st.integers(1, 4))):
        tick = 0
        events = []
        for message in draw(
            st.lists(st.one_of(channel_messages, channel_messages, metas), max_size=25)
        ):
            tick += draw(st.sampled_from([0, 0, 1, ticks_per_beat]))
            events.append(TimedEvent(tick, message))
        tracks.append(
            Track(tuple(events), tick + draw(st.sampled_from([0, 1, 5 * ticks_per_beat])))
        )
    data = bytearray(serialise(ticks_per_beat, tracks))
    data[9] = file_format
    return bytes(data)


@settings(SETTINGS, max_examples=150)
@given(foreign_files())
def test_files_of_others_survive(data):
    song = read_midi(data)
    again = read_midi(midi_bytes(song))
    assert again == song


@settings(SETTINGS, max_examples=100)
@given(foreign_files())
def test_no_channel_message_of_others_is_lost(data):
    """What is no note is among the events, once; or it is the program of its part."""
    song = read_midi(data)
    told = [e.data for part in song.parts for e in part.events if e.data[0] < 0xF0]
    for part in song.parts:
        change = 0xC0 | part.channel
        if part.program is not None and not any(e.data[0] == change for e in part.events):
            told.append(bytes((change, part.program)))
    raw = [e.data for track in parse(data).tracks for e in track.events]
    assert sorted(told) == sorted(m for m in raw if 0xA0 <= m[0] < 0xF0)


@settings(SETTINGS, max_examples=100)
@given(foreign_files())
def test_every_onset_of_others_is_kept(data):
    def onsets(source):
        tracks = parse(source).tracks
        return sorted(
            (e.tick, e.data)
            for t in tracks
            for e in t.events
            if e.data[0] & 0xF0 == 0x90 and e.data[2]
        )

    assert onsets(midi_bytes(read_midi(data))) == onsets(data)


@SETTINGS
@given(foreign_files(), st.data())
def test_damaged_files_are_refused_or_read(data, choose):
    """Any damage gives a song or BadFile, never another error."""
    at = choose.draw(st.integers(0, len(data) - 1))
    broken = (
        data[:at] + choose.draw(st.binary(max_size=3)) + data[at + choose.draw(st.integers(0, 3)) :]
    )
    try:
        outcome = read_midi(broken)
    except BadFile as error:
        outcome = error
    assert isinstance(outcome, Song) or outcome.message.endswith(".")


def test_sorted_clips_need_no_extras_for_their_order():
    clip = Clip((Note(60, 0, 1), Note(64, 0, 1), Note(67, 1, 3)), 4.0, name="Keys")
    assert b"nextbar" not in midi_bytes(song_of([clip]))
    assert b"nextbar" not in midi_bytes(song_of([replace(clip, tempo_bpm=123.0)]))
    muted = clip.with_notes(sorted((*clip.notes, Note(62, 0, 1, mute=True)), key=note_order))
    assert b'"index"' not in midi_bytes(song_of([muted]))
