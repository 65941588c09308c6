# SPDX-License-Identifier: Apache-2.0
"""What is played becomes clips: pedal, overlaps, stuck notes, floods; and where phrases end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.doors.midi.messages import control, note_off, note_on
from bridge.doors.midi.phrase import Frame, Rule, is_over, phrase_of
from bridge.doors.midi.recorder import MOST_NOTES, Recorder
from bridge.doors.midi.timeline import Timeline
from models.metre import Metre
from models.midi import midi_bytes

LINE = Timeline(0.0, 0.0, 120.0)
FRAME = Frame(Metre(4, 4), 120.0)
RULE = Rule(Metre(4, 4), bars=2, lead_beats=0.0, silence_beats=2.0)


def played(*messages, cut=100.0):
    recorder = Recorder()
    for beats, data in messages:
        recorder.hear(data, beats)
    return recorder.cut(cut)


def spans(recording):
    return [(note.pitch, note.start_beats, note.end_beats) for note in recording.notes]


notes = st.lists(
    st.tuples(st.integers(0, 127), st.floats(0, 40), st.floats(0.01, 4), st.integers(1, 127)),
    min_size=1,
    max_size=40,
    unique_by=lambda note: note[0],
)


@given(notes=notes)
def test_every_note_comes_back_as_it_was_played(notes):
    messages = []
    for pitch, start, length, velocity in notes:
        messages += [(start, note_on(3, pitch, velocity)), (start + length, note_off(3, pitch, 77))]
    recording = played(*sorted(messages, key=lambda item: item[0]))
    phrase = phrase_of(recording, LINE, FRAME)
    back = {n.pitch: n for n in phrase.clips[0].notes}
    for pitch, start, length, velocity in notes:
        note = back[pitch]
        assert note.start_beats + phrase.start_beats == pytest.approx(start)
        assert note.duration_beats == pytest.approx(length)
        assert (note.velocity, note.release_velocity) == (velocity, 77)
    assert len(back) == len(notes)
    assert recording.stuck == 0


def test_the_pedal_holds_notes_until_it_goes_up():
    recording = played(
        (0.0, note_on(0, 60, 90)),
        (0.5, control(0, 64, 127)),
        (1.0, note_off(0, 60)),
        (3.0, control(0, 64, 0)),
    )
    assert spans(recording) == [(60, 0.0, 3.0)]
    assert [g.data for g in recording.gestures] == [control(0, 64, 127), control(0, 64, 0)]


def test_a_key_struck_again_under_the_pedal_ends_what_the_pedal_held():
    recording = played(
        (0.0, control(0, 64, 127)),
        (0.0, note_on(0, 60, 90)),
        (1.0, note_off(0, 60)),
        (2.0, note_on(0, 60, 80)),
        (2.5, note_off(0, 60)),
        (4.0, control(0, 64, 0)),
    )
    assert spans(recording) == [(60, 0.0, 2.0), (60, 2.0, 4.0)]


def test_overlapping_notes_of_one_pitch_end_first_in_first_out():
    recording = played(
        (0.0, note_on(0, 60, 90)),
        (1.0, note_on(0, 60, 80)),
        (2.0, note_off(0, 60)),
        (3.0, note_off(0, 60)),
    )
    assert spans(recording) == [(60, 0.0, 2.0), (60, 1.0, 3.0)]


def test_channels_do_not_end_each_others_notes():
    recording = played(
        (0.0, note_on(0, 60, 90)), (0.0, note_on(1, 60, 90)), (1.0, note_off(1, 60)), cut=4.0
    )
    assert spans(recording) == [(60, 0.0, 4.0), (60, 0.0, 1.0)]
    assert recording.stuck == 1


def test_all_notes_off_ends_what_sounds():
    recording = played((0.0, note_on(0, 60, 90)), (2.0, control(0, 123, 0)))
    assert spans(recording) == [(60, 0.0, 2.0)]
    assert recording.stuck == 0


def test_a_note_off_without_a_note_and_strange_bytes_are_passed_over():
    recording = played((0.0, note_off(0, 60)), (0.5, b"\xf0\x7d\xf7"), (1.0, b"\xc0\x05"))
    assert recording.notes == recording.gestures == ()


def test_a_flood_of_controllers_is_thinned_and_its_last_value_kept():
    recorder = Recorder()
    for step in range(20_000):  # two seconds of 10,000 a second at 120 bpm: four beats
        recorder.hear(control(0, 1, step % 128), step / 5000)
    recording = recorder.cut(4.0)
    assert len(recording.gestures) <= 4 * 96 + 1
    assert recording.gestures[-1].data == control(0, 1, 19_999 % 128)
    assert recorder.thinned + len(recording.gestures) == 20_000


def test_bends_and_pressure_stand_beside_the_notes_in_the_file():
    recording = played(
        (4.0, note_on(2, 60, 90)),
        (4.25, b"\xe2\x00\x50"),
        (4.5, b"\xd2\x30"),
        (5.0, note_off(2, 60)),
    )
    song = phrase_of(recording, LINE, FRAME).song()
    part = song.parts[0]
    assert part.channel == 2
    assert [(event.tick, event.data) for event in part.events] == [
        (240, b"\xe2\x00\x50"),
        (480, b"\xd2\x30"),
    ]
    assert midi_bytes(song).startswith(b"MThd")


def test_drums_are_a_clip_of_their_own():
    recording = played(
        (0.0, note_on(0, 60, 90)),
        (0.0, note_on(9, 36, 90)),
        (1.0, note_off(9, 36)),
        (1.0, note_off(0, 60)),
    )
    phrase = phrase_of(recording, LINE, FRAME)
    assert [clip.kind for clip in phrase.clips] == ["melodic", "drums"]


def test_a_note_a_little_early_belongs_to_the_bar_it_was_meant_for():
    recording = played((3.95, note_on(0, 60, 90)), (5.0, note_off(0, 60)))
    phrase = phrase_of(recording, LINE, FRAME)
    assert phrase.start_beats == 4.0
    assert phrase.clips[0].notes[0].start_beats == pytest.approx(-0.05)
    assert phrase.asked()[0].notes[0].start_beats == 0.0
    assert phrase.length_beats == 4.0


def test_notes_are_moved_to_the_grid_only_on_request():
    recording = played((0.27, note_on(0, 60, 90)), (0.77, note_off(0, 60)))
    free = phrase_of(recording, LINE, FRAME).clips[0].notes[0]
    tight = phrase_of(recording, LINE, Frame(Metre(), 120.0, quantise_beats=0.25)).clips[0].notes[0]
    assert free.start_beats == 0.27
    assert (tight.start_beats, tight.duration_beats) == (0.25, free.duration_beats)


def test_a_phrase_ends_by_silence_but_not_while_a_note_is_held():
    recorder = Recorder()
    assert not is_over(recorder, LINE, 50.0, "silence", RULE)
    recorder.hear(note_on(0, 60, 90), 1.0)
    assert not is_over(recorder, LINE, 9.0, "silence", RULE)
    recorder.hear(note_off(0, 60), 9.0)
    assert not is_over(recorder, LINE, 10.9, "silence", RULE)
    assert is_over(recorder, LINE, 11.1, "silence", RULE)


def test_a_stuck_note_does_not_keep_a_phrase_open_for_ever():
    recorder = Recorder()
    recorder.hear(note_on(0, 60, 90), 0.0)
    assert not is_over(recorder, LINE, 31.0, "silence", RULE)
    assert is_over(recorder, LINE, 32.0, "silence", RULE)
    assert phrase_of(recorder.cut(32.0), LINE, FRAME).stuck == 1


def test_a_phrase_of_two_bars_ends_at_their_bar_line():
    recorder = Recorder()
    recorder.hear(note_on(0, 60, 90), 5.0)
    assert not is_over(recorder, LINE, 11.9, "bars", RULE)
    assert is_over(recorder, LINE, 12.0, "bars", RULE)


def test_a_phrase_that_nobody_ends_is_ended_before_it_grows_too_long():
    recorder = Recorder()
    recorder.hear(note_on(0, 60, 90), 0.0)
    assert not is_over(recorder, LINE, 64 * 4 - 1, "control", RULE)
    assert is_over(recorder, LINE, 64 * 4, "control", RULE)
    for index in range(MOST_NOTES + 10):
        recorder.hear(note_on(0, index % 128, 90), 1.0)
    assert len(recorder) == MOST_NOTES
    assert is_over(recorder, LINE, 2.0, "control", RULE)


@given(onset=st.floats(0, 200), numerator=st.integers(1, 13), denominator=st.sampled_from([4, 8]))
def test_a_phrase_is_whole_bars_in_any_metre(onset, numerator, denominator):
    metre = Metre(numerator, denominator)
    recording = played((onset, note_on(0, 60, 90)), (onset + 0.3, note_off(0, 60)), cut=300)
    phrase = phrase_of(recording, LINE, Frame(metre, 120.0))
    bars = phrase.length_beats / metre.bar_beats
    assert bars == pytest.approx(round(bars))
    start = phrase.clips[0].notes[0].start_beats
    assert -0.125 - 1e-6 <= start < phrase.length_beats
