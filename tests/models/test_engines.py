# SPDX-License-Identifier: Apache-2.0
"""The engine contract, for every engine that ships: valid, repeatable, interruptible, clear.

The variable ENGINE_UNDER_TEST adds one of your own: `my_package.engine:Mine`.
"""

import contextlib
import gc
import os
import random
import time
from dataclasses import replace

import pytest
from clips import clips
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from show import show

from bridge.core.prepare import find_command, prepare
from models import examples
from models.clip import Clip, Note
from models.contract import conclude
from models.engine import Partial, Progress, Result
from models.errors import BadArgument, BadClip, NextbarError
from models.metre import Metre
from models.registry import BUILT_IN, Listing, load_class
from models.wire import event_from_data, event_to_data

# The contract holds whatever the weights say, and random ones of a tiny network are quick.
STAND_INS = {
    "models.engines.clip.engine:ClipModel": "tiny_clip:TinyClip",
    "models.engines.drums.engine:Drums": "tiny_drums:TinyDrums",
    "models.engines.morph.engine:Morph": "tiny_morph:TinyMorph",
    "models.engines.performer.engine:Performer": "tiny_performer:TinyPerformer",
}
OWN = tuple(filter(None, [os.environ.get("ENGINE_UNDER_TEST")]))
PLACES = (*(STAND_INS.get(place, place) for place in BUILT_IN), *OWN)
# Those that make sound are held to theirs in test_audio_engines.py.
ENGINES = tuple(
    Listing(load_class(place).info, place) for place in PLACES if not load_class(place).info.audio
)
ASKED = [
    (engine, command, role)
    for engine in ENGINES
    for command in engine.info.commands
    for role in (engine.info.roles if command == "accompany" else [""])
]
IDS = ["-".join(filter(None, (e.info.name, command, role))) for e, command, role in ASKED]
GIVEN = {"infill": {"from_beats": 0.0, "to_beats": 2.0}, "continue": {"bars": 2}}
NOTHING_TO_HEAR = {"empty", "only muted"}
PLAIN_MUSIC = {
    "one note",
    "full to the last tick",
    "triplets",
    "half a bar too long",
    "3/4",
    "5/4",
    "6/8",
    "7/8",
}
HARD = {
    "empty": Clip((), 4.0),
    "only muted": Clip((Note(60, 0.0, 1.0, mute=True),), 4.0),
    "outside the loop": Clip((Note(60, 8.0, 1.0),), 16.0, 0.0, 4.0),
    "one note": Clip((Note(60, 0.0, 1.0),), 4.0),
    "full to the last tick": Clip(tuple(Note(60 + n, n / 4, 0.25) for n in range(16)), 4.0),
    "lowest and highest": Clip((Note(0, 0.0, 1.0), Note(127, 1.0, 1.0), Note(60, 2.0, 2.0)), 4.0),
    "overlaps": Clip(tuple(Note(60, n / 8, 2.0) for n in range(16)), 4.0),
    "triplets": Clip(tuple(Note(60 + n % 5, n / 3, 1 / 3) for n in range(24)), 8.0),
    "half a bar too long": Clip(tuple(Note(62 + n % 3, n / 2, 0.4) for n in range(12)), 6.0),
    "shorter than a bar": Clip((Note(60, 0.0, 0.3), Note(64, 0.5, 0.2)), 0.75),
    "everything": examples.clip_of_everything(),
    **{str(metre): Clip(tuple(Note(60 + n % 7, n / 2, 0.5) for n in range(21)), 10.5, metre=metre)
       for metre in (Metre(3, 4), Metre(5, 4), Metre(6, 8), Metre(7, 8))},
}  # fmt: skip


def request_of(engine, command, role, clip, **given):
    values = {**GIVEN.get(command, {}), **given, "engine": engine.info.name}
    if role:
        values["role"] = role
    if "melodic" not in engine.info.reads(command):
        clip = as_drums(clip)
    if "drums" not in engine.info.reads(command):
        clip = replace(clip, kind="melodic", pads=())
    asked = [clip, turned(clip)] if find_command(command).clips[0] == 2 else [clip]
    return prepare(
        find_command(command), asked, values, engines=ENGINES, rng=random.Random(1)
    ).request


def as_drums(clip):
    """The same rhythm on a drum kit."""
    kit = (36, 38, 42, 46, 43, 47, 50, 49, 51)
    notes = (replace(note, pitch=kit[note.pitch % len(kit)]) for note in clip.notes)
    return replace(clip, kind="drums", pads=(), notes=tuple(notes))


@contextlib.contextmanager
def garbage_left_alone():
    """Collecting what the whole suite has left behind is not the engine's time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def turned(clip):
    """The same notes half a loop later, the end at the beginning: another clip to lead to."""
    start, length = clip.loop_start_beats, clip.loop_beats
    return clip.with_notes(
        replace(note, start_beats=start + (note.start_beats - start + length / 2) % length)
        for note in clip.notes
    )


def ask(engine, command, role, clip, **given):
    """Every event; the last one is the concluded result."""
    request = request_of(engine, command, role, clip, **given)
    loaded = load_class(engine.place)()
    loaded.load("cpu")
    events = list(loaded.generate(request))
    assert isinstance(events[-1], Result)
    assert not any(isinstance(event, Result) for event in events[:-1])
    return [*events[:-1], conclude(request, events[-1], engine.info)]


def ask_or_refusal(engine, command, role, clip, **given):
    """The concluded result, or None after a clear error."""
    refusal = NextbarError("", where="")
    try:
        return ask(engine, command, role, clip, **given)[-1]
    except (BadClip, BadArgument) as error:
        refusal = error
    assert refusal.where
    assert refusal.message.endswith(".")
    return None


@pytest.mark.parametrize(("engine", "command", "role"), ASKED, ids=IDS)
class TestEveryEngine:
    @pytest.mark.parametrize("name", HARD)
    def test_hard_clips_give_a_valid_answer_or_a_clear_error(self, engine, command, role, name):
        result = ask_or_refusal(engine, command, role, HARD[name])
        if name in NOTHING_TO_HEAR:
            assert result is None
        if name in PLAIN_MUSIC:
            assert any(part.notes for part in result.answers[0].parts), show(HARD[name])

    def test_the_same_seed_gives_the_same_notes_and_others_others(self, engine, command, role):
        answers = [
            ask(engine, command, role, examples.melody(), seed=seed)[-1].answers
            for seed in (7, 7, *range(8, 14))
        ]
        assert answers[0] == answers[1]
        if engine.info.name != "echo":
            assert any(answer != answers[0] for answer in answers)

    def test_progress_rises_and_partials_hold_every_new_note(self, engine, command, role):
        source = examples.melody()
        events = ask(engine, command, role, source, takes=2)
        fractions = [event.fraction for event in events if isinstance(event, Progress)]
        assert fractions == sorted(fractions)
        assert fractions[0] >= 0
        assert fractions[-1] <= 1
        for take, answer in enumerate(events[-1].answers[:1]):
            told = [
                note
                for event in events
                if isinstance(event, Partial) and event.take == take
                for note in event.notes
            ]
            fresh = [note for part in answer.parts for note in part.notes if note.origin != "kept"]
            assert sorted(told, key=repr) == sorted(fresh, key=repr)

    def test_takes_differ(self, engine, command, role):
        result = ask(engine, command, role, examples.melody(), takes=4)[-1]
        if engine.info.name == "echo":
            return
        contents = {tuple(part.notes for part in answer.parts) for answer in result.answers}
        assert len(contents) == 4

    def test_it_can_be_stopped_after_any_yield(self, engine, command, role):
        request = request_of(engine, command, role, examples.melody())
        for stop_after in range(4):
            events = load_class(engine.place)().generate(request)
            for _ in range(stop_after + 1):
                next(events, None)
            events.close()

    def test_events_survive_the_wire(self, engine, command, role):
        for event in ask(engine, command, role, examples.melody()):
            assert event_from_data(event_to_data(event)) == event

    def test_twenty_thousand_notes_are_answered_and_never_silent_for_long(
        self, engine, command, role
    ):
        notes = tuple(Note(48 + (n * 7) % 24, n / 4, 0.25) for n in range(20_000))
        request = request_of(engine, command, role, Clip(notes, 5000.0))
        gaps, before = [0.0, 0.0], time.process_time()
        with contextlib.suppress(BadClip), garbage_left_alone():
            for _ in load_class(engine.place)().generate(request):
                gaps.append(time.process_time() - before)
                before = time.process_time()
        assert sorted(gaps)[-2] < 0.5  # a worker that is silent for longer is killed

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(clip=clips(), seed=st.integers(0, 9), similarity=st.floats(0, 1))
    @example(clip=examples.clip_of_everything(), seed=0, similarity=0.5)
    def test_any_clip_gives_a_valid_answer_or_a_clear_error(
        self, engine, command, role, clip, seed, similarity
    ):
        names = {param.name for param in find_command(command).params}
        given = {"similarity": similarity} if "similarity" in names else {}
        if command == "infill":
            given |= {"from_beats": clip.loop_start_beats, "to_beats": clip.loop_end_beats}
        ask_or_refusal(engine, command, role, clip, seed=seed, **given)
