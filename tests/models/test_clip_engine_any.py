# SPDX-License-Identifier: Apache-2.0
"""Any clip, any command, any knob: a valid answer or a clear refusal, whatever the weights say."""

from clip_asking import ask, fresh, most_at_once
from clips import clips
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from show import show
from tiny_clip import TinyClip

from models import examples
from models.errors import BadArgument, BadClip

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
ENGINES = tuple(TinyClip(seed) for seed in range(3))
SHAPE = {
    "adventure": st.floats(0, 1),
    "density": st.floats(0.25, 4),
    "low_pitch": st.none() | st.integers(0, 70),
    "high_pitch": st.none() | st.integers(50, 127),
    "scale_lock": st.booleans(),
    "similarity": st.floats(0, 1),
    "style": st.sampled_from(("", "folk", "rock")),
}
shapes = st.fixed_dictionaries({}, optional=SHAPE)
engines = st.sampled_from(ENGINES)
seeds = st.integers(0, 99)


def result_or_refusal(command, given_clips, engine, **given):
    """The result, which the contract holds for; None after an error that says what to do."""
    try:
        return ask(command, given_clips, engine, **given)
    except (BadClip, BadArgument) as error:
        refusal = error
    assert refusal.where
    assert refusal.message.endswith(".")
    return None


def check_new(clip, result, given):
    """Range and scale of new notes, which the contract does not know."""
    for answer in result.answers if result else ():
        for part in answer.parts:
            pitches = {note.pitch for note in fresh(part)}
            if given.get("low_pitch") is not None and pitches:
                assert min(pitches) >= given["low_pitch"], show(part)
            if given.get("high_pitch") is not None and pitches:
                assert max(pitches) <= given["high_pitch"], show(part)


@SLOW
@given(clip=clips(), engine=engines, seed=seeds, given_=shapes, bars=st.integers(1, 9))
@example(clip=examples.clip_of_everything(), engine=ENGINES[0], seed=1, given_={}, bars=9)
def test_continue(clip, engine, seed, given_, bars):
    loop = bool(seed % 2)
    result = result_or_refusal(
        "continue", [clip], engine, seed=seed, bars=bars, loop=loop, takes=1 + seed % 2, **given_
    )
    check_new(clip, result, given_)


@SLOW
@given(
    clip=clips(),
    engine=engines,
    seed=seeds,
    given_=shapes,
    span=st.tuples(st.floats(-1, 16), st.floats(0.01, 12)),
    lock=st.lists(st.integers(0, 127), max_size=4),
)
@example(
    clip=examples.clip_of_everything(),
    engine=ENGINES[0],
    seed=1,
    given_={},
    span=(3.9, 5.0),
    lock=[62],
)
def test_infill(clip, engine, seed, given_, span, lock):
    low = max(span[0], clip.loop_start_beats)
    high = min(low + span[1], clip.length_beats)
    result = result_or_refusal(
        "infill",
        [clip],
        engine,
        seed=seed,
        from_beats=low,
        to_beats=high,
        lock=lock,
        takes=1 + seed % 2,
        **given_,
    )
    check_new(clip, result, given_)


@SLOW
@given(
    clip=clips(),
    engine=engines,
    seed=seeds,
    given_=st.fixed_dictionaries(
        {
            "amount": st.floats(0, 1),
            "keep": st.sampled_from(("", "rhythm", "pitches")),
            "density": st.sampled_from((0.5, 1.0, 2.0)),
            "lock": st.lists(st.integers(0, 127), max_size=4),
        }
    ),
)
@example(
    clip=examples.clip_of_everything(),
    engine=ENGINES[1],
    seed=1,
    given_={"amount": 1.0, "keep": "rhythm"},
)
def test_vary(clip, engine, seed, given_):
    result_or_refusal("vary", [clip], engine, seed=seed, takes=1 + seed % 3, **given_)


@SLOW
@given(
    given_clips=st.lists(clips(max_notes=12), min_size=1, max_size=3),
    engine=engines,
    seed=seeds,
    given_=shapes,
    role=st.sampled_from(("bass", "chords", "melody", "counter", "drums")),
)
def test_accompany(given_clips, engine, seed, given_, role):
    result = result_or_refusal("accompany", given_clips, engine, seed=seed, role=role, **given_)
    if result and role in {"bass", "counter", "melody"} and "wrote" not in str(result.degraded):
        assert most_at_once(result.answers[0].parts[0].notes, 0.02) <= 1
    if role != "drums":
        check_new(given_clips[0], result, given_)


@SLOW
@given(
    given_clips=st.lists(clips(max_notes=8), max_size=2),
    engine=engines,
    seed=seeds,
    role=st.sampled_from(("bass", "chords", "melody", "drums", "trio")),
    chords=st.sampled_from(("", "Am F C G", "Dm7|G7 Cmaj7")),
    metre=st.sampled_from(("", "7/8", "3/4", "13/16")),
)
def test_generate(given_clips, engine, seed, role, chords, metre):
    metre = "" if given_clips else metre
    result_or_refusal(
        "generate", given_clips, engine, seed=seed, role=role, chords=chords, metre=metre, bars=3
    )


@SLOW
@given(clip=clips(max_notes=8), engine=engines, seed=seeds)
def test_harmonise(clip, engine, seed):
    voices = ("soprano", "alto", "tenor", "bass")[seed % 4]
    result_or_refusal("harmonise", [clip], engine, seed=seed, voices=voices)
