# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of the tables of generated music, on music whose answers are known."""

import math
from statistics import NormalDist
from xml.etree import ElementTree

import numpy as np
import pytest
from charts.lines import Chart, picture
from continuing.windows import Window
from corpora import tune
from generation import accompany, copying, lag, mgeval
from generation.systems import key_shift, other_piece, shifted

from models.clip import Clip, Note
from models.metre import Metre
from models.theory.chords import Chord


def line(pitches, step=1.0, start=0.0):
    return tuple(Note(p, start + n * step, step) for n, p in enumerate(pitches))


def window(notes, truth=(), piece="a", metre=None):
    metre = metre or Metre()
    prompt = Clip(tuple(notes), 8 * metre.bar_beats, metre=metre)
    return Window(piece, "melody", prompt, tuple(truth), name=piece)


# -- MGEval --------------------------------------------------------------------------------------


def test_features_of_a_known_line():
    notes = (Note(62, 0.0, 1.0), Note(66, 1.0, 0.5), Note(62, 2.0, 1.5), Note(69, 3.5, 1.0))
    found = mgeval.features(notes, 2, 16.0)
    assert tuple(found) == mgeval.FEATURES
    assert found["pitch count"] == 3
    assert found["PCH"][0] == pytest.approx(2.5 / 4)  # weighted by length, the tonic first
    assert found["PC transitions"].sum() == 3
    assert found["PC transitions"][12 * 0 + 4] == 1
    assert found["range"] == 7
    assert found["mean interval"] == pytest.approx((4 + 4 + 7) / 3)
    assert found["note count"] == 4
    assert found["mean IOI"] == pytest.approx(3.5 / 3)
    lengths = {mgeval.LENGTHS_BEATS[n]: share for n, share in enumerate(found["length histogram"])}
    assert lengths[1] == 0.5
    assert lengths[0.5] == lengths[1.5] == 0.25


def test_one_note_has_features_too():
    found = mgeval.features((Note(0, 0.0, 0.25),), 0, 16.0)
    assert found["mean interval"] == 0
    assert found["mean IOI"] == 16
    assert all(np.isfinite(value).all() for value in found.values())


def test_distances_are_of_all_pairs():
    rows = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    assert sorted(mgeval.intra(rows)) == pytest.approx([1.0, math.sqrt(18), 5.0])
    assert sorted(mgeval.inter(rows, rows[:1])) == pytest.approx([0.0, 1.0, 5.0])


def test_the_overlap_of_two_normal_densities_is_the_known_one():
    normal = NormalDist()
    places = (np.arange(20_000) + 0.5) / 20_000
    first = np.array([normal.inv_cdf(p) for p in places])
    for apart in (0.0, 1.0, 3.0):
        known = 2 * normal.cdf(-apart / 2)
        assert mgeval.overlap(first, first + apart) == pytest.approx(known, abs=0.02)
    # D_KL of N(0, 1) from N(1, 1) is 1/2; ends of the samples cut off the tails
    assert mgeval.divergence(first, first) == pytest.approx(0.0, abs=1e-9)
    assert mgeval.divergence(first, first + 1) == pytest.approx(0.5, abs=0.05)


def test_densities_have_area_one_wherever_the_distances_lie():
    rng = np.random.default_rng(1)
    left, right, step = mgeval.densities(rng.normal(5, 1, 4000), rng.normal(6, 1, 4000))
    assert left.sum() * step == pytest.approx(1.0, abs=0.01)
    assert right.sum() * step == pytest.approx(1.0, abs=0.01)


def test_distances_that_are_all_the_same_have_an_overlap():
    same = np.zeros(10)
    assert mgeval.overlap(same, same) > 0.5
    assert mgeval.overlap(same, same + 1) < 0.01


def test_the_truth_overlaps_itself_more_than_noise():
    windows = [window(tune(n).notes, piece=str(n)) for n in range(24)]
    real = [tune(n + 100, notes=16).notes for n in range(24)]
    wild = [line([(37 * n + 53 * k) % 128 for k in range(40)], 0.1) for n in range(24)]
    rows = mgeval.table("melody", windows, {"truth": real, "same": real, "wild": wild})
    means = {row[0]: float(row[-1].split(" / ")[0]) for row in rows[1:]}
    assert means["same"] > 0.8
    assert means["wild"] < means["same"] - 0.3
    assert "truth in halves (noise floor)" in means


# -- similarity by lag ---------------------------------------------------------------------------


def test_a_repeat_is_like_the_bar_it_repeats():
    prompt = line(range(40, 72))  # eight bars, no two alike
    found = lag.curve([window(prompt)], [line(range(56, 72))])
    assert found == [0, 0, 0, 1, 0, 0, 0, 0]  # the last four bars again
    found = lag.curve([window(prompt)], [line([68, 69, 70, 71] * 4)])
    assert found == pytest.approx([1, 3 / 4, 2 / 4, 1 / 4, 0, 0, 0, 0])


def test_similarity_is_shared_over_all():
    bars = lag.bars_of((Note(60, 0, 1), Note(64, 1, 1), Note(60, 3, 1), Note(65, 4, 1)), 3.0, 2)
    assert lag.similarity(*bars) == 1 / 3
    assert lag.similarity(bars[0], frozenset()) == 0
    assert lag.error([0.5, 0.1], [0.3, 0.3]) == pytest.approx(0.2)


# -- accompaniment -------------------------------------------------------------------------------


def test_chance_is_the_mean_over_the_other_beats():
    pairs = [(frozenset({48}), Chord(0, "")), (frozenset({55}), Chord(7, ""))]
    assert accompany.share_and_chance(pairs, accompany.root_below) == (1.0, 0.0)
    # G belongs to C major, C does not belong to G major
    assert accompany.share_and_chance(pairs, accompany.chord_tones) == (1.0, 0.5)


def test_coincidence_above_chance_is_for_onsets_that_meet():
    kicks = set(range(0, 128, 8))
    share, chance = accompany.coincidence(kicks, kicks, 16, 128)
    assert share == 1.0
    assert chance == pytest.approx(1 / 15)  # only the half bar meets again
    everywhere = set(range(128))
    share, chance = accompany.coincidence(everywhere, kicks, 16, 128)
    assert share == chance  # who plays always gains nothing


def test_a_late_note_sounds_at_its_beat_and_an_ended_one_does_not():
    notes = (Note(40, 0.04, 0.9), Note(43, 1.0, 1.0))
    assert accompany.sounding(notes, 0.0) == {40}
    assert accompany.sounding(notes, 1.0) == {43}


def test_another_piece_is_moved_into_the_key():
    scale = [0, 2, 4, 5, 7, 9, 11, 0, 4, 7]
    home, away = line([60 + s for s in scale]), line([63 + s for s in scale])
    assert key_shift(away, home) == -3
    assert [n.pitch for n in shifted(away, -3)] == [n.pitch for n in home]
    assert [n.pitch for n in shifted(line([0, 127]), 3)] == [3, 118]
    pair = [window(home, home, "a"), window(away, away, "b")]
    assert [n.pitch for n in other_piece(pair[0], pair)] == [n.pitch for n in home]


# -- copying -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def training():
    rows = [copying.codes_of(tune(seed, notes=80).notes) for seed in range(30)]
    padded, owners = [], []
    for number, row in enumerate(rows):
        length = -(-(len(row) + 1) // copying.HOP) * copying.HOP
        padded.append(np.pad(row, (0, length - len(row)), constant_values=-1))
        owners += [number] * (length // copying.HOP)
    codes = np.concatenate(padded)
    shingles = copying.grams(codes, copying.GRAM)
    order = np.argsort(shingles, kind="stable")
    owners = np.array(owners, np.int32)
    return copying.Training(codes, owners, order, shingles[order], 2400, 30)


def test_a_run_is_found_in_any_key_and_place(training):
    own = tune(7, notes=80).notes[20:41]
    stolen = [Note(n.pitch + 5, n.start_beats + 3.25, 0.1) for n in own]
    new = tune(999, notes=20).notes
    mixed = [*new[:8], *(n.moved(100) for n in stolen)]
    runs = copying.longest_runs([copying.codes_of(q) for q in (stolen, new, mixed)], training.codes)
    assert runs[0] == 20  # steps between 21 notes
    assert runs[1] < 6
    assert runs[2] == 20
    longest = copying.codes_of(tune(7, notes=80).notes)
    assert copying.longest_runs([longest], training.codes) == [79]


def test_a_run_does_not_go_on_into_the_next_part(training):
    both = np.concatenate([training.codes[:79], training.codes[80:159]])
    assert copying.longest_runs([both], training.codes) == [79]


def test_the_nearest_work_is_far_ahead_of_the_rest_for_a_copy_only(training):
    copy = copying.codes_of(tune(3, notes=80).notes[16:49])
    first, second = copying.nearest_works(copy, training)
    assert first > 0.8
    assert second < 0.2
    first, second = copying.nearest_works(copying.codes_of(tune(999).notes), training)
    assert first < 0.2


def test_too_few_notes_are_no_copy(training):
    for notes in ((), (Note(60, 0, 1),)):
        query = copying.codes_of(notes)
        assert copying.longest_runs([query], training.codes) == [0]
        assert copying.nearest_works(query, training) == (0.0, 0.0)


def test_the_seam_joins_prompt_and_answer(training):
    whole = tune(5, notes=80).notes
    seam = whole[40].start_beats
    prompt = Clip(tuple(n.moved(0.0) for n in whole[:40]), seam)
    rest = tuple(n.moved(-seam) for n in whole[40:])
    codes = copying.across_seam(Window("x", "melody", prompt, ()), rest)
    assert copying.longest_runs([codes], training.codes) == [2 * copying.SEAM_NOTES - 1]


# -- pictures ------------------------------------------------------------------------------------


def test_a_chart_has_each_line_in_each_panel_and_words_that_are_escaped():
    lines = {"a < b": [0.0, 0.5], "grey": [1.0, 0.2]}
    chart = Chart(["1", "2"], "lag & place", 1.0, muted=("grey",))
    root = ElementTree.fromstring(picture("A & B", {"one": lines, "two": lines}, chart))
    polylines = [node for node in root.iter() if node.tag.endswith("polyline")]
    assert len(polylines) == 4
    assert len({node.get("stroke") for node in polylines}) == 2
    assert "a < b" in {node.text for node in root.iter()}
