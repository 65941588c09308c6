# SPDX-License-Identifier: Apache-2.0
"""Morphs and sliders as an engine gives them: ends, locks, range, words."""

from dataclasses import replace

import pytest
from clip_asking import ask, ask_or_refusal, most_at_once
from clips import clips
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from melody_spaces import ARCH, SCALE, tune
from performers import rock
from show import show
from tiny_morph import TinyMorph

from bridge.core.prepare import find_command, prepare
from models import examples
from models.clip import Clip, Note, Scale
from models.engines.clip.engine import ClipModel
from models.engines.morph.engine import Morph
from models.engines.morph.splinters import least_gap, without_splinters
from models.engines.motif import Motif
from models.errors import BadClip, NoEngine
from models.metre import Metre
from models.registry import Listing, choose

ENGINES = tuple(TinyMorph(seed) for seed in range(2))
FIRST, SECOND = tune(SCALE), tune(ARCH, 1.0)
C_MAJOR = Scale(0, (0, 2, 4, 5, 7, 9, 11), "Major")
C_STEPS = [pitch for pitch in range(128) if pitch in C_MAJOR]
SLIDERS = {"register": 0.5, "syncopation": 0.5, "loudness": -0.5, "density": 2.0}


def steps(first, second, **given):
    return ask("interpolate", [first, second], ENGINES[0], **given).answers[0].parts


def fresh(clip):
    return [note for note in clip.notes if note.origin != "kept"]


class TestInterpolate:
    def test_the_ends_are_the_users_very_clips(self):
        parts = steps(FIRST, SECOND, steps=6)
        assert (len(parts), parts[0], parts[-1]) == (6, FIRST, SECOND)

    def test_joined_it_is_one_clip(self):
        (whole,) = steps(FIRST, SECOND, steps=4, join=True)
        assert whole.length_beats == 32.0
        assert whole.notes[: len(FIRST.notes)] == FIRST.notes

    def test_new_notes_keep_to_the_scale_unless_it_is_unlocked(self):
        parts = steps(replace(FIRST, scale=C_MAJOR), replace(SECOND, scale=C_MAJOR), steps=5)
        assert all(note.pitch in C_MAJOR for part in parts for note in part.notes)

    def test_other_metres_are_refused_or_mapped(self):
        waltz = replace(SECOND, metre=Metre(3, 4), length_beats=9.0, loop_end_beats=9.0)
        with pytest.raises(BadClip, match="3/4") as refusal:
            steps(FIRST, waltz)
        assert refusal.value.where == "metre"
        assert len(steps(FIRST, waltz, metres="map")) == 5

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_silent_clip_is_refused(self, which):
        given_clips = [FIRST, FIRST]
        given_clips[which] = Clip((), 8.0)
        with pytest.raises(BadClip, match=("first", "second")[which]):
            steps(*given_clips)

    def test_drums_beside_a_melody_are_refused(self):
        with pytest.raises(NoEngine, match="drums and melodic"):
            steps(rock(), FIRST)

    def test_two_steps_are_the_clips_themselves_and_it_is_said(self):
        result = ask("interpolate", [FIRST, SECOND], ENGINES[0], steps=2, takes=2)
        assert [answer.parts for answer in result.answers] == [(FIRST, SECOND)]
        assert len(result.degraded) == 2

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        first=clips(max_notes=12),
        second=clips(max_notes=12),
        seed=st.integers(0, 9),
        count=st.integers(2, 6),
        metres=st.sampled_from(("refuse", "map")),
    )
    def test_any_two_clips_give_a_valid_morph_or_a_clear_refusal(
        self, first, second, seed, count, metres
    ):
        pair = [replace(clip, kind="melodic") for clip in (first, second)]
        engine = ENGINES[seed % 2]
        result = ask_or_refusal("interpolate", pair, engine, seed=seed, steps=count, metres=metres)
        for part in result.answers[0].parts[1:-1] if result else ():
            assert all(note.origin == "new" for note in part.notes), show(part)

    def test_between_two_stiff_clips_every_note_stands_on_a_grid(self):
        triplets = tune([60, 64, 67] * 4, 1 / 3)
        sixteenths = tune([72, 71, 69, 67] * 4, 0.25)
        for part in steps(triplets, sixteenths, steps=6):
            for note in part.notes:
                places = [
                    abs(note.start_beats * of - round(note.start_beats * of)) for of in (3, 4)
                ]
                assert min(places) < 1e-6, show(part)

    def test_where_two_grids_meet_the_weaker_onset_gives_way(self):
        triplets = Clip(tuple(Note(60, n / 3, 1 / 3) for n in range(3)), 4.0)
        sixteenths = Clip(tuple(Note(60, n / 4, 0.25) for n in range(4)), 4.0)
        least = least_gap([triplets, sixteenths])
        starts = sorted({*(n / 3 for n in range(3)), *(n / 4 for n in range(4))})
        ends = [*starts[1:], 1.0]
        mixed = Clip(tuple(Note(60, s, e - s) for s, e in zip(starts, ends, strict=True)), 4.0)
        clean = without_splinters(mixed, least)
        assert [note.start_beats for note in clean.notes] == [0.0, 0.25, 0.5, 0.75]
        assert [note.end_beats for note in clean.notes] == [0.25, 0.5, 0.75, 1.0]
        for end in (triplets, sixteenths, examples.melody()):
            assert without_splinters(end, least_gap([end])) is end


class TestSliders:
    @pytest.mark.parametrize("name", SLIDERS)
    def test_each_slider_is_followed(self, name):
        result = ask("vary", [FIRST], ENGINES[0], **{name: SLIDERS[name]})
        assert result.degraded == ()
        assert fresh(result.answers[0].parts[0])

    def test_register_moves_the_tune(self):
        def mean(clip):
            return sum(note.pitch for note in clip.notes) / len(clip.notes)

        low, high = (
            ask("vary", [FIRST], ENGINES[0], register=by, amount=1.0).answers[0].parts[0]
            for by in (-1, 1)
        )
        assert mean(low) < mean(high)

    @pytest.mark.parametrize("by", [-1, -0.4, 0.3, 1])
    def test_register_keeps_the_shape_and_the_scale_of_the_line(self, by):
        source = replace(FIRST, scale=C_MAJOR)
        after = ask("vary", [source], ENGINES[0], register=by, amount=1.0).answers[0].parts[0]
        steps = [C_STEPS.index(note.pitch) for note in after.notes]
        before = [C_STEPS.index(note.pitch) for note in source.notes]
        assert len({new - old for new, old in zip(steps, before, strict=True)}) == 1
        assert all(
            replace(new, pitch=old.pitch) == old
            for new, old in zip(after.notes, source.notes, strict=True)
        )

    def test_syncopation_pushes_notes_ahead_of_beats_and_puts_them_back(self):
        quarters = tune([60, 62, 64, 65, 67, 65, 64, 62], 1.0)
        off = ask("vary", [quarters], ENGINES[0], syncopation=1, amount=1.0).answers[0].parts[0]
        assert [note.start_beats for note in off.notes] == [0, *(n + 0.5 for n in range(7))]
        assert [note.end_beats for note in off.notes][-1] == 8.0
        assert most_at_once(off.notes, 1e-6) == 1
        back = ask("vary", [off], ENGINES[0], syncopation=-1, amount=1.0).answers[0].parts[0]
        assert [note.start_beats for note in back.notes] == [float(n) for n in range(8)]

    def test_a_push_does_not_cut_a_locked_note(self):
        quarters = tune([60, 62, 64, 65], 1.0)
        off = ask("vary", [quarters], ENGINES[0], syncopation=1, amount=1.0, lock=[62])
        after = off.answers[0].parts[0]
        assert [note.start_beats for note in after.notes] == [0.0, 1.0, 2.0, 2.5]
        assert after.notes[1] == quarters.notes[1]

    def test_a_straight_line_that_cant_be_straighter_is_as_it_was_and_it_is_said(self):
        result = ask("vary", [SECOND], ENGINES[0], syncopation=-1, takes=1)
        assert result.answers[0].parts[0].notes == SECOND.notes
        assert result.degraded[0].startswith("nothing changed")

    def test_further_takes_of_a_register_differ_too(self):
        result = ask("vary", [FIRST], ENGINES[0], register=1, takes=3)
        assert len({answer.parts[0].notes for answer in result.answers}) == 3

    def test_the_space_rewrites_the_line_on_wish(self):
        result = ask("vary", [FIRST], ENGINES[0], register=1, syncopation=1, sliders="space")
        assert any(note.origin == "new" for note in result.answers[0].parts[0].notes)

    def test_loudness_changes_velocities_alone(self):
        louder = ask("vary", [FIRST], ENGINES[0], loudness=1, lock=[60]).answers[0].parts[0]
        for before, after in zip(FIRST.notes, louder.notes, strict=True):
            assert replace(after, velocity=before.velocity) == before
            assert after.velocity == before.velocity + (24 if before.pitch != 60 else 0)

    def test_where_nothing_is_set_chance_turns_sliders_and_it_is_said(self):
        result = ask("vary", [FIRST], ENGINES[0], takes=3)
        assert len(result.answers) == 3
        assert "morph chose" in result.degraded[0]

    def test_amount_zero_changes_nothing(self):
        result = ask("vary", [FIRST], ENGINES[0], register=1, amount=0)
        assert result.answers[0].parts[0].notes == FIRST.notes
        assert "as it was" in result.degraded[0]

    def test_a_line_stays_a_line_and_keeps_range_and_scale(self):
        source = replace(FIRST, scale=C_MAJOR)
        result = ask(
            "vary", [source], ENGINES[1], density=2, syncopation=1, low_pitch=58, high_pitch=66
        )
        new = fresh(result.answers[0].parts[0])
        assert new
        assert all(58 <= note.pitch <= 66 and note.pitch in C_MAJOR for note in new)
        assert most_at_once(result.answers[0].parts[0].notes, 0.01) <= 1

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        clip=clips(max_notes=16),
        seed=st.integers(0, 9),
        sliders=st.fixed_dictionaries(
            {},
            optional={
                "register": st.floats(-1, 1),
                "syncopation": st.floats(-1, 1),
                "loudness": st.floats(-1, 1),
                "density": st.sampled_from((0.25, 0.5, 2.0, 4.0)),
                "amount": st.floats(0, 1),
                "sliders": st.sampled_from(("line", "space")),
                "lock": st.lists(st.integers(0, 127), max_size=3),
                "lock_ids": st.lists(st.integers(0, 10_000), max_size=3),
                "low_pitch": st.none() | st.integers(0, 60),
            },
        ),
    )
    @example(clip=examples.clip_of_everything(), seed=1, sliders={"register": 1.0, "lock": [60]})
    @example(clip=Clip((Note(1, 0, 1 / 480, 1),), 3.0), seed=1, sliders={})
    @example(clip=Clip((Note(60, 0, 0.5),), 3.0), seed=0, sliders={"density": 0.25})
    def test_any_clip_and_sliders_keep_what_is_locked(self, clip, seed, sliders):
        clip = replace(clip, kind="melodic")
        result = ask_or_refusal("vary", [clip], ENGINES[seed % 2], seed=seed, **sliders)
        low = sliders.get("low_pitch") or 0
        parts = result.answers[0].parts if result else ()
        new = (note for part in parts for note in part.notes if note.origin == "new")
        assert all(note.pitch >= low for note in new), show(clip)


class TestChoice:
    ENGINES = tuple(
        Listing(engine.info, f"{engine.__module__}:{engine.__name__}")
        for engine in (Motif, ClipModel, Morph)
    )

    @pytest.mark.parametrize(
        ("given_", "name"),
        [
            ({}, "motif"),
            ({"amount": 0.9}, "motif"),
            ({"density": 2}, "motif"),
            ({"keep": "rhythm"}, "clip"),
            ({"register": 0.5}, "morph"),
            ({"syncopation": -1}, "morph"),
            ({"loudness": 0.1, "low_pitch": 40}, "morph"),
        ],
    )
    def test_vary_goes_to_morph_only_for_its_sliders(self, given_, name):
        chosen = choose(self.ENGINES, "vary", wishes=list(given_), clips=[FIRST])
        if "amount" in given_:
            chosen = self.prepared(given_)
        assert chosen.info.name == name

    def prepared(self, given_):
        import random

        return prepare(
            find_command("vary"), [FIRST], given_, engines=self.ENGINES, rng=random.Random(1)
        ).engine


def test_without_weights_sliders_fall_back_and_morphs_say_so(tmp_path):
    engine = Morph(tmp_path / "none.safetensors")
    result = ask("vary", [FIRST], engine, register=1)
    words = " / ".join(result.degraded)
    assert "motif wrote this, because morph has no weights" in words
    assert "motif does not follow register" in words
    with pytest.raises(NoEngine, match="morph has no weights"):
        ask("interpolate", [FIRST, SECOND], engine)


def test_a_long_held_note_that_is_locked_keeps_its_room():
    held = Clip((Note(60, 0.0, 4.0, id=1), *(Note(64, 4 + n, 0.9) for n in range(4))), 8.0)
    result = ask("vary", [held], ENGINES[0], density=4, lock_ids=[1])
    after = result.answers[0].parts[0]
    assert held.notes[0] in after.notes
    assert not [n for n in fresh(after) if n.start_beats < 4.0 - 1e-9]
