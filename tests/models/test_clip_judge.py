# SPDX-License-Identifier: Apache-2.0
"""Choosing among candidates: gates, order, distinct takes."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clip import Clip, Note
from models.engine import Answer
from models.engines.clip.ask import Ask, Draft
from models.engines.clip.bands import FAMILIES, bands
from models.engines.clip.court import Court
from models.engines.clip.distance import DISTINCT, distance, outline
from models.engines.clip.judge import choose, judge
from models.metre import Metre
from models.tokens.grid import grid_bars
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Controls, Part, Scene, cells_of
from models.tokens.vocabulary import ROLES

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def clip(notes, bars, metre=Metre(), kind="melodic"):
    return Clip(tuple(notes), bars * metre.bar_beats, metre=metre, kind=kind)


def tune(bars, seed=0, first=0):
    """Eighths and quarters that wander about the scale of C."""
    rng, degree, notes = random.Random(seed), 3, []
    for bar in range(first, first + bars):
        beat = 0.0
        while beat < 4:
            length = rng.choice((0.5, 0.5, 1.0)) if beat < 3.5 else 0.5
            degree = min(7, max(0, degree + rng.choice((-2, -1, -1, 1, 1, 2))))
            notes.append(Note(SCALE[degree], bar * 4 + beat, length))
            beat += length
    return notes


def ask_of(parts, target, bars, wanted, *, task="continue", loop_bars=0, cells=None):
    grid = grid_bars(clip((), bars).bars(0, bars * 4))
    cells = cells or cells_of([target], wanted)
    scene = Scene(task, tuple(parts), grid, tuple(cells), loop_bars)
    return Ask(scene, {target: PartRules()}, (), lambda span, cells: (), lambda cells: Answer(()))


def continuing(role="lead", notes=None, **more):
    """Four bars are known, four are wanted."""
    notes = tune(4) if notes is None else notes
    return ask_of([Part(role, clip(notes, 8))], 0, 8, range(4, 8), **more)


def draft(notes, first=4, bars=4, nats=(), tokens=()):
    inside = [
        tuple(n for n in notes if bar * 4 <= n.start_beats < bar * 4 + 4)
        for bar in range(first, first + bars)
    ]
    return Draft(tuple(inside), nats, tokens)


GOOD = draft(tune(4, seed=5, first=4))


def faults_of(ask, candidate):
    return judge(ask, [candidate])[0].faults


def pulse(pitches, length=1.0, first=4, bars=4):
    count = round(bars * 4 / length)
    return [Note(pitches[n % len(pitches)], first * 4 + n * length, length) for n in range(count)]


def test_a_tune_like_its_source_passes_every_gate():
    assert faults_of(continuing(), GOOD) == ()


@pytest.mark.parametrize(
    ("notes", "fault"),
    [
        ([], "nothing plays"),
        ([n for n in tune(4, 5, 4) if not 20 <= n.start_beats < 24], "a bar is empty"),
        (pulse((64, 65), 0.5), "it goes to and fro between two notes"),
        (pulse((60, 62, 64, 65, 67, 65, 64, 62), 0.5), "a bar repeats on"),
        (pulse((60, 62), 0.5), "a bar has hardly two pitches"),
        (pulse((60,), 0.5), "one note is hammered"),
        (pulse(SCALE, 0.125), "it is far denser than asked"),
        (pulse(SCALE, 4.0), "it is far thinner than asked"),
        ([*tune(1, 5, 4), Note(67, 20.0, 12.0)], "a note is stuck"),
    ],
)
def test_what_one_hears_at_once_is_a_fault(notes, fault):
    ask = continuing()
    assert fault in faults_of(ask, draft(notes))
    assert choose(ask, [draft(notes), GOOD]).order == (1,)


def test_a_source_that_does_the_same_may_get_the_same():
    drone = continuing(notes=pulse((60,), 0.5, first=0))
    assert faults_of(drone, draft(pulse((60,), 0.5))) == ()


def test_repeats_that_were_asked_for_are_no_fault():
    bar = [note.moved(16) for note in tune(1)]
    frozen = draft([note.moved(4 * n) for n in range(4) for note in bar])
    asked = cells_of([0], range(4, 8), controls=Controls(similarity=4))
    assert faults_of(continuing(), frozen)
    assert not faults_of(continuing(cells=asked), frozen)


def test_a_bass_and_drums_may_repeat_where_nothing_is_known():
    for role in ("bass", "drums"):
        ask = ask_of([Part(role, clip((), 4))], 0, 4, range(4), task="generate")
        assert faults_of(ask, draft(pulse((36, 36, 43, 36), 1.0, first=0), first=0)) == ()


def test_rework_that_changes_nothing_is_a_fault():
    notes = tune(4)
    cells = cells_of([0], range(4), hint="rework")
    ask = ask_of([Part("lead", clip(notes, 4))], 0, 4, range(4), task="vary", cells=cells)
    assert "nothing has changed" in faults_of(ask, draft(notes, first=0))
    assert not faults_of(ask, draft(tune(4, seed=9), first=0))


def test_the_least_bad_is_kept_and_said():
    ask = continuing()
    thin = draft(pulse(SCALE, 4.0))
    chosen = choose(ask, [draft(()), thin])
    assert chosen.order == (1,)
    assert "far thinner" in chosen.degraded[0]


def test_a_candidate_like_the_source_goes_before_one_that_is_not():
    ask = continuing()
    rng = random.Random(1)
    rough = draft([replace(n, pitch=rng.randint(40, 90)) for n in tune(4, 5, 4)])
    shifted = draft([replace(n, pitch=n.pitch + 1) for n in tune(4, 5, 4)])
    assert choose(ask, [rough, shifted, GOOD], 3).order[0] == 2


def test_density_asked_moves_the_reference():
    sparse, busy = draft(pulse(SCALE, 1.0)), draft(pulse(SCALE, 0.25))
    for wish, best in ((3, 0), (7, 1)):
        cells = cells_of([0], range(4, 8), controls=Controls(density=wish))
        assert choose(continuing(cells=cells), [sparse, busy]).order == (best,)


def test_surprise_counts_on_both_sides():
    rows = [draft(tune(4, 5, 4), nats=(n,), tokens=(10,)) for n in (2.0, 10.0, 18.0)]
    costs = [verdict.cost for verdict in judge(continuing(), rows)]
    assert costs[1] < costs[0] == costs[2]
    assert judge(continuing(), rows, typical_nats=1.8)[2].cost < costs[1] + 1e-9


def test_bass_on_the_chord_goes_before_bass_beside_it():
    chords = [
        Note(pitch, bar * 4.0, 4.0)
        for bar, root in enumerate((60, 65, 67, 60))
        for pitch in (root, root + 4, root + 7)
    ]
    roots = [36, 41, 43, 36]
    parts = [Part("bass", clip((), 4)), Part("chords", clip(chords, 4))]
    ask = ask_of(parts, 0, 4, range(4), task="accompany")

    def bass(shift):
        return draft(
            [
                Note(root + shift + (7 if beat == 2 else 0), bar * 4.0 + beat, 1.0)
                for bar, root in enumerate(roots)
                for beat in range(4)
            ],
            first=0,
        )

    order = choose(ask, [bass(1), bass(6), bass(0)], 3).order
    assert order[0] == 2


def test_parallels_cost():
    soprano = [Note(p, float(n), 1.0) for n, p in enumerate((72, 74, 76, 77, 79, 77, 76, 74))]
    parts = [Part("B", clip((), 2)), Part("S", clip(soprano, 2))]
    ask = ask_of(parts, 0, 2, range(2), task="harmonise")
    fifths = draft([replace(n, pitch=n.pitch - 19) for n in soprano], first=0, bars=2)
    contrary = draft(
        [Note(p, float(n), 1.0) for n, p in enumerate((57, 55, 48, 50, 48, 50, 52, 55))],
        first=0,
        bars=2,
    )
    terms = [verdict.terms["voices"] for verdict in judge(ask, [fifths, contrary])]
    assert terms[0] > 5 * terms[1]


def test_takes_are_distinct_and_too_few_are_said():
    other = draft(tune(4, seed=8, first=4))
    twin = draft([replace(n, velocity=80.0) for n in tune(4, 5, 4)])
    chosen = choose(continuing(), [GOOD, twin, other], 3)
    assert len(chosen.order) == 2
    assert chosen.degraded == ("2 of 3 takes: 1 sounded like one of them",)
    assert choose(continuing(), [GOOD, other], 2).degraded == ()


def test_one_changed_note_in_a_long_answer_is_no_take_of_its_own():
    notes = tune(4, 5, 4)
    changed = [replace(notes[0], pitch=notes[0].pitch + 2), *notes[1:]]
    near = distance(outline(GOOD.cells), outline(draft(changed).cells))
    far = distance(outline(GOOD.cells), outline(draft(tune(4, 8, 4)).cells))
    assert 0 < near < DISTINCT < far


NOTES = st.lists(
    st.builds(
        Note,
        st.integers(0, 127),
        st.integers(16 * 24, 32 * 24 - 1).map(lambda tick: tick / 24),
        st.integers(1, 200).map(lambda tick: tick / 24),
    ),
    max_size=40,
)


@given(st.lists(NOTES, min_size=1, max_size=4), st.integers(1, 4), st.sampled_from(ROLES))
def test_any_candidates_give_an_order(candidates, takes, role):
    ask = continuing(role)
    drafts = [draft(notes) for notes in candidates]
    chosen = choose(ask, drafts, takes)
    assert 1 <= len(chosen.order) <= takes
    assert len(set(chosen.order)) == len(chosen.order)
    assert (len(chosen.order) < takes) <= bool(chosen.degraded)
    assert choose(ask, drafts, takes) == chosen


@given(NOTES, NOTES)
def test_distance_is_symmetric_and_bounded(left, right):
    a, b = outline(draft(left).cells), outline(draft(right).cells)
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert 0 <= distance(a, b) <= 1
    assert distance(a, a) == 0


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_bands(role):
    assert FAMILIES[role]
    table = bands(role)
    assert table["density"].distance(table["density"].mean) == 0
    assert all(band.spread > 0 < band.rest for band in table.values())


def test_bands_judge_both_sides_alike_and_are_bounded():
    band = bands("lead")["density"]
    up, down = band.distance(band.mean + 1), band.distance(band.mean - 1)
    assert up == pytest.approx(down)
    assert band.distance(1e9) < 10
    assert band.distance(3.0, source=3.0) < band.distance(3.0, source=0.0)


def test_holes_count_what_stands_around_them():
    notes = tune(4)
    cells = (Cell(0, 1, hole=(48, 96)),)
    ask = ask_of([Part("lead", clip(notes, 4))], 0, 4, (1,), task="infill", cells=cells)
    inside = tuple(n for n in notes if 6 <= n.start_beats < 8)
    verdict = Court(ask.scene).verdict((inside,))
    assert verdict.faults == ()
