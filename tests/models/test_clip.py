# SPDX-License-Identifier: Apache-2.0
"""Notes, clips, metre and plain edits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clip import Clip, Note, Scale, TempoChange
from models.edit import continuation_frame, join, repeat
from models.errors import BadClip
from models.metre import Metre, MetreChange, bars_between


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pitch", -1),
        ("pitch", 128),
        ("pitch", 60.5),
        ("start_beats", math.nan),
        ("start_beats", math.inf),
        ("duration_beats", 0.0),
        ("duration_beats", -1.0),
        ("velocity", 0.5),
        ("velocity", 127.5),
        ("probability", 1.1),
        ("probability", math.nan),
        ("velocity_deviation", -128),
        ("release_velocity", 128),
    ],
)
def test_a_note_out_of_range_names_its_field(field, value):
    values = {"pitch": 60, "start_beats": 0.0, "duration_beats": 1.0, field: value}
    with pytest.raises(BadClip) as refused:
        Note(**values)
    assert refused.value.where == field


def test_origin_is_no_part_of_a_notes_value():
    assert Note(60, 0.0, 1.0, origin="new") == Note(60, 0.0, 1.0)
    assert Note(60, 0.0, 1.0, id=1) != Note(60, 0.0, 1.0)


@pytest.mark.parametrize(
    "frame",
    [
        {"length_beats": 0.0},
        {"length_beats": math.inf},
        {"loop_start_beats": 4.0},
        {"loop_end_beats": -2.0},
        {"loop_start_beats": math.nan},
        {"tempo_bpm": 0.0},
        {"tempo_bpm": math.nan},
        {"tempo_changes": (TempoChange(4.0, 0.0),)},
        {"metre_changes": (MetreChange(8.0, Metre()), MetreChange(4.0, Metre()))},
        {"pads": ((200, "Kick"),)},
    ],
)
def test_a_clip_with_an_impossible_frame_is_refused(frame):
    with pytest.raises(BadClip):
        Clip((), **{"length_beats": 4.0, **frame})


def test_what_plays_is_what_begins_in_the_loop_and_is_not_muted():
    notes = (
        Note(67, 3.0, 4.0),
        Note(60, 1.0, 1.0),
        Note(62, 2.0, 1.0, mute=True),
        Note(64, 0.5, 1.0),
        Note(65, 4.0, 1.0),
        Note(55, 3.0, 0.5),
    )
    clip = Clip(notes, 8.0, loop_start_beats=1.0, loop_end_beats=4.0)
    assert [note.pitch for note in clip.playing()] == [60, 55, 67]
    assert clip.loop_beats == 3.0


@pytest.mark.parametrize(
    ("metre", "bar", "pulse"),
    [
        (Metre(), 4.0, 1.0),
        (Metre(3, 4), 3.0, 1.0),
        (Metre(6, 8), 3.0, 1.5),
        (Metre(7, 8), 3.5, 0.5),
        (Metre(12, 8), 6.0, 1.5),
        (Metre(5, 4), 5.0, 1.0),
        (Metre(2, 2), 4.0, 2.0),
        (Metre(3, 8), 1.5, 0.5),
    ],
)
def test_metres_know_their_bar_and_pulse(metre, bar, pulse):
    assert (metre.bar_beats, metre.pulse_beats) == (bar, pulse)


def test_strength_falls_from_the_downbeat_down():
    four = [Metre().strength(beat) for beat in (0.0, 2.0, 1.0, 0.5, 0.25)]
    assert four == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert Metre(6, 8).strength(1.5) == 0.75
    assert Metre(3, 4).strength(1.5) == 0.25


@pytest.mark.parametrize("metre", [(0, 4), (4, 3), (100, 4), (4, 64)])
def test_impossible_metres_are_refused(metre):
    with pytest.raises(BadClip):
        Metre(*metre)


def test_bars_reach_back_before_beat_nought_and_follow_changes():
    changes = (MetreChange(4.0, Metre(3, 4)), MetreChange(10.0, Metre(7, 8)))
    bars = list(bars_between(Metre(), changes, -4.0, 14.0))
    assert [bar.start_beats for bar in bars] == [-4.0, 0.0, 4.0, 7.0, 10.0, 13.5]
    assert str(bars[-1].metre) == "7/8"


def test_a_change_cuts_the_bar_it_falls_into():
    bars = list(bars_between(Metre(), (MetreChange(6.0, Metre()),), 0.0, 10.0))
    assert [(bar.start_beats, bar.end_beats) for bar in bars] == [(0, 4), (4, 6), (6, 10)]


def test_a_scale_contains_its_pitches_in_every_octave():
    scale = Scale(2, (0, 2, 3, 5, 7, 8, 10), "Minor")
    assert all(pitch in scale for pitch in (2, 62, 65, 60))
    assert 61 not in scale
    with pytest.raises(BadClip):
        Scale(12, (0,))


def test_joining_leaves_the_source_as_it_is_and_starts_at_a_bar_line():
    source = Clip((Note(60, 0.0, 5.0, id=3), Note(62, 3.4, 0.1)), 3.5, name="odd")
    new = continuation_frame(source, 8.0).with_notes([Note(64, 1.0, 1.0, origin="new")])
    both = join(source, new)
    assert both.notes[:2] == source.notes
    assert both.notes[2].start_beats == 5.0
    assert (both.length_beats, both.loop_end_beats, both.name) == (12.0, 12.0, "odd")


def test_joining_after_a_metre_change_uses_the_last_metre():
    source = Clip((), 7.0, metre_changes=(MetreChange(4.0, Metre(3, 4)),))
    new = continuation_frame(source, 3.0)
    assert str(new.metre) == "3/4"
    assert join(source, new).length_beats == 10.0


@given(bars=st.integers(1, 8), loop=st.floats(0.1, 9.0), start=st.floats(-4.0, 4.0))
def test_a_repeat_fills_the_bars_and_hangs_over_nothing(bars, loop, start):
    source = Clip(
        (Note(60, start, 20.0),), 40.0, loop_start_beats=start, loop_end_beats=start + loop
    )
    clip = repeat(source, bars)
    assert clip.length_beats == bars * 4.0
    assert clip.notes
    assert all(note.end_beats <= clip.length_beats + 1e-9 for note in clip.notes)
