# SPDX-License-Identifier: Apache-2.0
"""Clip -> scene -> tokens -> notes: nothing is lost but what rounding takes, and that is told."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clip import Clip, Note
from models.metre import Metre
from models.tokens import vocabulary as v
from models.tokens.decode import cell_notes, decode, velocities_said
from models.tokens.encode import encode
from models.tokens.reading import first_target_bar, read
from models.tokens.scene import Cell, Controls, Part, Scene, bars_of, cells_of, without_targets
from models.tokens.state import FEATURE_SIZES, TARGET
from models.tokens.tracker import Tracker
from models.tokens.trial import random_request

METRES = [Metre(4, 4), Metre(3, 4), Metre(7, 8), Metre(6, 8), Metre(13, 16), Metre(4, 2)]
TABLE_BEATS = [ticks / 24 for ticks in v.DURATIONS_TICKS]


@st.composite
def clips(draw):
    metre = draw(st.sampled_from(METRES))
    end = 2 * metre.bar_beats
    start = st.one_of(
        st.floats(0, end * 0.999), st.integers(0, int(end * 12) - 1).map(lambda n: n / 12)
    )
    notes = draw(
        st.lists(
            st.builds(
                Note,
                st.integers(0, 127),
                start,
                st.one_of(st.sampled_from(TABLE_BEATS), st.floats(0.01, 40)),
                st.floats(1, 127),
            ),
            max_size=30,
            unique_by=lambda note: (note.pitch, round(note.start_beats * 24)),
        )
    )
    return Clip(tuple(notes), end, metre=metre)


def scene_of(clip, role="other"):
    bars = bars_of(clip, 0.0, 2)
    return Scene("generate", (Part(role, clip),), bars, cells_of([0], range(len(bars))))


@settings(deadline=None, max_examples=60)
@given(clips(), st.booleans(), st.booleans())
def test_clips_come_back(clip, velocities, micro):
    scene = scene_of(clip)
    encoded = encode(scene, velocities=velocities, micro=micro)
    for bar, cell in enumerate(decode(scene, encoded, encoded.target)):
        written = sorted(
            (w for w in encoded.written if w.bar == bar),
            key=lambda w: (round((w.note.start_beats - w.late_beats) * 24), w.note.pitch),
        )
        for note, said in zip(cell, written, strict=True):
            own = said.note
            assert (note.pitch, note.origin) == (own.pitch, "new")
            moved = abs(note.start_beats - own.start_beats)
            last = own.start_beats > clip.length_beats - 1 / 48  # no bar follows to round into
            assert moved <= (1 / 24 if last else 1 / 150 if micro else 1 / 47.9)
            if not micro:
                assert note.start_beats + said.late_beats == pytest.approx(own.start_beats)
                assert note.duration_beats + said.longer_beats == pytest.approx(own.duration_beats)
            assert not velocities or abs(note.velocity - own.velocity) <= 4


@settings(deadline=None, max_examples=30)
@given(clips())
def test_tables_durations_on_the_grid_are_exact(clip):
    on_grid = clip.with_notes(
        Note(n.pitch, round(n.start_beats * 24) / 24, TABLE_BEATS[n.pitch % 32], 100)
        for n in clip.notes
        if round(n.start_beats * 24) / 24 < clip.length_beats
    )
    scene = scene_of(on_grid)
    encoded = encode(scene)
    back = [note for cell in decode(scene, encoded, encoded.target) for note in cell]
    assert sorted(map(in_ticks, back)) == sorted(map(in_ticks, on_grid.notes))


def in_ticks(note):
    places = (note.start_beats * 24, note.duration_beats * 24)
    assert all(abs(place - round(place)) < 1e-6 for place in places)
    return (*map(round, places), note.pitch)


def names(ids):
    return [v.token_name(token) for token in ids]


def small_scene(**changes):
    bass = Clip((Note(40, 0.0, 1.0), Note(43, 4.0, 6.0)), 8.0)
    drums = Clip((Note(36, 0.0, 0.25), Note(42, 0.0, 0.25), Note(38, 1.0, 0.25)), 8.0)
    given = {
        "task": "continue",
        "parts": (Part("drums", drums), Part("bass", bass)),
        "bars": bars_of(bass, 0.0, 2),
        "cells": (Cell(1, 1),),
        "tempo_bpm": 120.0,
        **changes,
    }
    return Scene(**given)


def test_the_layout_is_the_one_documented():
    encoded = encode(small_scene(loop_bars=1))
    assert names(encoded.context) == [
        *("TASK_continue", "TEMPO_4"),
        *("BAR", "METRE_4/4", "ROLE_drums", "POS_0", "DRUM_42", "DRUM_36", "POS_24", "DRUM_38"),
        *("ROLE_bass", "POS_0", "PITCH_40", "DUR_24"),
        *("BAR", "ROLE_drums", "ROLE_bass", "MASK", "LOOP"),
        *("BAR", "ROLE_drums", "POS_0", "DRUM_42", "DRUM_36", "POS_24", "DRUM_38"),
        *("ROLE_bass", "POS_0", "PITCH_40", "DUR_24", "GEN"),
    ]
    assert names(encoded.target) == [
        *("BAR", "ROLE_bass", "POS_0", "PITCH_43", "DUR_144", "ENDCELL", "END")
    ]


def test_hints_holes_locks_and_wishes_stand_at_the_mask():
    chord = (Note(64, 0.0, 1.0), Note(60, 0.0, 2.0), Note(62, 2.0, 1.0), Note(50, 3.5, 0.5))
    clip = Clip(chord, 4.0)
    part = Part("chords", clip, locked=frozenset({1}))
    cell = Cell(0, 0, (0, 72), "rhythm", controls=Controls(density=3, low_pitch=48, similarity=4))
    for hint, said in (
        ("rhythm", ["POS_0", "DUR_24", "POS_48", "DUR_24"]),
        ("pitches", ["POS_0", "PITCH_64", "POS_1", "PITCH_62"]),
        ("rework", ["POS_0", "PITCH_64", "DUR_24", "POS_48", "PITCH_62", "DUR_24"]),
    ):
        asked = Cell(0, 0, (0, 72), hint, controls=cell.controls)
        scene = Scene("vary", (part,), bars_of(clip, 0.0, 1), (asked,))
        assert names(encode(scene).context)[4:-1] == [
            *("HOLE", "POS_0", "POS_71", hint.upper(), "DENSITY_3", "LOW_4", "SIMILARITY_4"),
            *said,
            *("LOCK", "POS_0", "PITCH_60", "DUR_48", "POS_84", "PITCH_50", "DUR_12"),
        ]


def test_what_stands_in_the_target_can_not_be_read_from_the_question():
    rng = random.Random(5)
    for _ in range(60):
        scene, _ = random_request(rng)
        scene = Scene(
            scene.task,
            scene.parts,
            scene.bars,
            tuple(Cell(c.part, c.bar, c.hole) for c in scene.cells),
        )
        assert encode(without_targets(scene)).context == encode(scene).context


def test_rounding_is_told_so_that_kept_notes_can_be_given_back():
    note = Note(60, 1.013, 0.98, 77.5)
    clip = Clip((note,), 8.0)
    encoded = encode(Scene("continue", (Part("lead", clip),), bars_of(clip, 0, 2), (Cell(0, 1),)))
    (kept,) = encoded.kept
    assert kept.note is note
    assert kept.late_beats == pytest.approx(0.013)
    assert kept.longer_beats == pytest.approx(-0.02)
    assert v.token_name(encoded.context[kept.at]) == "PITCH_60"


def test_the_same_words_are_read_by_training_and_decoding():
    """Features read at once are those of a tracker stepped, copied on the way."""
    rng = random.Random(3)
    for _ in range(40):
        scene, _ = random_request(rng)
        encoded = encode(scene, velocities=rng.random() < 0.5, micro=rng.random() < 0.5)
        ids = [*encoded.context, *encoded.target]
        end, features, sounding = read(ids)
        for row in features:
            assert all(0 <= n < size for n, size in zip(row, FEATURE_SIZES, strict=True))
        tracker = Tracker(first_target_bar(ids))
        for place, token in enumerate(ids):
            tracker.step(token)
            assert (tracker.features(), tracker.sounding) == (features[place], sounding[place])
            if place % 7 == 0:
                before, tracker = tracker, tracker.copy()
                before.step(v.ENDCELL)  # what happens to the other one is of no concern
        assert end.written == tracker.written
        assert [len(notes) for notes in end.written] == [
            len(notes) for notes in decode(scene, encoded, encoded.target)
        ]


def test_the_tracker_knows_where_it_is_and_what_sounds():
    encoded = encode(small_scene())
    _, features, sounding = read([*encoded.context, *encoded.target])
    first = len(encoded.context)
    assert features[first + 2][:5] == (32, 0, v.ROLES.index("bass"), TARGET, 1)
    assert sounding[first + 2] == 0
    assert sounding[first + 4] == 1 << 43
    place = names(encoded.context).index("PITCH_40") + 1
    assert features[place][0] == 31
    assert sounding[place] == 1 << 40


def test_other_parts_are_heard_while_writing():
    pad = Clip((Note(60, 0.0, 8.0), Note(64, 6.0, 1.0)), 8.0)
    scene = small_scene(
        task="accompany", parts=(Part("bass", Clip((), 8.0)), Part("pad", pad)), cells=(Cell(0, 1),)
    )
    tracker, _, _ = read(encode(scene).context)
    for token in (v.BAR, v.ROLE + v.ROLES.index("bass"), v.POS + 24):
        tracker.step(token)
    assert tracker.sounding == 1 << 60
    tracker.step(v.POS + 48)
    assert tracker.sounding == 1 << 60 | 1 << 64


def test_velocities_are_none_when_not_said():
    scene = small_scene()
    encoded = encode(scene)
    tracker, _, _ = read([*encoded.context, *encoded.target])
    assert velocities_said(tracker.written[0]) == (None,)
    said = encode(scene, velocities=True)
    tracker, _, _ = read([*said.context, *said.target])
    assert velocities_said(tracker.written[0]) == (100.0,)
    assert cell_notes(scene, 0, tracker.written[0])[0].pitch == 43


def test_twenty_thousand_notes_are_said():
    rng = random.Random(1)
    notes = tuple(Note(n % 128, rng.randrange(64 * 96) / 24, 0.25) for n in range(20_000))
    clip = Clip(notes, 256.0)
    bars = bars_of(clip, 0.0, 64)
    encoded = encode(Scene("continue", (Part("other", clip),), bars, (Cell(0, 63),)))
    distinct = {(note.pitch, note.start_beats) for note in notes}
    assert len(encoded.kept) + len(encoded.written) == len(distinct)
