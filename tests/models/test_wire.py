# SPDX-License-Identifier: Apache-2.0
"""Clips and events as JSON: exact both ways, and clear about what is wrong."""

import contextlib
import json

import pytest
from clips import clips
from hypothesis import given
from hypothesis import strategies as st

from models.clip import Clip, Note, Scale, TempoChange
from models.engine import Answer, Partial, Progress, Request, Result
from models.errors import BadClip
from models.metre import Metre, MetreChange
from models.wire import (
    clip_from_data,
    clip_to_data,
    event_from_data,
    event_to_data,
    request_from_data,
    request_to_data,
)

PLAIN = {"length_beats": 4, "notes": [{"pitch": 60, "start_beats": 0, "duration_beats": 1}]}


def through_json(data):
    return json.loads(json.dumps(data, allow_nan=False))


@given(clips())
def test_a_clip_survives_to_the_last_bit(clip):
    again = clip_from_data(through_json(clip_to_data(clip)))
    assert again == clip
    assert [note.origin for note in again.notes] == [note.origin for note in clip.notes]


@given(clips(), st.integers(0, 2**31 - 1))
def test_requests_and_events_survive(clip, seed):
    request = Request("vary", (clip,), {"lock": (36, 38), "amount": 1 / 3, "engine": None}, seed, 2)
    assert request_from_data(through_json(request_to_data(request))) == request
    for event in (
        Progress(0.5, "loading", 3),
        Partial(1, 0, 2, 0.0, 4.0, clip.notes, 1),
        Result((Answer((clip, clip)),), ("slow",), {"infer_ms": 1.5}),
    ):
        assert event_from_data(through_json(event_to_data(event))) == event


def test_lives_own_names_are_understood():
    live = {
        "pitch": 60,
        "start_time": 1.5,
        "duration": 0.25,
        "velocity": 99.5,
        "mute": 1,
        "probability": 0.5,
        "velocity_deviation": 3,
        "release_velocity": 10,
        "note_id": 77,
    }
    note = clip_from_data({**PLAIN, "notes": [live]}).notes[0]
    assert note == Note(60, 1.5, 0.25, 99.5, True, 0.5, 3.0, 10.0, 77)


def test_everything_a_clip_can_carry():
    clip = Clip(
        (Note(0, -1.0, 0.5), Note(127, 1 / 3, 1 / 3)),
        14.0,
        3.5,
        7.0,
        -1.0,
        Metre(7, 8),
        (MetreChange(7.0, Metre(3, 4)),),
        93.5,
        (TempoChange(7.0, 60.0),),
        Scale(9, (0, 3, 7), "x"),
        "drums",
        ((36, "Kick"),),
        "all",
    )
    assert clip_from_data(through_json(clip_to_data(clip))) == clip


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"length_beats": "4"}, "clip.length_beats"),
        ({"length_beats": 10**400}, "clip.length_beats"),
        ({"tempo_bpm": True}, "clip.tempo_bpm"),
        ({"colour": 3}, "clip.colour"),
        ({"metre": [4]}, "clip.metre"),
        ({"metre": "4/4"}, "clip.metre"),
        ({"metre": [4, 5]}, "clip.metre"),
        ({"metre_changes": [[4, 3]]}, "clip.metre_changes"),
        ({"scale": {"root": 0}}, "clip.scale.intervals"),
        ({"scale": 5}, "clip.scale"),
        ({"kind": "brass"}, "clip.kind"),
        ({"pads": [[36]]}, "clip.pads"),
        ({"notes": "none"}, "clip.notes"),
        ({"notes": [5]}, "clip.notes[0]"),
        ({"notes": [{"pitch": 60, "start_beats": 0}]}, "clip.notes[0].duration_beats"),
        ({"notes": [{**PLAIN["notes"][0], "colour": 3}]}, "clip.notes[0].colour"),
        ({"notes": [{**PLAIN["notes"][0], "pitch": 200}]}, "clip.notes[0].pitch"),
        ({"notes": [{**PLAIN["notes"][0], "pitch": 60.5}]}, "clip.notes[0].pitch"),
        ({"notes": [{**PLAIN["notes"][0], "mute": "maybe"}]}, "clip.notes[0].mute"),
        ({"notes": [{**PLAIN["notes"][0], "velocity": float("nan")}]}, "clip.notes[0].velocity"),
        (
            {"notes": {"fields": ["pitch", "start", "duration"], "rows": [[1, 2]]}},
            "clip.notes.rows[0]",
        ),
        ({"notes": {"fields": ["pitch", "pitch"], "rows": []}}, "clip.notes.fields"),
        ({"notes": {"rows": []}}, "clip.notes.fields"),
    ],
)
def test_what_is_wrong_is_named(change, where):
    with pytest.raises(BadClip) as refused:
        clip_from_data({**PLAIN, **change})
    assert refused.value.where == where
    assert refused.value.message.endswith(".")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from([*PLAIN, "pitch", "fields", "rows", "metre", "scale", "root"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_anything_else_is_refused_and_nothing_breaks(data):
    with pytest.raises(BadClip) as refused:
        clip_from_data([data])
    assert refused.value.where == "clip"
    outcome = None
    with contextlib.suppress(BadClip):
        outcome = clip_from_data(data)
    assert outcome is None or isinstance(outcome, Clip)
