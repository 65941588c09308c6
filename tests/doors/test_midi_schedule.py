# SPDX-License-Identifier: Apache-2.0
"""Notes on their way out: none hangs, whatever overlaps, is dropped or comes late."""

import random

from hypothesis import given
from hypothesis import strategies as st

from bridge.doors.midi.messages import ends_note, starts_note
from bridge.doors.midi.schedule import Schedule
from models.clip import Note


def fresh():
    return Schedule(random.Random(1))


def hanging(messages):
    """Pitches that sound after the messages, as a synthesiser hears them."""
    sounding = set()
    for data in messages:
        key = (data[0] & 0x0F, data[1])
        if starts_note(data):
            assert key not in sounding, "a note was struck again without an end"
            sounding.add(key)
        elif ends_note(data):
            sounding.discard(key)
    return sounding


some_notes = st.lists(
    st.builds(
        Note,
        st.integers(58, 64),
        st.floats(0, 16),
        st.floats(0.01, 6),
        st.floats(1, 127),
        mute=st.booleans(),
        probability=st.sampled_from([1.0, 0.5, 0.0]),
    ),
    max_size=60,
)


@given(notes=some_notes, steps=st.lists(st.floats(0.01, 2), max_size=40))
def test_in_steps_of_any_size_every_note_that_begins_ends(notes, steps):
    schedule = fresh()
    schedule.add_notes(notes, 4.0, 2)
    out, beats = [], 0.0
    for step in [*steps, 1000.0]:
        beats += step
        out += schedule.due(beats, beats - step)
    assert hanging([data for _, data in out]) == set()
    assert schedule.sounding == ()
    places = [place for place, _ in out]
    assert places == sorted(places)


@given(notes=some_notes, stop=st.floats(0, 30))
def test_silence_ends_all_that_sounds_and_the_rest_can_still_be_played(notes, stop):
    schedule = fresh()
    schedule.add_notes(notes, 0.0, 0)
    out = [data for _, data in schedule.due(stop, 0.0)]
    out += schedule.silence()
    assert hanging(out) == set()
    out += [data for _, data in schedule.due(1000.0, stop)]
    assert hanging(out) == set()


@given(notes=some_notes, stop=st.floats(0, 30))
def test_after_a_drop_nothing_begins_and_what_sounds_ends_in_its_time(notes, stop):
    schedule = fresh()
    schedule.add_notes(notes, 0.0, 0)
    before = [data for _, data in schedule.due(stop, 0.0)]
    schedule.drop()
    after = [data for _, data in schedule.due(1000.0, stop)]
    assert not any(starts_note(data) for data in after)
    assert hanging(before + after) == set()


def test_a_note_is_struck_at_its_place_with_its_velocity_and_released_with_its_own():
    schedule = fresh()
    schedule.add_notes([Note(60, 1.0, 0.5, 90.0, release_velocity=33.0)], 8.0, 4)
    assert schedule.due(9.0, 9.0) == []
    assert schedule.due(20.0, 9.0) == [(9.0, b"\x94\x3c\x5a"), (9.5, b"\x84\x3c\x21")]


def test_late_notes_are_counted_and_those_far_too_late_left_out():
    schedule = fresh()
    schedule.add_notes([Note(60, 0.0, 0.25), Note(62, 0.9, 0.25), Note(64, 1.0, 0.25)], 0.0, 0)
    out = schedule.due(1.1, 1.0)
    assert [data[1] for _, data in out if starts_note(data)] == [62, 64]
    assert (schedule.counts.notes, schedule.counts.late, schedule.counts.dropped) == (2, 1, 1)
    ends = {data[1]: beats for beats, data in schedule.due(5.0, 1.1) if ends_note(data)}
    assert ends[62] == 0.9 + 0.25 + 0.1  # late, but as long as it was meant


def test_other_messages_leave_before_the_notes_of_their_place():
    schedule = fresh()
    schedule.add_notes([Note(60, 0.0, 1.0)], 2.0, 0)
    schedule.add(2.0, b"\xc0\x05")
    assert [data[0] & 0xF0 for _, data in schedule.due(2.5, 0.0)] == [0xC0, 0x90]
