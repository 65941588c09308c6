# SPDX-License-Identifier: Apache-2.0
"""Windows, pairs, seams and the arithmetic of the tables, with a network of random weights."""

from random import Random

import pytest
from neural import need_torch

torch = need_torch()

import numpy as np  # noqa: E402
from charts.dots import Axis, Mark, chart  # noqa: E402
from charts.pages import between  # noqa: E402
from likelihood.cycles import cycled  # noqa: E402
from likelihood.page import against, per_note, spread  # noqa: E402
from likelihood.pairs import accuracy, interval, pairs  # noqa: E402
from likelihood.scoring import Scorer  # noqa: E402
from likelihood.seams import Loop, Question, bar_nats, bar_scene, loop_seam, seam_surprise  # noqa: E402
from likelihood.told import told  # noqa: E402
from likelihood.windows import continuation, key_told, playing, rank, starts, window_at  # noqa: E402

from models.clip import Clip, Note  # noqa: E402
from models.corpus.piece import Label, Piece, PieceKey, PiecePart  # noqa: E402
from models.metre import Metre, MetreChange  # noqa: E402
from models.network import NetworkConfig  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.scene import without_targets  # noqa: E402
from models.transformer import Transformer  # noqa: E402

RANK = 2140117365458704691


def clip(seed, bars, low=60, kind="melodic", **frame):
    rng = Random(seed)
    notes = [Note(low + rng.randrange(12), beat / 2, 0.5) for beat in range(bars * 8)]
    return Clip(tuple(notes), bars * 4.0, kind=kind, **frame)


def piece(seed, bars=16, tonic=0, **frame):
    label = Label("freedoom", f"{seed}.mid", f"work {seed}", key=PieceKey(tonic, False, 1.0))
    roles = (("lead", 60, "melodic"), ("bass", 36, "melodic"), ("drums", 36, "drums"))
    parts = (
        PiecePart(role, clip(f"{seed}{role}", bars, low, kind, **frame))
        for role, low, kind in roles
    )
    return Piece(label, tuple(parts))


@pytest.fixture(scope="module")
def scorer():
    torch.manual_seed(0)
    config = NetworkConfig(v.SIZE, 32, 1, 2, context=1025)
    return Scorer(Transformer(config))


def test_windows_stand_in_one_metre():
    change = (MetreChange(16.0, Metre(3, 4)),)
    assert list(starts(piece(1, 16), 12)) == [0, 4]
    assert list(starts(piece(1, 16, metre_changes=change), 12)) == [4, 8]


def test_a_window_begins_at_beat_0_and_holds_its_notes():
    whole = piece(1, 16)
    window = window_at(whole, 4, 12)
    assert [bar.start_beats for bar in window.bars] == [4.0 * n for n in range(12)]
    expected = [n.moved(-16.0) for n in whole.parts[0].clip.notes if n.start_beats >= 16]
    lead = next(p for p in window.parts if p.role == "lead")
    assert list(lead.clip.notes) == expected
    assert playing(window) == [0, 1, 2]
    assert len(window.notes(0, 8, 12)) == 32


def test_the_question_does_not_know_the_answer():
    window = window_at(piece(1), 0, 12)
    scene = continuation(window, 2, [0, 1])
    assert [cell.bar for cell in scene.cells] == [8, 9, 10, 11]
    bare = without_targets(scene)
    assert key_told(bare.parts, 32.0) == scene.key
    low = min(n.start_beats for n in bare.parts[2].clip.notes)
    assert (low, max(n.start_beats for n in bare.parts[2].clip.notes)) == (0.0, 31.5)


def test_scores_add_up(scorer):
    scenes = [continuation(window_at(piece(n), 0, 12), part) for n in (1, 2) for part in (0, 2)]
    together = scorer(scenes, ruled=True)
    for scene, one in zip(scenes, together, strict=True):
        alone = scorer([scene])[0]
        assert np.allclose(alone.nats, one.nats, atol=1e-4)
        assert one.notes == 32
        assert len(one.by_bar()) == 4
        assert sum(one.by_bar()) == pytest.approx(one.total)
        assert (one.ruled <= one.nats + 1e-6).all()
        # Random weights know nothing; what the grammar leaves one choice for costs nothing.
        assert one.total / len(one.tokens) == pytest.approx(np.log(v.SIZE), rel=0.1)
        assert one.ruled[one.tokens == v.BAR] == pytest.approx(0, abs=1e-5)


def test_pairs_keep_roles_metre_and_key(scorer):
    pool = [window_at(piece(n, 8, tonic=n), 0, 8) for n in range(4)]
    found = list(pairs(pool, "lead", scorer))
    assert len(found) == 4
    for pair in found:
        assert [p.role for p in pair.right.parts] == [p.role for p in pair.wrong.parts]
        assert pair.right.cells == pair.wrong.cells
        assert pair.right.parts[-1] == pair.wrong.parts[-1]
        assert pair.right.parts[0] != pair.wrong.parts[0]
        assert (pair.right.key, pair.right.tempo_bpm) == (pair.wrong.key, pair.wrong.tempo_bpm)


def test_a_foreign_context_is_transposed(scorer):
    pool = [window_at(piece(n, 8, tonic=tonic), 0, 8) for n, tonic in ((1, 0), (2, 7))]
    pair = next(pairs(pool, "lead", scorer))
    bass = next(p for p in pair.wrong.parts if p.role == "bass")
    there = next(p for p in pool[1].parts if p.role == "bass")
    moved = {a.pitch - b.pitch for a, b in zip(bass.clip.notes, there.clip.notes, strict=True)}
    assert moved == ({5} if pair.work.endswith("1") else {-5})


@pytest.mark.parametrize("bars", [1, 2, 4, 8])
def test_a_cycle_repeats_word_for_word(bars):
    window = cycled(window_at(piece(1), 0, 12), 1, bars)
    for bar in range(bars, 12):
        late, early = window.notes(1, bar, bar + 1), window.notes(1, bar - bars, bar - bars + 1)
        assert late == [note.moved(4.0 * bars) for note in early] != []


def test_accuracy_and_its_interval():
    assert accuracy([1.0, 2.0, -1.0, 0.0]) == 0.625
    works = [str(n // 4) for n in range(100)]
    costs = [1.0 if n % 4 else -1.0 for n in range(100)]
    assert interval(works, costs) == (0.75, 0.75)  # every work is alike
    low, high = interval([str(n) for n in range(100)], costs)
    assert 0.6 < low < 0.75 < high < 0.9


def test_no_surprise_where_nothing_differs(scorer):
    prompt, bar = clip(1, 8), clip(2, 1)
    truth = [Question("lead", prompt, bar)]
    assert seam_surprise(scorer, truth, truth) == [0.0]
    loop = Loop("lead", bar, clip(3, 4), clip(3, 4))
    assert loop_seam(scorer, [loop]) == [0.0]


def test_seam_surprise_is_a_difference(scorer):
    prompt = clip(1, 8)
    written, truth = Question("lead", prompt, clip(2, 1)), Question("lead", prompt, clip(3, 1))
    left, right = bar_nats(scorer, [written, truth])
    assert seam_surprise(scorer, [written], [truth]) == [pytest.approx(left - right, abs=1e-3)]


def test_a_bar_stands_behind_what_comes_before(scorer):
    scene = bar_scene(Question("lead", clip(1, 2), clip(2, 4)), key=True)
    assert len(scene.bars) == 3
    assert [cell.bar for cell in scene.cells] == [2]
    assert len(scene.parts[0].clip.notes) == 24  # only the first bar of what follows


def test_too_long_a_scene_has_no_number(scorer):
    assert bar_nats(scorer, [Question("lead", clip(1, 80), clip(2, 1))]) == [None]


@pytest.mark.parametrize("kind", ["density", "polyphony", "range", "similarity"])
def test_wrong_controls_differ_from_right_ones(kind):
    window = window_at(piece(1), 0, 12)
    lead = next(n for n, part in enumerate(window.parts) if part.role == "lead")
    scene = continuation(window, lead)
    right, wrong = told(scene, kind, False), told(scene, kind, True)
    for a, b in zip(right.cells, wrong.cells, strict=True):
        assert a.controls != b.controls
        assert scene.parts == right.parts == wrong.parts


def test_arithmetic_of_the_table():
    rows = [
        {"work": "a", "notes": 10, "x": 10.0, "y": 20.0},
        {"work": "b", "notes": 30, "x": 30.0, "y": 40.0},
    ]
    assert per_note(rows, "x") == 1.0
    assert against(rows, "x", "y") == pytest.approx(-1 / 3)
    low, high = spread(rows, "x", "y")
    assert (low, high) == (pytest.approx(-0.5), pytest.approx(-0.25))


def test_only_what_stands_between_marks_is_replaced():
    text = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y -->\nkept\n<!-- /y -->\n"
    new = between(text, "x", "| 1 |")
    assert new == text.replace("\nold\n", "\n\n| 1 |\n\n")
    assert between(new, "x", "| 1 |") == new


def test_a_chart_has_its_marks():
    rows = [("a & b", {"x": Mark(1.0, 0.5, 1.5), "y": Mark(2.0)}), ("c", {"x": Mark(0.0)})]
    svg = chart("title", rows, Axis("nats", target=1.0))
    assert svg.count('r="5"') == 3 + 2  # dots, and the legend's
    assert "a &amp; b" in svg
    assert "stroke-dasharray" in svg


def test_hashes_do_not_change():
    assert rank("a", 1) == rank("a", 1) != rank("a", 2)
    assert rank("freedoom", "x") == RANK
