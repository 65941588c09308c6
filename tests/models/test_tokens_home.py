# SPDX-License-Identifier: Apache-2.0
"""The common tonic: scenes and rules are moved there, and come back as they were."""

from __future__ import annotations

from random import Random

import pytest

from models.clip import Clip, Note
from models.tokens.home import moved_rules, moved_scene, scene_shift, shift_home
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Controls, Part, Scene, bars_of
from models.tokens.trial import random_request


def scene(key, *pitches, low=None):
    notes = tuple(Note(pitch, float(n), 1.0) for n, pitch in enumerate(pitches))
    clip = Clip(notes, 8.0)
    drums = Clip((Note(36, 0.0, 0.5),), 8.0, kind="drums")
    parts = (Part("drums", drums), Part("lead", clip))
    cells = (Cell(1, 1, draft=notes[-1:], controls=Controls(low_pitch=low)),)
    return Scene("continue", parts, bars_of(clip, 0.0, 2), cells, key=key)


@pytest.mark.parametrize(
    ("key", "shift"), [(0, 0), (7, 5), (5, -5), (6, -6), (21, 0), (12, -3), (16, 5), (24, None)]
)
def test_every_key_goes_to_c_major_or_a_minor(key, shift):
    assert shift_home(key, 40, 80) == shift


def test_there_must_be_room():
    assert shift_home(7, 60, 122) == 5
    assert shift_home(7, 60, 123) is None
    assert shift_home(5, 4, 60) is None


def test_a_scene_is_moved_and_comes_back():
    question = scene(2, 62, 66, 69, low=50)
    shift = scene_shift(question)
    assert shift == -2
    moved = moved_scene(question, shift)
    assert [note.pitch for note in moved.parts[1].clip.notes] == [60, 64, 67]
    assert moved.parts[0] == question.parts[0], "drums stay"
    assert (moved.key, moved.cells[0].controls.low_pitch) == (0, 48)
    assert moved_scene(moved, -shift) == question


def test_rules_are_moved():
    question = scene(2, 62)
    rules = PartRules(
        low_pitch=50, high_pitch=70, scale=frozenset({2, 6}), locked_pitches=frozenset({1, 62})
    )
    moved = moved_rules(question, {0: rules, 1: rules}, -2)
    assert moved[0] == rules, "drums stay"
    assert (moved[1].low_pitch, moved[1].high_pitch) == (48, 68)
    assert (moved[1].scale, moved[1].locked_pitches) == ({0, 4}, {60})


def test_a_range_at_the_end_of_the_keyboard_keeps_everything_in_place():
    top = PartRules(low_pitch=126)
    assert scene_shift(scene(7, 60), {1: top}) == 0
    assert scene_shift(scene(2, 60), {1: top}) == -2
    assert scene_shift(scene(None, 60)) == 0


def test_any_scene_comes_back():
    for seed in range(60):
        question, _ = random_request(Random(seed))
        shift = scene_shift(question)
        moved = moved_scene(question, shift)
        assert [p.clip.notes for p in moved_scene(moved, -shift).parts] == [
            p.clip.notes for p in question.parts
        ]
