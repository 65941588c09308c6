# SPDX-License-Identifier: Apache-2.0
"""What the network is asked to learn: shares of tasks, and changes that leave music right."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neural import song

from models.clip import Clip, Note
from models.corpus.piece import Label, Piece, PieceKey, PiecePart
from models.metre import Metre, MetreChange
from models.tokens.controls import measured
from models.tokens.encode import encode, lay_out
from models.tokens.scene import Controls, Part, Scene, bars_of, cells_of
from models.training.augment import Source, augmented, draw_shift, in_other_time, transposed
from models.training.objectives import HINTS, MIX, example, source_of
from models.training.telling import LOOSE_SEMITONES, TELL_NOTHING, with_controls
from models.training.windows import MOST_BARS, MOST_NOTES, excerpt, window_of


def scenes(source, count, **given_):
    found = (example(source, Random(seed), **given_) for seed in range(count))
    return [scene for scene in found if scene is not None]


def notes_of(source):
    return [note for _, clip in source.parts for note in clip.notes]


def test_shares_are_those_of_the_mix():
    source = song(voices=True)
    counts = Counter(scene.task for scene in scenes(source, 700))
    total = sum(counts.values())
    assert total > 600
    for task, share in MIX.items():
        assert counts[task] / total == pytest.approx(share, abs=0.06), task


def test_another_mix():
    only = dict.fromkeys(MIX, 0.0) | {"vary": 1.0}
    assert {scene.task for scene in scenes(song(), 30, mix=only)} == {"vary"}


def test_examples_are_known_by_their_seed():
    source = song()
    assert [example(source, Random(7)) for _ in range(2)] == [example(source, Random(7))] * 2
    assert len({repr(example(source, Random(seed))) for seed in range(20)}) > 10


def of_task(task, source=None, count=160, **given_):
    mix = {name: float(name == task) for name in MIX}
    return scenes(source or song(), count, mix=mix, **given_)


def test_continuations_write_the_end():
    found = of_task("continue")
    for scene in found:
        bars = sorted({cell.bar for cell in scene.cells})
        assert bars == list(range(bars[0], len(scene.bars)))
        assert bars[0] >= 1
        assert len(bars) <= 8
    loops = sum(scene.loop_bars > 0 for scene in found) / len(found)
    assert 0.1 < loops < 0.4, "a third, where there are bars enough"
    alone = sum(len(scene.parts) == 1 for scene in found) / len(found)
    assert 0.4 < alone < 0.65


def test_infills_write_holes():
    found = of_task("infill")
    assert any(cell.hole for scene in found for cell in scene.cells)
    assert any(part.locked for scene in found for part in scene.parts)
    assert any(len({cell.part for cell in scene.cells}) > 1 for scene in found)


def test_accompaniments_write_whole_parts_but_not_all():
    for scene in of_task("accompany"):
        parts = {cell.part for cell in scene.cells}
        assert 1 <= len(parts) < len(scene.parts)
        assert len(scene.cells) == len(parts) * len(scene.bars)


def test_drums_are_to_accompany_oftener_than_others():
    found = of_task("accompany")
    alone = [{scene.parts[cell.part].role for cell in scene.cells} for scene in found]
    assert alone.count({"drums"}) > len(found) * 0.45
    others = [roles for roles in alone if "drums" not in roles]
    assert {role for roles in others for role in roles} >= {"lead", "bass", "chords"}


def test_harmonising_writes_any_voices():
    found = of_task("harmonise", song(voices=True))
    counts = Counter(len({cell.part for cell in scene.cells}) for scene in found)
    assert set(counts) >= {1, 2, 3, 4}
    assert of_task("harmonise", song(), count=30) == [], "there are no voices"


def test_variations_tell_something():
    found = of_task("vary")
    counts = Counter(scene.cells[0].hint for scene in found)
    for hint, share in HINTS:
        assert counts[hint] / len(found) == pytest.approx(share, abs=0.13)
    cells = [(scene.parts[cell.part], cell) for scene in found for cell in scene.cells]
    assert all((cell.draft is not None) == (cell.hint == "rework") for _, cell in cells)
    spoilt = [part.clip.notes != cell.draft for part, cell in cells if cell.draft is not None]
    assert sum(spoilt) > 0.9 * len(spoilt), "a short draft may come through whole"


def test_generation_sees_chords_or_nothing():
    given_ = Counter(
        frozenset(range(len(scene.parts))) - {cell.part for cell in scene.cells} == frozenset()
        for scene in of_task("generate")
    )
    assert given_[True] > 10
    assert given_[False] > 10


def test_every_answer_has_a_note_and_every_scene_is_said():
    for voices in (False, True):
        for scene in scenes(song(voices=voices), 80):
            encoded = encode(scene)
            assert encoded.written or any(part.locked for part in scene.parts)
            assert len(encoded.context) + len(encoded.target) < 3000


@pytest.mark.parametrize("metre", ["7/8", "6/8", "3/4", "5/4", "15/8", "2/2"])
def test_any_metre(metre):
    found = scenes(song(metre=metre), 30)
    assert len(found) > 20
    for scene in found:
        encode(scene)


def test_pieces_without_music_offer_nothing():
    silent = Source((("lead", Clip((), 8.0)),))
    assert example(Source(()), Random(0)) is None
    assert example(silent, Random(0)) is None


def test_changes_of_metre_come_along():
    changes = (MetreChange(16.0, Metre(3, 4)),)
    source = song()
    parts = tuple((role, replace(clip, metre_changes=changes)) for role, clip in source.parts)
    mixed = replace(source, parts=parts)
    ticks = {
        tuple(sorted({bar.ticks for bar in scene.bars}))
        for scene in scenes(mixed, 100, augment=False)
    }
    assert {(96,), (72,), (72, 96)} <= ticks


# What is told of the answer.


def told(count=300, source=None):
    """Scenes, and what each of their cells truly measures."""
    for scene in scenes(source or song(bars=16), count):
        layout = lay_out(scene)
        yield scene, [(cell, measured(layout, cell)) for cell in scene.cells]


def test_told_controls_are_true_and_ranges_loose():
    for _, cells in told(150):
        for cell, true in cells:
            said = cell.controls
            for kind in ("density", "polyphony", "similarity", "reference"):
                assert getattr(said, kind) in {None, getattr(true, kind)}
            if said.low_pitch is not None and true.low_pitch is not None:
                assert 0 <= said.low_pitch <= true.low_pitch
            if said.high_pitch is not None and true.high_pitch is not None:
                assert true.high_pitch <= said.high_pitch <= 127


def test_shares_of_what_is_told():
    found = [scene for scene, _ in told(600)]
    spoken = [s for s in found if any(cell.controls != Controls() for cell in s.cells)]
    nothing = 1 - len(spoken) / len(found)
    assert nothing == pytest.approx(TELL_NOTHING, abs=0.08)
    density = [any(cell.controls.density is not None for cell in s.cells) for s in spoken]
    assert 0.45 < sum(density) / len(density) < 0.7
    even = [len({c.controls.density is None for c in s.cells}) == 1 for s in spoken]
    assert 0.7 < sum(even) / len(even) < 1, "mostly one wish for all cells"


def test_ranges_of_a_scene_are_mostly_those_of_its_parts():
    part = Part("lead", Clip(tuple(Note(60 + 5 * n, 4.0 * n, 1.0) for n in range(4)), 16.0))
    scene = Scene("generate", (part,), bars_of(part.clip, 0.0, 4), cells_of([0], range(4)))
    drawn = [with_controls(scene, Random(seed)) for seed in range(200)]
    lows = [{c.controls.low_pitch for c in s.cells if c.controls.low_pitch} for s in drawn]
    said = [low for low in lows if low]
    of_part = {min(low) for low in said if len(low) == 1}
    assert sum(len(low) == 1 for low in said) > len(said) / 2
    assert of_part >= set(range(60 - LOOSE_SEMITONES, 61)), "one for all, looser or tighter"


def test_what_is_told_is_known_by_the_seed():
    scene = example(song(), Random(3))
    once = [with_controls(scene, Random(seed)) for seed in range(30)]
    assert once == [with_controls(scene, Random(seed)) for seed in range(30)]
    assert len({repr(found.cells) for found in once}) > 10
    for found in once:
        assert replace(found, cells=scene.cells) == scene, "nothing else changes"


# Windows.


def test_an_excerpt_is_the_piece_moved():
    source = song()
    for seed in range(20):
        cut = excerpt(source, Random(seed))
        originals = {role: clip.notes for role, clip in source.parts}
        (offset,) = {
            round(original.start_beats - note.start_beats, 6)
            for role, clip in cut.parts
            for note in clip.notes[:1]
            for original in [_first(originals[role], clip.notes)]
        } or {0.0}
        for role, clip in cut.parts:
            expected = [
                note.moved(-offset)
                for note in originals[role]
                if 0 <= note.start_beats - offset < clip.length_beats
            ]
            assert list(clip.notes) == expected


def _first(whole, part):
    """The note of the whole from which on the part runs."""
    pitches = [note.pitch for note in part]
    every = [note.pitch for note in whole]
    places = [n for n in range(len(every)) if every[n : n + len(pitches)] == pitches and pitches]
    gaps = [round(n.start_beats - part[0].start_beats, 6) for n in part]
    for place in places:
        run = whole[place : place + len(part)]
        if [round(n.start_beats - run[0].start_beats, 6) for n in run] == gaps:
            return whole[place]
    raise AssertionError("the excerpt is not in the piece")


def test_crowded_windows_are_cut_short():
    notes = tuple(Note(60 + n % 12, n / 50, 0.02) for n in range(3200))
    crowded = Source((("lead", Clip(notes, 64.0)),))
    for seed in range(20):
        cut = excerpt(crowded, Random(seed))
        assert 0 < len(notes_of(cut)) <= MOST_NOTES


def test_turned_windows_end_where_the_first_bar_follows():
    notes = tuple(Note(60 + n, 4.0 * n, 4.0) for n in range(8))
    source = Source((("lead", Clip(notes, 32.0)),))
    turned = [window_of(source, Random(seed), 1.0) for seed in range(20)]
    assert {window.turned for window in turned} == {1, 2}
    for window in turned:
        pitches = [note.pitch for note in window.parts[0].clip.notes]
        count = window.turned
        assert pitches == [*range(68 - count, 68), *range(60, 68 - count)]
        assert [note.start_beats for note in window.parts[0].clip.notes] == [
            4.0 * n for n in range(8)
        ]
    assert window_of(source, Random(0), 0.0).parts[0] == Part("lead", Clip(notes, 32.0))


def test_a_note_does_not_ring_over_the_turn():
    notes = (Note(60, 0.0, 4.0), Note(62, 12.0, 9.0))
    source = Source((("lead", Clip(notes, 16.0)),))
    window = next(
        w for w in (window_of(source, Random(seed), 1.0) for seed in range(20)) if w.turned == 1
    )
    assert [(n.pitch, n.start_beats, n.duration_beats) for n in window.parts[0].clip.notes] == [
        (62, 0.0, 4.0),
        (60, 4.0, 4.0),
    ]


# Augmentation.


@given(st.integers(-6, 5), st.integers(0, 23))
def test_transposing_moves_pitched_parts_and_the_key(semitones, key):
    source = replace(song(), key=key)
    moved = transposed(source, semitones)
    for (role, before), (_, after) in zip(source.parts, moved.parts, strict=True):
        shift = 0 if role == "drums" else semitones
        assert [n.pitch for n in after.notes] == [n.pitch + shift for n in before.notes]
    assert moved.key // 12 == key // 12
    assert moved.key % 12 == (key + semitones) % 12
    assert transposed(moved, -semitones) == source


def test_every_shift_is_as_likely_and_none_leaves_the_keyboard():
    counts = Counter(draw_shift(song(), Random(seed)) for seed in range(600))
    assert set(counts) == set(range(-6, 6))
    edges = Source((("lead", Clip((Note(2, 0, 1), Note(126, 1, 1)), 4.0)),))
    assert {draw_shift(edges, Random(seed)) for seed in range(50)} == {-2, -1, 0, 1}
    assert transposed(replace(song(), key=24), 3).key == 24
    assert transposed(song(), 3).key == 3


def test_double_time_sounds_the_same():
    source = song()
    for factor in (0.5, 2.0):
        other = in_other_time(source, factor)
        for (_, before), (_, after) in zip(source.parts, other.parts, strict=True):
            assert after.tempo_bpm == before.tempo_bpm * factor
            assert after.length_beats == before.length_beats * factor
            assert [n.start_beats for n in after.notes] == [
                n.start_beats * factor for n in before.notes
            ]
    waltz = song(metre="3/4")
    assert in_other_time(waltz, 2.0) is waltz


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_augmented_pieces_keep_their_shape(seed, voices):
    source = song(voices=voices)
    changed = augmented(source, Random(seed))
    assert changed == augmented(source, Random(seed))
    assert len(changed.parts) == len(source.parts)
    for (role, before), (new_role, after) in zip(source.parts, changed.parts, strict=True):
        assert len(after.notes) == len(before.notes)
        assert new_role == role or (new_role == "other" and role not in "SATB drums")
        assert all(1 <= note.velocity <= 127 for note in after.notes)


def test_flat_velocities_stay_flat_and_played_ones_move_a_little():
    flat = Source((("lead", Clip((Note(60, 0, 1, 80), Note(62, 1, 1, 80)), 4.0)),))
    played = Source((("lead", Clip((Note(60, 0, 1, 80), Note(62, 1, 1, 100)), 4.0)),))
    for seed in range(20):
        assert {n.velocity for n in notes_of(augmented(flat, Random(seed)))} == {80}
        for note, original in zip(
            notes_of(augmented(played, Random(seed))), (80, 100), strict=True
        ):
            assert abs(note.velocity - original) <= 0.1 * original + 4


def test_windows_stay_small_in_double_time():
    found = scenes(song(bars=40), 100)
    assert max(len(scene.bars) for scene in found) <= MOST_BARS


def test_pieces_of_the_corpus():
    clip = Clip((Note(60, 0, 1),), 4.0)
    label = Label("made", "a.mid", "a", key=PieceKey(9, True, 1.0))
    piece = Piece(label, (PiecePart("S", clip), PiecePart("drums", clip)))
    assert source_of(piece) == Source((("S", clip), ("drums", clip)), key=21)
