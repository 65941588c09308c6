# SPDX-License-Identifier: Apache-2.0
"""Tokens are drawn as often as they should be, never outside the mask, and lean where wished."""

from collections import Counter
from random import Random

import pytest
from neural import need

np = need("numpy")

from models.clip import Clip, Note  # noqa: E402 - after the guard
from models.engines.clip.resemblance import Resemblance  # noqa: E402
from models.engines.clip.sampling import Sampler, Sampling, generators  # noqa: E402
from models.errors import BadArgument  # noqa: E402
from models.tokens import state as st  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.encode import encode  # noqa: E402
from models.tokens.grammar import Grammar  # noqa: E402
from models.tokens.reading import read  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Cell, Part, Scene, bars_of, cells_of  # noqa: E402

CLIP = Clip((Note(60, 0.0, 1.0), Note(64, 1.0, 1.0), Note(67, 2.0, 1.0)), 4.0)
SCENE = Scene("continue", (Part("lead", CLIP),), bars_of(CLIP, 0.0, 3), cells_of([0], [1, 2]))


def behind(*tokens):
    """A tracker behind the context and some tokens of the answer."""
    role = v.ROLE + v.ROLES.index("lead")
    return read([*encode(SCENE).context, v.BAR, role, *tokens])[0]


FIRST = behind(v.POS)


def counts(sampling, logits, rules=None, tracker=FIRST, wish=None, draws=4000):
    grammar = Grammar(SCENE, {0: rules or PartRules()})
    sampler, rng = Sampler(grammar, sampling), Random(0)
    mask = grammar.allowed(tracker)
    drawn = (sampler.draw(logits, mask, tracker, rng, wish) for _ in range(draws))
    return Counter(choice.token for choice in drawn)


def two_pitches(odds):
    logits = np.full(v.SIZE, -50, np.float32)
    logits[v.PITCH + 60], logits[v.PITCH + 61] = np.log(odds), 0
    logits[v.ENDCELL] = 40  # masked: a pitch is due
    return logits


@pytest.mark.parametrize(
    ("adventure", "share"), [(0.0, 3 ** (1 / 0.6)), (0.5, 3), (1.0, 3 ** (1 / 1.3))]
)
def test_adventure_is_a_temperature(adventure, share):
    found = counts(Sampling(adventure=adventure), two_pitches(3))
    assert set(found) == {v.PITCH + 60, v.PITCH + 61}
    assert found[v.PITCH + 60] / 4000 == pytest.approx(share / (1 + share), abs=0.03)


def test_the_tail_is_cut_more_with_less_adventure():
    rare = v.PITCH + 61
    assert counts(Sampling(adventure=1.0), two_pitches(20))[rare]
    assert counts(Sampling(adventure=0.5), two_pitches(20))[rare]
    assert not counts(Sampling(adventure=0.0), two_pitches(20))[rare]
    assert not counts(Sampling(adventure=1.0), two_pitches(40))[rare]


def test_each_decision_has_its_temperature():
    sampling = Sampling()
    assert sampling.temperature(st.FIRST) == 1.0
    assert sampling.temperature(st.ONSET) == 0.95
    assert sampling.temperature(st.DURATION) == 0.85
    assert sampling.temperature(st.VELOCITY) == 0.8
    assert Sampling(adventure=0.75).temperature(st.FIRST) == pytest.approx(1.15)


def test_a_soft_scale_is_a_penalty_and_a_hard_one_a_wall():
    white = frozenset({0, 2, 4, 5, 7, 9, 11})
    soft = PartRules(scale=white, scale_penalty=2.0)
    found = counts(Sampling(), two_pitches(1), soft)
    assert found[v.PITCH + 61] / 4000 == pytest.approx(1 / (1 + np.exp(2)), abs=0.02)
    assert set(counts(Sampling(), two_pitches(1), PartRules(scale=white))) == {v.PITCH + 60}


def test_nats_are_of_the_allowed_tokens_before_any_wish():
    grammar = Grammar(SCENE, {0: PartRules(low_pitch=60, high_pitch=61)})
    sampler = Sampler(grammar, Sampling(adventure=0.0))
    wish = np.zeros(v.SIZE)
    wish[v.PITCH + 61] = 30
    choice = sampler.draw(two_pitches(3), grammar.allowed(FIRST), FIRST, Random(0), wish)
    assert choice.token == v.PITCH + 61
    assert choice.nats == pytest.approx(np.log(4))


def test_bars_before_are_wished_for_or_away():
    flat = np.zeros(v.SIZE, np.float32)
    onset, later = behind(), behind(v.POS + 24)
    for nats, often in ((4.0, True), (-4.0, False)):
        wishes = Resemblance(SCENE, nats)
        beats = counts(Sampling(), flat, tracker=onset, wish=wishes.wish(onset), draws=1000)
        assert (sum(beats[v.POS + tick] for tick in (0, 24, 48)) > 500) is often
        pitches = counts(Sampling(), flat, tracker=later, wish=wishes.wish(later), draws=1000)
        assert (pitches[v.PITCH + 64] > 200) is often
    assert Resemblance(SCENE, 0.0).wish(onset) is None
    assert Resemblance(SCENE, 1.0).wish(behind(v.POS, v.PITCH + 60)) is None


def test_bars_just_written_count_too():
    role = v.ROLE + v.ROLES.index("lead")
    note = (v.POS + 30, v.PITCH + 70, v.DUR + 3)
    tracker = behind(*note, v.ENDCELL, v.BAR, role)
    wish = Resemblance(SCENE, 1.0).wish(tracker)
    assert wish[v.POS + 30] == 1
    assert wish[v.POS + 24] == 1  # of the bar two before
    assert Resemblance(SCENE, 1.0).wish(behind())[v.POS + 30] == 0


def test_a_draft_is_left_by_half_in_time_and_wholly_in_pitch():
    draft = (Note(62, 4.0, 1.0), Note(65, 5.0, 1.0))
    cells = tuple(Cell(0, bar, hint="rework", draft=draft) for bar in (1, 2))
    scene = Scene("vary", (Part("lead", CLIP),), bars_of(CLIP, 0.0, 3), cells)
    role = v.ROLE + v.ROLES.index("lead")
    onset, pitch = (
        read([*encode(scene).context, v.BAR, role, *more])[0] for more in ((), (v.POS,))
    )
    wishes = Resemblance(scene, 0.0, anew=2.0)
    assert {t for t, nats in enumerate(wishes.wish(onset)) if nats} == {v.POS, v.POS + 24}
    assert wishes.wish(onset)[v.POS + 24] == -1
    assert wishes.wish(pitch).nonzero()[0].tolist() == [v.PITCH + 62]
    assert wishes.wish(pitch)[v.PITCH + 62] == -2
    assert Resemblance(SCENE, 0.0, anew=2.0).wish(FIRST) is None


def test_generators_are_known_by_seed_and_take():
    streams = [rng.random() for rng in generators(5, range(3))]
    assert streams == [rng.random() for rng in generators(5, range(3))]
    assert len({*streams, *(rng.random() for rng in generators(-5, range(3)))}) == 6
    assert generators(5, [2])[0].random() == streams[2]


@pytest.mark.parametrize(
    "field", [{"adventure": 1.1}, {"adventure": -0.1}, {"alike": 30.0}, {"anew": -1.0}]
)
def test_settings_out_of_range_are_refused(field):
    with pytest.raises(BadArgument):
        Sampling(**field)
