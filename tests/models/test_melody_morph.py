# SPDX-License-Identifier: Apache-2.0
"""Morphs keep their promises whatever the weights are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from melody_spaces import ARCH, SCALE, tiny_space, tune

from models.clip import Clip, Note, Scale
from models.errors import BadArgument, BadClip
from models.melody_space.candidates import Ends, distance, slerp
from models.melody_space.lengths import counts, source_unit
from models.melody_space.morph import MorphWishes, morph
from models.melody_space.path import walk, walked
from models.melody_space.phrase import key_shift, read_phrase
from models.melody_space.space import Stage, stacked
from models.melody_space.symbols import Symbols
from models.metre import Metre, MetreChange

FIRST, SECOND = tune(SCALE), tune(ARCH, 1.0)


def _proper(clip: Clip) -> None:
    """Inside the frame, and of one pitch no note upon another."""
    start = min(clip.loop_start_beats, clip.start_marker_beats)
    last: dict[int, float] = {}
    for note in clip.notes:
        assert start - 1e-6 <= note.start_beats < clip.loop_end_beats
        assert note.end_beats <= clip.loop_end_beats + 1e-6
        assert note.start_beats >= last.get(note.pitch, -1e9) - 1e-6
        last[note.pitch] = note.end_beats


@pytest.mark.parametrize("steps", [2, 3, 7, 16])
def test_the_ends_are_the_very_clips_and_every_step_is_proper(steps):
    clips = morph(tiny_space(), FIRST, SECOND, MorphWishes(steps))
    assert len(clips) == steps
    assert clips[0] is FIRST
    assert clips[-1] is SECOND
    for clip in clips[1:-1]:
        _proper(clip)
        assert clip.loop_beats == 8
        assert all(note.origin == "new" for note in clip.notes)


def test_the_same_seed_gives_the_same_notes_and_another_seed_others():
    space = tiny_space(loudness=0.05)
    every = [morph(space, FIRST, SECOND, MorphWishes(7, 1.0, seed)) for seed in (1, 1, 2)]
    assert every[0] == every[1]
    assert every[0] != every[2]


@given(
    st.lists(st.integers(0, 127), min_size=1, max_size=24),
    st.lists(st.integers(0, 127), min_size=1, max_size=24),
    st.sampled_from([0.25, 1 / 3, 0.5, 0.75]),
    st.sampled_from(["4/4", "3/4", "6/8", "7/8", "5/4"]),
    st.integers(2, 6),
)
@settings(max_examples=25, deadline=None)
def test_any_two_melodies_morph(left, right, each, metre, steps):
    numerator, denominator = map(int, metre.split("/"))
    frame = {"metre": Metre(numerator, denominator)}
    clips = morph(
        tiny_space(), tune(left, each, **frame), tune(right, 0.5, **frame), MorphWishes(steps)
    )
    assert len(clips) == steps
    for clip in clips[1:-1]:
        _proper(clip)


def test_paths_never_step_back_and_keep_near_the_straight_line():
    space = tiny_space(3)
    rng = np.random.default_rng(0)
    stage = Stage(np.array([0, 1, 2, 3, 7, 8, 9, 10]), np.zeros(8, int), np.ones((8, 6), bool))
    shares = np.linspace(0, 1, 11)[1:-1]
    for _ in range(20):
        states = rng.integers(0, 50, (2, 8, 6))
        ends = [Symbols(s, np.zeros((8, 6), int)) for s in states]
        points = space.encode(stacked(ends), stage)[0]
        steps = walked(space, Ends(*ends, points), stage, shares, (0.25, rng, None, (0.0, 1.0)))
        apart = distance(*ends, stage.open)
        gone, left = (distance(steps, end, stage.open) / apart for end in ends)
        assert (np.diff([0, *gone, 1]) >= -1e-9).all()
        assert (np.diff([1, *left, 0]) <= 1e-9).all()


def test_a_walk_keeps_to_the_bounds_of_the_steps_before():
    there = np.ones((2, 6), bool)
    stage = Stage(np.arange(2), np.zeros(2, int), there)
    first, second = (Symbols(np.full((2, 6), s), np.zeros((2, 6), int)) for s in (5, 9))
    mixed = np.stack([np.where(np.arange(12).reshape(2, 6) < n, 9, 5) for n in range(13)])
    candidates = Symbols(mixed, np.zeros_like(mixed))
    ends = Ends(first, second, np.zeros((2, 4), np.float32))
    found = walk(candidates, ends, stage, [0.25, 0.5, 0.75], (0.6, 0.4))
    assert (found.first >= 0.6 - 1e-9).all()
    assert walk(candidates, ends, stage, [0.25, 0.5, 0.75]).first.tolist() == [0.25, 0.5, 0.75]


def test_the_arc_meets_both_points():
    first, second = np.array([3.0, 0, 0], np.float32), np.array([0, 1.0, 0], np.float32)
    arc = slerp(first, second, np.array([0, 0.5, 1]))
    assert np.allclose(arc[0], first)
    assert np.allclose(arc[2], second)
    assert np.isclose(np.linalg.norm(arc[1]), 2)
    assert np.allclose(slerp(first, first, np.array([0.3])), first)


@pytest.mark.parametrize(
    ("first", "second", "steps", "wanted"),
    [
        (2, 8, 5, [2, 2, 4, 4, 8]),
        (4, 4, 3, [4, 4, 4]),
        (3, 5, 5, [3, 4, 4, 4, 5]),
        (8, 1, 4, [8, 4, 2, 1]),
        (1, 3, 3, [1, 1, 3]),
    ],
)
def test_lengths_double_where_they_can(first, second, steps, wanted):
    assert counts(first, second, steps) == wanted


def test_long_phrases_keep_their_beginning_and_end_and_short_ones_go_round():
    assert [source_unit(8, 3, n) for n in range(3)] == [0, 4, 7]
    assert [source_unit(2, 5, n) for n in range(5)] == [0, 1, 0, 1, 0]
    assert source_unit(8, 1, 0) == 0


def test_unequal_lengths_step_from_one_to_the_other():
    long = tune([60, 64, 67, 72] * 8, 1.0)
    clips = morph(tiny_space(), FIRST, long, MorphWishes(5))
    assert [clip.loop_beats for clip in clips] == [8, 8, 16, 16, 32]
    back = morph(tiny_space(), long, FIRST, MorphWishes(5))
    assert [clip.loop_beats for clip in back] == [32, 16, 16, 8, 8]
    assert all(clip.notes for clip in (*clips, *back))


def test_different_metres_are_refused_with_a_word_or_mapped_on_wish():
    waltz = tune([60, 64, 67] * 4, 1.0, metre=Metre(3, 4))
    with pytest.raises(BadClip, match="4/4 and the second in 3/4"):
        morph(tiny_space(), SECOND, waltz, MorphWishes(4))
    clips = morph(tiny_space(), SECOND, waltz, MorphWishes(6, map_metres=True))
    assert [str(clip.metre) for clip in clips[:3]] == ["4/4"] * 3
    assert [str(clip.metre) for clip in clips[3:]] == ["3/4"] * 3
    for clip in clips[1:-1]:
        _proper(clip)


def test_changes_of_metre_at_the_same_bars_are_followed():
    changes = (MetreChange(4.0, Metre(3, 4)),)
    left = tune([60] * 7, 1.0, metre_changes=changes)
    right = tune([67, 65] * 7, 0.5, metre_changes=changes)
    for clip in morph(tiny_space(), left, right, MorphWishes(4)):
        assert clip.loop_beats == 7
        assert clip.metre_changes == changes


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Clip((), 4.0), "Nothing plays in the second"),
        (tune([60, 62], kind="drums"), "for drums"),
        (replace(FIRST, notes=tuple(replace(n, mute=True) for n in FIRST.notes)), "Nothing plays"),
        (tune([60] * 65, 4.0), "65 bars"),
    ],
)
def test_what_can_not_be_morphed_is_told(bad, words):
    with pytest.raises(BadClip, match=words):
        morph(tiny_space(), FIRST, bad, MorphWishes())


@pytest.mark.parametrize("steps", [1, 17])
def test_the_number_of_steps_is_bounded(steps):
    with pytest.raises(BadArgument, match="2 to 16"):
        morph(tiny_space(), FIRST, SECOND, MorphWishes(steps))


def test_another_key_is_taken_on_at_the_middle_or_by_semitones():
    far = tune([pitch + 4 for pitch in SCALE])
    assert key_shift(read_phrase(FIRST, "first"), read_phrase(far, "second")) == -4
    snapped = morph(tiny_space(), FIRST, far, MorphWishes(5))
    # The same tune in another key: what lies between is the tune itself, moved.
    roots = [clip.notes[0].pitch for clip in snapped]
    assert roots == [60, 60, 60, 64, 64]
    glide = morph(tiny_space(), FIRST, far, MorphWishes(5, key_path="semitones"))
    assert [clip.notes[0].pitch for clip in glide] == [60, 61, 62, 63, 64]


def test_octaves_are_climbed_one_by_one():
    high = tune([pitch + 36 for pitch in SCALE])
    clips = morph(tiny_space(), FIRST, high, MorphWishes(7))
    assert [clip.notes[0].pitch for clip in clips] == [60, 72, 72, 84, 84, 96, 96]


def test_scale_lock_keeps_new_notes_in_the_scale():
    scale = Scale(0, (0, 3, 5, 7, 10))
    clips = morph(tiny_space(), FIRST, SECOND, MorphWishes(8, 1.0, scale=scale))
    assert all(note.pitch in scale for clip in clips[1:-1] for note in clip.notes)


def test_pickup_loop_start_and_name_of_the_nearer_end_are_kept():
    notes = (Note(55, 3.5, 0.5), *(note.moved(4.0) for note in FIRST.notes))
    left = Clip(notes, 12.0, loop_start_beats=4.0, start_marker_beats=3.0, name="verse")
    clips = morph(tiny_space(), left, SECOND, MorphWishes(6))
    for clip in clips[1:3]:
        assert (clip.loop_start_beats, clip.loop_end_beats) == (4.0, 12.0)
        assert clip.start_marker_beats == 3.0
        assert clip.name == "verse"
        _proper(clip)
    for clip in clips[3:-1]:
        assert (clip.loop_start_beats, clip.loop_end_beats) == (0.0, 8.0)


def test_a_loop_inside_a_bar_and_notes_outside_it_do_no_harm():
    left = replace(FIRST, loop_start_beats=1.0, loop_end_beats=6.5)
    for clip in morph(tiny_space(), left, SECOND, MorphWishes(5))[1:-1]:
        _proper(clip)


def test_chords_stay_chords_that_are_known():
    left = Clip(tuple(Note(p, b, 2.0) for b in (0, 2, 4, 6) for p in (72, 68, 65)), 8.0)
    right = Clip(tuple(Note(p, b, 1.0) for b in range(8) for p in (76, 73, 69)), 8.0)
    for clip in morph(tiny_space(), left, right, MorphWishes(6))[1:-1]:
        assert clip.notes
        _proper(clip)
        starts = Counter(note.start_beats for note in clip.notes)
        assert set(starts.values()) == {3}


def test_a_second_voice_comes_out_of_silence():
    both = Clip((*FIRST.notes, *(Note(p, b, 4.0) for b in (0, 4) for p in (48, 52, 55))), 8.0)
    clips = morph(tiny_space(), FIRST, both, MorphWishes(9))
    low = [sum(note.pitch < 57 for note in clip.notes) for clip in clips]
    assert low[0] == 0
    assert low[-1] == 6
    assert set(low) <= {0, 3, 6}
    assert low == sorted(low)


def test_velocities_and_chances_go_from_one_to_the_other():
    left = tune(SCALE).with_notes(replace(n, velocity=20.0, probability=1.0) for n in FIRST.notes)
    right = tune(SCALE).with_notes(replace(n, velocity=120.0, probability=0.5) for n in FIRST.notes)
    clips = morph(tiny_space(), left, right, MorphWishes(5))
    assert [round(clip.notes[0].velocity) for clip in clips] == [20, 45, 70, 95, 120]
    assert [clip.notes[0].probability for clip in clips] == [1, 0.875, 0.75, 0.625, 0.5]


def test_a_push_that_both_play_stays():
    late = FIRST.with_notes(note.moved(0.04) for note in FIRST.notes[:-1])
    clips = morph(tiny_space(), late, late, MorphWishes(3))
    starts = [note.start_beats for note in clips[1].notes]
    assert starts == pytest.approx([note.start_beats for note in late.notes])


def test_sources_are_never_changed():
    before = replace(FIRST), replace(SECOND)
    morph(tiny_space(), FIRST, SECOND, MorphWishes(4))
    assert before == (FIRST, SECOND)


def test_what_lies_farther_off_than_the_other_end_is_no_step():
    there = np.ones((1, 6), bool)
    stage = Stage(np.arange(1), np.zeros(1, int), there)
    first = Symbols(np.full((1, 6), 5), np.zeros((1, 6), int))
    second = Symbols(np.array([[5, 5, 5, 9, 9, 9]]), np.zeros((1, 6), int))
    strange = np.array([[[7, 7, 7, 9, 9, 9]], [[5, 5, 5, 5, 9, 9]]])
    ends = Ends(first, second, np.zeros((2, 4), np.float32))
    found = walk(Symbols(strange, np.zeros_like(strange)), ends, stage, [0.6, 0.9])
    assert (found.first <= 1).all()
    assert (np.diff([*found.first, 1]) >= 0).all()
