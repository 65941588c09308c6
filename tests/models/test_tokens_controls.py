# SPDX-License-Identifier: Apache-2.0
"""What music measures, and that asking for it means the same."""

import random
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.clip import Clip, Note
from models.metre import Metre, MetreChange
from models.tokens import vocabulary as v
from models.tokens.controls import (
    DENSITY_BOUNDS,
    Span,
    density_asked,
    density_bucket,
    measured,
    most_sounding,
    onsets_per_beat,
)
from models.tokens.decode import decode
from models.tokens.encode import control_tokens, encode, lay_out
from models.tokens.grammar import Grammar
from models.tokens.grid import Placed
from models.tokens.likeness import (
    BACK_BARS,
    REPEATS,
    SIMILARITY_BOUNDS,
    reference_of,
    similarity,
    similarity_asked,
    similarity_bucket,
)
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Controls, Part, Scene, bars_of, without_targets
from models.tokens.trial import random_choice, random_decode, random_request

NOTES = st.lists(st.tuples(st.integers(0, 95), st.integers(48, 72)), max_size=12)


def placed(*pairs, ticks=6):
    return [Placed(tick, ticks, pitch, Note(pitch, tick / 24, ticks / 24)) for tick, pitch in pairs]


def of_notes(*notes, cell=None, role="lead", locked=(), bars=2, clip=None):
    """What one cell measures, by default the second bar of two."""
    frame = clip or Clip((), 4.0 * bars)
    cell = cell or Cell(0, bars - 1)
    part = Part(role, frame.with_notes(notes), frozenset(locked))
    scene = Scene("infill", (part,), bars_of(frame, 0.0, bars), (cell,))
    return measured(lay_out(scene), cell)


def steps(count, start=4.0, length=4.0):
    return [Note(60 + n % 5, start + n * length / count, 0.1) for n in range(count)]


# Density.


@given(st.floats(0, 30), st.floats(0, 30))
def test_denser_is_never_a_lower_bucket(one, other):
    low, high = sorted((one, other))
    assert 0 <= density_bucket(low) <= density_bucket(high) <= 7


@pytest.mark.parametrize(
    ("onsets", "bucket"),
    [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (6, 4), (8, 5), (12, 6), (16, 7), (32, 7)],
)
def test_buckets_of_a_bar_of_four(onsets, bucket):
    assert of_notes(*steps(onsets)).density == bucket


def test_a_chord_is_one_onset_and_a_hole_counts_its_own_beats():
    chord = [Note(pitch, 4.0, 1.0) for pitch in (60, 64, 67)]
    assert of_notes(*chord).density == 1
    hole = Cell(0, 1, hole=(0, 24))
    assert of_notes(*chord, cell=hole).density == density_bucket(1.0)
    assert of_notes(*chord, cell=Cell(0, 1, hole=(24, 96))) == Controls(density=0)


def test_one_onset_in_the_longest_bar_is_not_silence():
    assert density_bucket(v.TICKS_PER_QUARTER / v.LONGEST_BAR_TICKS) == 1


@given(st.floats(0.15, 12), st.floats(0, 8), st.floats(0, 8))
def test_asking_follows_the_knob(source, one, other):
    low, high = sorted((one, other))
    assert 1 <= density_asked(source, low) <= density_asked(source, high) <= 7
    assert density_asked(source, 1) == density_bucket(source)
    assert density_asked(0.0, high) is None


@given(st.floats(0.15, 12))
def test_a_turned_knob_asks_for_something_else_where_there_is_something(source):
    bucket = density_bucket(source)
    assert density_asked(source, 1.1) == min(7, bucket + 1)
    assert density_asked(source, 0.9) in {max(1, bucket - 1), bucket - 1}
    assert density_asked(source, 0.9) < bucket or bucket == 1


def test_double_the_onsets_of_a_clip_is_what_the_doubled_clip_measures():
    frame = Clip((), 4.0)
    cell = Cell(0, 0)
    for count in (2, 4, 8):
        part = Part("lead", frame.with_notes(steps(count, 0.0)))
        layout = lay_out(Scene("vary", (part,), bars_of(frame, 0.0, 1), (cell,)))
        source = onsets_per_beat(layout, cell)
        assert source == count / 4
        assert density_asked(source, 2.0) == of_notes(*steps(2 * count)).density


def test_bounds_ascend():
    for bounds in (DENSITY_BOUNDS, SIMILARITY_BOUNDS):
        assert all(low < high for low, high in pairwise(bounds))
    assert v.DENSITY + len(DENSITY_BOUNDS) + 1 == v.POLYPHONY
    assert v.SIMILARITY + len(SIMILARITY_BOUNDS) + 1 == v.REFERENCE


# Polyphony and range.


def test_polyphony_counts_what_sounds_at_once():
    line = [Note(60, 4.0, 1.0), Note(62, 5.0, 1.0)]
    assert of_notes(*line).polyphony == 1
    assert of_notes(*line, Note(48, 4.0, 2.0)).polyphony == 2
    ringing = Note(40, 2.0, 4.0)
    assert of_notes(*line, ringing).polyphony == 2, "it rings in from the bar before"
    assert of_notes(*(Note(40 + n, 4.0, 1.0) for n in range(9))).polyphony == 6
    again = [Note(60, 4.0, 2.0), Note(60, 5.0, 1.0)]
    assert of_notes(*again).polyphony == 1, "one key sounds once"


def test_drums_are_counted_by_hits_and_have_no_range():
    kit = [Note(36, 4.0, 2.0), Note(42, 4.0, 2.0), Note(42, 5.0, 2.0)]
    found = of_notes(*kit, role="drums")
    assert (found.polyphony, found.low_pitch, found.high_pitch) == (2, None, None)


def test_range_and_polyphony_are_of_what_is_new():
    notes = [Note(36, 4.0, 4.0), Note(60, 5.0, 1.0), Note(67, 6.0, 1.0)]
    found = of_notes(*notes, locked=[0])
    assert (found.low_pitch, found.high_pitch, found.polyphony) == (60, 67, 2)
    assert found.density == density_bucket(3 / 4), "the locked note is heard too"
    alone = of_notes(notes[0], locked=[0])
    assert alone == Controls(density=1, similarity=0, reference=0)


def test_most_sounding_looks_at_the_given_onsets_alone():
    spans = [Span(0, 6, 60), Span(-30, 6, 40), Span(50, 80, 41), Span(50, 80, 42), Span(50, 80, 43)]
    assert most_sounding([0], spans) == 2
    assert most_sounding([0, 50], spans) == 3
    assert most_sounding([], spans) == 0


# Similarity and reference.


@given(NOTES, NOTES)
def test_similarity_is_a_share_and_symmetric_and_the_same_is_the_same(one, other):
    left, right = placed(*one), placed(*other)
    assert 0.0 <= similarity(left, right) <= 1.0
    assert similarity(left, right) == pytest.approx(similarity(right, left))
    assert similarity(left, left) == 1.0
    assert similarity_bucket(similarity(left, left)) == 4


@given(NOTES, st.integers(0, 11))
def test_each_other_pitch_makes_it_less_alike(notes, at):
    notes = list(dict(notes).items())
    assume(at < len(notes))
    changed = [(tick, 100 if n == at else pitch) for n, (tick, pitch) in enumerate(notes)]
    spoilt = [(tick, 100 if n <= at else pitch) for n, (tick, pitch) in enumerate(notes)]
    one = similarity(placed(*notes), placed(*changed))
    assert similarity(placed(*notes), placed(*spoilt)) <= one < 1.0


def test_similarity_of_rhythm_alone_is_half():
    beats = (0, 24, 48, 72)
    same = placed(*((tick, 60) for tick in beats))
    assert similarity(same, placed(*((tick, 61) for tick in beats))) == 0.5
    assert similarity(same, placed(*((tick + 1, 60) for tick in beats))) == 1.0, "as played"
    assert similarity(same, placed(*((tick + 12, 60) for tick in beats))) == 0.0
    assert similarity(same, []) == 0.0
    assert similarity([], []) == 1.0


@given(st.floats(0, 1), st.floats(0, 1))
def test_asked_similarity_falls_with_the_amount(one, other):
    low, high = sorted((one, other))
    assert 0 <= similarity_asked(high) <= similarity_asked(low) <= 4
    assert (similarity_asked(0.0), similarity_asked(1.0)) == (4, 0)


def test_reference_is_the_nearest_of_the_most_similar():
    bar, other = placed((0, 60), (24, 62)), placed((6, 40), (30, 41))
    assert BACK_BARS == (0, 1, 2, 3, 4, 8)
    assert reference_of(bar, {1: other, 2: bar, 4: bar}) == BACK_BARS.index(2)
    assert reference_of(bar, {1: other}) == 0
    assert reference_of(bar, {}) == 0
    near = placed((0, 60), (24, 62), (48, 64), (72, 65))
    far = [*near[:3], *placed((72, 70))]
    assert similarity(near, far) >= REPEATS
    assert reference_of(near, {1: far, 4: near}) == BACK_BARS.index(4)


def test_a_bar_knows_which_bar_it_repeats():
    riff = [Note(60, 0.0, 0.5), Note(63, 1.5, 0.5), Note(67, 3.0, 1.0)]
    other = [Note(50, 4.5, 0.5), Note(51, 6.25, 0.5)]
    again = [note.moved(8.0) for note in riff]
    found = of_notes(*riff, *other, *again, bars=3)
    assert found.reference == BACK_BARS.index(2)
    assert found.similarity == 0, "nothing of the bar before"
    assert of_notes(*riff, bars=1).reference is None, "there is no earlier bar"
    assert of_notes(*riff, bars=1).similarity is None


def test_bars_of_another_length_are_not_compared():
    frame = Clip((), 7.0, metre_changes=(MetreChange(4.0, Metre(3, 4)),))
    notes = [Note(60, 0.0, 1.0), Note(60, 4.0, 1.0)]
    found = of_notes(*notes, clip=frame)
    assert (found.similarity, found.reference) == (None, None)
    assert found.density == 1


def test_a_rework_is_compared_with_its_draft():
    notes = tuple(steps(4, 0.0)) + tuple(steps(4))
    same = Cell(0, 1, hint="rework", draft=notes)
    assert of_notes(*notes, cell=same).similarity == 4
    draft = tuple(replace(note, pitch=note.pitch + 20) for note in notes)
    assert of_notes(*notes, cell=replace(same, draft=draft)).similarity == 2


# What is measured agrees with what was asked and with what the tokens say.


@pytest.mark.parametrize("share", range(4))
def test_what_the_grammar_wrote_measures_within_its_limits(share):
    for number in range(40):
        rng = random.Random(9_000_000 + share * 40 + number)
        scene, rules = random_request(rng)
        scene = replace(scene, cells=tuple(replace(c, hint="nothing") for c in scene.cells))
        written = filled(scene, rules, rng)
        layout = lay_out(written)
        for cell in written.cells:
            found, rule = measured(layout, cell), rules.get(cell.part, PartRules())
            assert (found.polyphony or 0) <= rule.polyphony
            assert rule.low_pitch <= (found.low_pitch or rule.low_pitch)
            assert (found.high_pitch or rule.high_pitch) <= rule.high_pitch
            assert (found.density == 0) == (onsets_per_beat(layout, cell) == 0)
            stands = len(layout.standing[cell.part][cell.bar])
            most = max(rule.max_notes, rule.min_notes) + stands
            low, high = scene.span(cell)
            assert found.density <= density_bucket(most * 24 / (high - low))


def filled(scene, rules, rng):
    """The scene with an answer of random logits in its target cells."""
    encoded = encode(scene)
    target = random_decode(encoded, Grammar(scene, rules), random_choice(rng), 20_000)
    answer = decode(scene, encoded, target)
    parts = []
    for index, part in enumerate(without_targets(scene).parts):
        new = [n for c, ns in zip(scene.cells, answer, strict=True) for n in ns if c.part == index]
        parts.append(replace(part, clip=part.clip.with_notes((*part.clip.notes, *new))))
    return replace(scene, parts=tuple(parts))


def test_an_answer_read_back_measures_the_same():
    """Rounding to the tokens' durations and back changes no control."""
    for number in range(60):
        rng = random.Random(9_100_000 + number)
        scene, _ = random_request(rng)
        plain = tuple(replace(cell, hint="nothing", hole=None) for cell in scene.cells)
        inside = tuple(replace(p, clip=p.clip.with_notes(tidy(p)), locked=()) for p in scene.parts)
        scene = replace(scene, parts=inside, cells=plain)
        encoded = encode(scene)
        answer = decode(scene, encoded, encoded.target)
        parts = list(without_targets(scene).parts)
        for cell, notes in zip(scene.cells, answer, strict=True):
            clip = parts[cell.part].clip
            parts[cell.part] = replace(
                parts[cell.part], clip=clip.with_notes((*clip.notes, *notes))
            )
        again = replace(scene, parts=tuple(parts))
        before, after = lay_out(scene), lay_out(again)
        for cell in scene.cells:
            assert measured(before, cell) == measured(after, cell)


def tidy(part):
    """Its notes that begin in the scene and are heard."""
    return [note for note in part.clip.notes if note.start_beats >= 0 and not note.mute]


def test_whatever_is_measured_can_be_said():
    names = set()
    for number in range(40):
        scene, _ = random_request(random.Random(9_200_000 + number))
        layout = lay_out(scene)
        cells = tuple(replace(c, controls=measured(layout, c)) for c in scene.cells)
        for cell in cells:
            for token in control_tokens(cell.controls):
                names.add(v.token_name(token).split("_")[0])
        encode(replace(scene, cells=cells))
    assert names == {"DENSITY", "POLYPHONY", "LOW", "HIGH", "SIMILARITY", "REFERENCE"}


def test_the_words_of_the_engine_need_neither_torch_nor_numpy():
    code = (
        "import sys, models.tokens.controls, models.tokens.sounding;"
        "print({'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
