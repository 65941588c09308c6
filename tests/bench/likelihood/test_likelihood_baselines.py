# SPDX-License-Identifier: Apache-2.0
"""The baselines are proper distributions over the network's own tokens, and learn."""

import math
from random import Random

import pytest

np = pytest.importorskip("numpy")

from likelihood.baselines import NAMES, REPEATS, Online, fit, nats, said  # noqa: E402
from likelihood.mixing import Examples, _slope, mix  # noqa: E402
from likelihood.plainly import learned  # noqa: E402

from models.clip import Clip, Note  # noqa: E402
from models.memory.copies import copies  # noqa: E402
from models.memory.mixing import Exponents  # noqa: E402
from models.memory.ppm import Counts, Memory  # noqa: E402
from models.memory.stream import (  # noqa: E402
    END,
    FIRST,
    KINDS,
    LENGTH,
    LOWER,
    MORE,
    WHERE,
    Line,
    State,
    decisions,
    valid,
)
from models.memory.views import View, next_onset, views  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.encode import encode  # noqa: E402
from models.tokens.grid import duration_index, grid_bars  # noqa: E402
from models.tokens.scene import Part, Scene, cells_of  # noqa: E402


def part(seed, bars=4, drums=False):
    """Random music: chords, rests, syncopes."""
    rng = Random(seed)
    notes = []
    for step in range(bars * 8):
        for pitch in rng.sample(range(40, 70), rng.choice((0, 1, 1, 2, 3))):
            notes.append(Note(pitch, step / 2, rng.choice((0.25, 0.5, 1.0, 1.4))))
    kind = "drums" if drums else "melodic"
    return Part("drums" if drums else "chords", Clip(tuple(notes), bars * 4.0, kind=kind))


def riff(bars, drums=False):
    """The same bar over and over."""
    notes = [Note(60 + 2 * n, 4.0 * bar + n, 1.0) for bar in range(bars) for n in range(4)]
    kind = "drums" if drums else "melodic"
    return Part("drums" if drums else "lead", Clip(tuple(notes), bars * 4.0, kind=kind))


def line(one):
    return Line.of(one, grid_bars(one.clip.bars(0.0, one.clip.length_beats)))


def tokens_of(one):
    """The answer as the network's tokens, structure left out."""
    grid = grid_bars(one.clip.bars(0.0, one.clip.length_beats))
    scene = Scene("generate", (one,), grid, cells_of([0], range(len(grid))))
    structure = {v.BAR, v.END, v.ROLE + v.ROLES.index(one.role)}
    return [token for token in encode(scene).target if token not in structure]


@pytest.mark.parametrize("drums", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_decisions_are_the_networks_tokens(seed, drums):
    one = part(seed, drums=drums)
    found = []
    for _, kind, answer in decisions(line(one), State(drums, 0)):
        if kind == WHERE:
            found.append(v.ENDCELL if answer == END else v.POS + answer)
        elif kind in {FIRST, LOWER}:
            found.append((v.DRUM if drums else v.PITCH) + answer)
        elif kind == LENGTH:
            found.append(v.DUR + answer)
    assert found == tokens_of(one)


@pytest.mark.parametrize("drums", [False, True])
def test_every_expert_and_mixture_sums_to_one_over_what_is_valid(drums):
    long = learned([(line(part(1, drums=drums)), 0)], 1000)
    exponents = {}
    for one in said(line(part(2, drums=drums)), 5, 2, [long], Online({}, REPEATS)):
        count = len(one.experts)
        exponents = Exponents(np.full((2, count), 0.5))
        tables = (*one.experts, one.ngram, one.repeats, mix(exponents, one.experts, one.mask))
        for table in tables:
            assert table.sum() == pytest.approx(1)
            assert (table[~one.mask] == 0).all()
            assert table[one.answer] >= 0
        assert all(table[one.answer] > 0 for table in one.experts)


def test_the_answer_is_always_valid():
    state = State(False, 0)
    for _, kind, answer in decisions(line(part(3)), state):
        assert valid(kind, state)[answer]


def test_the_mask_is_the_grammars():
    state = State(False, 0, bar_ticks=96, open_ticks=96, tick=24, chord=[(60, 7)])
    assert np.flatnonzero(valid(WHERE, state)).tolist() == [*range(25, 96), END]
    assert np.flatnonzero(valid(LOWER, state)).tolist() == list(range(60))


def test_counts_by_hand():
    counts = Counts()
    state = State(False, 0, bar_ticks=96, open_ticks=96)
    view = View(0, [("long", 1), ("short",)])
    counts.learn(FIRST, view, 60)
    counts.learn(FIRST, view, 60)
    counts.learn(FIRST, view, 62)
    # Long context: 60 twice, 62 once; each loses a half, so 1.5/3 and 0.5/3, and 1/3 is left.
    # The short one counted 60 once only, since the long one knew it: 0.5/2 each, a half is left.
    found = counts.spread(FIRST, view, state)
    assert found[60] == pytest.approx(1.5 / 3 + 0.25 / 3)
    assert found[62] == pytest.approx(0.5 / 3 + 0.25 / 3)
    assert found.sum() == pytest.approx(1 - 1 / 6)


def test_a_shifted_view_foresees_the_interval_and_the_bar_line():
    counts = Counts()
    state = State(False, 0, bar_ticks=96, open_ticks=96)
    counts.learn(FIRST, View(60, [("step",)]), 62)
    assert counts.spread(FIRST, View(70, [("step",)]), state).argmax() == 72
    counts.learn(WHERE, View(10, [("gap",)]), 40)
    assert counts.spread(WHERE, View(50, [("gap",)]), state).argmax() == 80
    assert counts.spread(WHERE, View(90, [("gap",)]), state).argmax() == END


def test_copies_are_what_stood_there():
    state = State(False, 0)
    seen = []
    for bar, kind, answer in decisions(line(riff(3)), state):
        found = copies(kind, state)
        if bar == 2:
            assert found[:2] == [answer, answer]
            assert found[2:] == [None, None]
            seen.append(kind)
        if bar == 0:
            assert found == [None] * 4
    assert set(seen) == {WHERE, MORE, FIRST, LENGTH}


def test_next_onset():
    bar = {0: [(60, 1)], 24: [(60, 1)]}
    assert [next_onset(bar, tick) for tick in (-1, 0, 23, 24)] == [0, 24, 24, END]
    assert next_onset(None, 0) == END


@pytest.mark.parametrize("drums", [False, True])
def test_views_are_always_as_many(drums):
    counts = {}
    state = State(drums, 0)
    for _, kind, _ in decisions(line(part(4, drums=drums)), state):
        assert counts.setdefault(kind, len(views(kind, state))) == len(views(kind, state))


@pytest.mark.parametrize("drums", [False, True])
def test_a_riff_is_foreseen_and_noise_is_not(drums):
    long = learned([(line(part(1, drums=drums)), 0)], 1000)
    fitted = fit([(line(riff(12, drums)), 0, 8)], [long])
    assert sum(len(notes) for _, notes in line(riff(12, drums)).bars[8:]) == 16
    known = nats(line(riff(12, drums)), 0, 8, [long], fitted)
    noise = nats(line(part(7, 12, drums)), 0, 8, [long], fitted)
    for name in ("PPM", "PPM + repeats", "repeats"):
        assert sum(known[name].values()) / 16 < 0.5
        assert sum(noise[name].values()) > 5 * sum(known[name].values())
    assert set(known) == set(NAMES)
    assert set(known["PPM"]) == set(KINDS)


def test_fitting_trusts_who_is_right():
    examples = Examples()
    mask = np.ones(4, bool)
    good, bad = np.array([0.7, 0.1, 0.1, 0.1]), np.array([0.1, 0.1, 0.1, 0.7])
    for _ in range(50):
        examples.add([good, bad], mask, 0)
    fitted = examples.fit()
    assert mix(fitted, [good, bad], mask)[0] > 0.7


def test_the_slope_is_that_of_the_nats():
    rng = np.random.default_rng(0)
    tables = rng.dirichlet(np.ones(6), (20, 3))
    masks = rng.random((20, 6)) < 0.7
    masks[:, 0] = True
    logs, trust = np.log(tables), rng.random((20, 3))
    answers = np.zeros(20, int)

    def nats_of(values):
        scores = np.einsum("ne,nea->na", np.logaddexp(0, values[0] + values[1] * trust), logs)
        total = np.logaddexp.reduce(np.where(masks, scores, -np.inf), axis=1)
        return (total - scores[:, 0]).mean()

    values = rng.normal(size=(2, 3))
    slope = _slope(values, logs, trust, masks, answers)
    for place in np.ndindex(2, 3):
        step = np.zeros((2, 3))
        step[place] = 1e-6
        numeric = (nats_of(values + step) - nats_of(values - step)) / 2e-6
        assert slope[place] == pytest.approx(numeric, abs=1e-6)


def test_lengths_are_said_as_the_table_has_them():
    state = State(False, 0)
    one = Part("lead", Clip((Note(60, 0.0, 1.4), Note(60, 2.0, 1.0)), 4.0))
    for _, kind, answer in decisions(line(one), state):
        if kind == MORE and state.tick == 0:
            assert answer == 0
            assert state.end_ticks == v.DURATIONS_TICKS[duration_index(round(1.4 * 24))]
    assert math.isclose(Memory().read(line(one), 0), 2)
