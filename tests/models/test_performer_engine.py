# SPDX-License-Identifier: Apache-2.0
"""Grooves as an engine gives them: what may change, what must not, and what is said."""

from dataclasses import fields, replace

import pytest
from clip_asking import ask, ask_or_refusal, events_of, request_of
from clips import clips
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from performers import played, rock
from show import show
from tiny_performer import TinyPerformer

from models import examples
from models.clip import Clip, Note
from models.engine import Progress
from models.engines.performer.engine import Performer
from models.engines.performer.playing import between
from models.errors import BadClip, NoEngine
from models.metre import Metre

ENGINES = tuple(TinyPerformer(seed) for seed in range(3))
MAY_CHANGE = {"start_beats", "duration_beats", "velocity", "origin"}
STAYS = [field.name for field in fields(Note) if field.name not in MAY_CHANGE]


def take(given_clips, engine=ENGINES[0], **given):
    return ask("groove", given_clips, engine, **given).answers[0].parts[0]


def assert_notes(source, result, given, words):
    """All nine fields of every note, in the order of the source."""
    assert replace(result, notes=()) == replace(source, notes=())
    locks, ids = given.get("lock", ()), given.get("lock_ids", ())
    for before, after in zip(source.notes, result.notes, strict=True):
        assert [getattr(after, name) for name in STAYS] == [getattr(before, name) for name in STAYS]
        if before.mute or before.pitch in locks or before.id in ids:
            assert after == before, words
        if not given.get("timing", True):
            assert after.start_beats == before.start_beats
            assert after.duration_beats == before.duration_beats
        if not given.get("dynamics", True):
            assert after.velocity == before.velocity
        assert 1 <= after.velocity <= 127
        assert 0 < after.duration_beats <= before.duration_beats
        assert after.origin == "edited" or after == before


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    clip=clips(),
    model=st.none() | clips(),
    engine=st.sampled_from(ENGINES),
    given_=st.fixed_dictionaries(
        {"seed": st.integers(0, 9)},
        optional={
            "amount": st.floats(0, 1),
            "timing": st.booleans(),
            "dynamics": st.booleans(),
            "adventure": st.sampled_from((0.0, 0.3, 1.0)),
            "style": st.sampled_from(("", "rock", "chorale")),
            "lock": st.lists(st.integers(0, 127), max_size=4),
            "lock_ids": st.lists(st.integers(0, 10_000), max_size=4),
            "takes": st.integers(1, 3),
        },
    ),
)
@example(
    clip=examples.clip_of_everything(),
    model=None,
    engine=ENGINES[0],
    given_={"seed": 1, "adventure": 1.0, "amount": 1.0, "lock": [60], "lock_ids": [20, 41]},
)
def test_any_clip_keeps_to_the_note_contract(clip, model, engine, given_):
    given_clips = [clip] if model is None else [clip, model]
    result = ask_or_refusal("groove", given_clips, engine, **given_)
    for answer in result.answers if result else ():
        assert_notes(clip, answer.parts[0], given_, show(clip))


@pytest.mark.parametrize("given_", [{"amount": 0}, {"timing": False, "dynamics": False}])
def test_where_nothing_is_asked_the_very_notes_come_back_and_it_is_said(given_):
    source = rock()
    result = ask("groove", [source], ENGINES[0], takes=3, **given_)
    assert [answer.parts[0].notes for answer in result.answers] == [source.notes]
    assert "the clip is as it was" in result.degraded[0]


def test_a_clip_whose_lanes_are_all_locked_is_as_it_was():
    result = ask("groove", [rock()], ENGINES[0], lock=[36, 38, 42])
    assert result.answers[0].parts[0].notes == rock().notes
    assert "nothing here may change" in result.degraded[0]


def test_adventure_zero_is_the_same_for_every_seed_and_one_take():
    results = [
        ask("groove", [rock()], ENGINES[0], adventure=0, takes=3, seed=seed) for seed in (1, 2)
    ]
    assert results[0].answers == results[1].answers
    assert len(results[0].answers) == 1
    assert results[0].degraded[0].startswith("1 of 3 takes: adventure 0")


def test_more_adventure_goes_farther_from_the_middle():
    middle = take([rock()], adventure=0)

    def far(adventure):
        notes = zip(take([rock()], adventure=adventure).notes, middle.notes, strict=True)
        return sum(abs(new.velocity - old.velocity) for new, old in notes)

    assert 0 < far(0.1) < far(0.5) < far(1.0)


def test_between_two_playings_keeps_what_both_left_alone():
    source = rock()
    late = source.with_notes(
        replace(note, start_beats=note.start_beats + 0.02, origin="edited") if i else note
        for i, note in enumerate(source.notes)
    )
    half = between(source, source, late, 0.5)
    assert half.notes[0] is source.notes[0]
    assert half.notes[1].start_beats == pytest.approx(source.notes[1].start_beats + 0.01)
    assert half.notes[1].origin == "edited"


def test_the_feel_of_a_second_clip_is_taken_once_and_only_in_the_loop():
    long = rock(4)
    looped = replace(long, loop_end_beats=8.0)
    result = ask("groove", [looped, played()], ENGINES[0], amount=1.0, takes=2, style="rock")
    after = result.answers[0].parts[0]
    assert len(result.answers) == 1
    moved = {note.start_beats for note in after.notes if note.origin == "edited"}
    assert moved
    assert max(moved) < 8.0 + 0.1
    words = " / ".join(result.degraded)
    assert "1 of 2 takes" in words
    assert "outside the loop" in words
    assert "style did nothing" in words


def test_notes_outside_the_loop_are_played_where_there_is_one_clip():
    looped = replace(rock(4), loop_end_beats=8.0)
    after = take([looped], amount=1.0)
    assert any(note.origin == "edited" for note in after.notes if note.start_beats > 8.5)


@pytest.mark.parametrize("clip", [Clip((), 4.0), Clip((Note(60, 0.0, 1.0, mute=True),), 4.0)])
def test_silence_is_refused(clip):
    with pytest.raises(BadClip, match="no sounding note"):
        ask("groove", [clip], ENGINES[0])


def test_a_groove_in_another_metre_is_refused():
    with pytest.raises(BadClip, match="3/4"):
        ask("groove", [rock(), replace(played(), metre=Metre(3, 4))], ENGINES[0])


def test_without_weights_it_says_so_and_still_takes_the_groove_of_a_clip(tmp_path):
    engine = Performer(tmp_path / "none.safetensors")
    with pytest.raises(NoEngine, match="performer has no weights") as refusal:
        ask("groove", [rock()], engine)
    assert "install nextbar again" in refusal.value.message
    after = take([rock(), played()], engine)
    assert any(note.origin == "edited" for note in after.notes)


def test_a_melody_is_played_and_style_is_said_to_do_nothing():
    result = ask("groove", [examples.chord_pad()], ENGINES[0], style="funk")
    assert any(note.origin == "edited" for note in result.answers[0].parts[0].notes)
    assert "only drummers" in result.degraded[0]


def test_a_long_clip_gives_signs_of_life_and_can_be_left():
    long = Clip(tuple(Note(60 + n % 7, n / 4, 0.25) for n in range(4000)), 1000.0)
    events = events_of("groove", [long], ENGINES[0])
    assert sum(isinstance(event, Progress) for event in events) > 3
    half = ENGINES[0].generate(request_of("groove", [long], ENGINES[0]))
    next(half)
    next(half)
    half.close()
    assert take([rock()])
