# SPDX-License-Identifier: Apache-2.0
"""What the clip engine remembers: one distribution, the bench's product, and what stands."""

from random import Random

import pytest
from clip_asking import answer, ask
from neural import need

np = need("numpy")

from models.clip import Clip, Note  # noqa: E402 - after the guard
from models.engines.clip.remembering import (  # noqa: E402
    TASKS,
    Remembering,
    exponents,
    remembering_of,
)
from models.memory.copies import LAGS_BARS, Copies, copies  # noqa: E402
from models.memory.mixing import beside_network  # noqa: E402
from models.memory.ppm import Memory  # noqa: E402
from models.memory.stream import (  # noqa: E402
    END,
    FIRST,
    KINDS,
    LENGTH,
    WHERE,
    Line,
    State,
    decisions,
    valid,
)
from models.memory.views import views  # noqa: E402
from models.theory.steps import finish  # noqa: E402
from models.tokens import state as st  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.encode import encode  # noqa: E402
from models.tokens.grammar import Grammar  # noqa: E402
from models.tokens.reading import read  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Cell, Part, Scene, bars_of, cells_of  # noqa: E402
from models.tokens.trial import random_request  # noqa: E402

WIDE = PartRules(polyphony=128, max_notes=10_000, max_tokens=10_000, overhang_ticks=768)
STEPS = {st.ONSET: WHERE, st.FIRST: FIRST, st.DURATION: LENGTH}


def riff(bars, drums=False):
    """The same bar over and over, two notes at each beat."""
    notes = [
        Note(60 + 2 * beat - below, 4.0 * bar + beat, 0.5)
        for bar in range(bars)
        for beat in range(4)
        for below in (0, 7)
    ]
    return Clip(tuple(notes), bars * 4.0, kind="drums" if drums else "melodic")


def noise(seed, bars, drums=False):
    rng = Random(seed)
    notes = [
        Note(pitch, step / 2, rng.choice((0.25, 0.5)))
        for step in range(bars * 8)
        for pitch in rng.sample(range(40, 70), rng.choice((0, 1, 1, 2, 3)))
    ]
    return Clip(tuple(notes), bars * 4.0, kind="drums" if drums else "melodic")


def question(clip, cells, task="continue"):
    role = "drums" if clip.kind == "drums" else "chords"
    bars = bars_of(clip, 0.0, int(clip.length_beats // 4))
    return Scene(task, (Part(role, clip),), bars, tuple(cells), key=0)


def walked(scene, strength=1.0, seed=0):
    """At each free choice of the answer: what is said of it, and the answer."""
    encoded = encode(scene)
    tracker = read(encoded.context)[0]
    grammar = Grammar(scene, {0: WIDE})
    remembering = finish(remembering_of(scene, strength))
    recall = remembering.recall()
    rng = np.random.default_rng(seed)
    for token in encoded.target:
        mask = grammar.allowed(tracker)
        if mask.count(1) > 1:
            logits = rng.normal(0, 2, v.SIZE)
            wish = remembering.wish(recall, tracker, logits, mask)
            allowed = np.frombuffer(mask, np.uint8) > 0
            yield tracker, token, logits, allowed, wish, recall
        tracker.step(token)
        recall.step(token, tracker)


def surprise(scene, strength):
    """Nats of the answer under a network that knows nothing, beside the memory."""
    total = 0.0
    for _, token, logits, allowed, wish, _ in walked(scene, strength):
        scores = logits + wish
        total += np.logaddexp.reduce(scores[allowed]) - scores[token]
    return total


def last_bars(clip, bars):
    count = int(clip.length_beats // 4)
    return cells_of([0], range(count - bars, count))


@pytest.mark.parametrize("drums", [False, True])
@pytest.mark.parametrize("strength", [0.3, 1.0, 2.0])
def test_what_is_wished_is_one_distribution_over_what_is_allowed(drums, strength):
    clip = noise(1, 6, drums)
    seen = 0
    for _, token, logits, allowed, wish, _ in walked(question(clip, last_bars(clip, 2)), strength):
        network = logits[allowed] - np.logaddexp.reduce(logits[allowed])
        mixed = np.exp(network + wish[allowed])
        assert mixed.sum() == pytest.approx(1)
        assert (wish[~allowed] == 0).all()
        assert allowed[token]
        seen += 1
    assert seen > 20


@pytest.mark.parametrize("drums", [False, True])
def test_it_is_the_product_decision_by_decision(drums):
    """Worked out again over the whole line, with masks that any grammar has."""
    clip = noise(3, 6, drums)
    scene = question(clip, last_bars(clip, 2))
    line, state, memory = Line.of(scene.parts[0], scene.bars), State(drums, 0), Memory()
    said = {}
    for bar, kind, right in decisions(line, state):
        if bar >= 4:
            mask = valid(kind, state)
            experts = memory.experts(kind, state, np.flatnonzero(mask))
            said.setdefault((bar, state.tick, len(state.chord), kind), (mask, experts, right))
        memory.learn(kind, state, right)
    base, found = (v.DRUM if drums else v.PITCH), 0
    for tracker, _, logits, allowed, wish, recall in walked(scene):
        state = recall._part.state
        key = (tracker.bar, state.tick, len(state.chord))
        kind = STEPS.get(tracker.expects)
        chances = np.exp(np.where(allowed, logits, -np.inf))
        if kind is None:
            if (*key, WHERE) not in said or allowed[base : base + 128].any():
                continue  # two steps; the sum is tested above
            kind = WHERE
        mask, experts, _ = said[(*key, kind)]
        table = {
            WHERE: np.append(chances[v.POS : v.PITCH], chances[v.ENDCELL]),
            FIRST: chances[base : base + 128],
            LENGTH: chances[v.DUR : v.VEL],
        }[kind]
        assert ((table > 0) == mask).all()
        network = table[mask] / table.sum()
        expected = exponents()[kind, drums].with_memory(beside_network(network, experts))
        mixed = logits + wish
        places = {
            WHERE: [*range(v.POS, v.PITCH), v.ENDCELL],
            FIRST: range(base, base + 128),
            LENGTH: range(v.DUR, v.VEL),
        }[kind]
        scores = mixed[list(places)][mask]
        assert scores - np.logaddexp.reduce(scores) == pytest.approx(expected, abs=1e-9)
        found += 1
    assert found > 8


@pytest.mark.parametrize("drums", [False, True])
def test_a_loop_that_goes_round_is_foreseen(drums):
    clip = riff(6, drums)
    scene = question(clip, last_bars(clip, 2))
    assert surprise(scene, 1.0) < 0.4 * alone(scene)
    assert surprise(scene, 2.0) < surprise(scene, 1.0) < surprise(scene, 0.5)


def alone(scene):
    """Nats under the same network by itself."""
    return sum(
        np.logaddexp.reduce(logits[allowed]) - logits[token]
        for _, token, logits, allowed, _, _ in walked(scene)
    )


def test_strength_0_and_parts_without_notes_of_their_own_are_left_alone():
    clip = riff(4)
    assert not finish(remembering_of(question(clip, last_bars(clip, 1)), 0.0)).prompts
    every = question(clip, cells_of([0], range(4)))
    assert not finish(remembering_of(every, 1.0)).prompts
    assert all(wish is None for _, _, _, _, wish, _ in walked(every))
    for task in ("accompany", "harmonise", "generate"):
        assert task not in TASKS
        assert not finish(remembering_of(question(clip, last_bars(clip, 1), task), 1.0)).prompts


def test_what_lies_behind_a_hole_is_remembered_too():
    clip = riff(6)
    scene = question(clip, cells_of([0], [0]), "infill")
    assert surprise(scene, 1.0) < 0.5 * alone(scene)


def test_a_piece_of_a_bar_ends_where_the_rest_begins():
    clip = riff(6)
    scene = question(clip, [Cell(0, 3, hole=(24, 72))], "infill")
    ends = [
        (token, wish[v.ENDCELL])
        for tracker, token, _, _, wish, _ in walked(scene)
        if tracker.expects == st.MORE and token == v.ENDCELL
    ]
    assert ends
    assert all(nats > 0 for _, nats in ends)
    assert surprise(scene, 1.0) < 0.5 * alone(scene)


def test_nothing_is_said_among_notes_that_stand_but_they_are_learned():
    clip = riff(6)
    locked = frozenset(n for n, note in enumerate(clip.notes) if note.start_beats == 17.0)
    scene = question(clip, cells_of([0], [4, 5]), "vary")
    scene = Scene(
        scene.task, (Part("chords", clip, locked),), scene.bars, scene.cells, key=scene.key
    )
    said = [(tracker.bar, wish is not None) for tracker, _, _, _, wish, _ in walked(scene)]
    assert {bar for bar, wished in said if not wished} == {4}
    assert {bar for bar, wished in said if wished} == {5}


def test_candidates_share_what_stands_and_nothing_else():
    clip = noise(2, 6)
    scene = question(clip, last_bars(clip, 2))
    remembering = finish(remembering_of(scene, 1.0))
    before = dict(remembering.prompts[0].memory.seen._own)
    for _ in range(2):
        encoded = encode(scene)
        tracker, recall = read(encoded.context)[0], remembering.recall()
        for token in encoded.target:
            tracker.step(token)
            recall.step(token, tracker)
    assert {key: before[key] for key in before} == remembering.prompts[0].memory.seen._own
    assert remembering.prompts[0].state == finish(remembering_of(scene, 1.0)).prompts[0].state


def test_a_copy_of_a_state_goes_its_own_way():
    state = State(False, 0)
    for number, (_, kind, _) in enumerate(decisions(Line.of(*_part(noise(5, 2))), state)):
        if number == 40:
            twin = state.copy()
            assert twin == state
            assert kind in range(len(KINDS))
            if twin.chord:
                assert twin.now[twin.tick] is twin.chord
            twin.strike(END - 1)
            twin.pitch(60)
            twin.last(3)
            assert twin != state
            assert END - 1 not in state.now


def _part(clip):
    return Part("chords", clip), bars_of(clip, 0.0, int(clip.length_beats // 4))


def test_what_stood_there_is_trusted_the_more_the_oftener_it_came_again():
    state, seen = State(False, 0), Copies()
    rates = []
    for bar, kind, right in decisions(Line.of(*_part(riff(6))), state):
        if kind == FIRST and bar:
            foreseen = seen.foreseen(kind, state)
            assert copies(kind, state)[0] == right == foreseen[0][0]
            assert foreseen[3] == (0, 0.0)  # there are no eight bars yet
            rates.append(foreseen[0][1])
        seen.learn(kind, state, right)
    assert rates == sorted(rates)
    assert rates[0] < 0.7
    assert rates[-1] > 0.9


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_asked_the_memory_follows_and_allows(seed):
    """Answers drawn at random under the mask and the memory's product alone."""
    scene, rules = random_request(Random(seed))
    object.__setattr__(scene, "task", "vary")
    grammar = Grammar(scene, rules)
    remembering = finish(remembering_of(scene, 1.0))
    tracker, recall, rng = read(encode(scene).context)[0], remembering.recall(), Random(seed)
    for _ in range(5000):
        mask = grammar.allowed(tracker)
        wish = remembering.wish(recall, tracker, np.zeros(v.SIZE), mask)
        allowed = np.frombuffer(mask, np.uint8).nonzero()[0]
        weights = np.exp((np.zeros(v.SIZE) if wish is None else wish)[allowed])
        assert np.isfinite(weights).all()
        token = rng.choices(allowed.tolist(), weights.tolist())[0]
        tracker.step(token)
        recall.step(token, tracker)
        if tracker.phase == st.DONE:
            break
    assert tracker.phase == st.DONE


COMMANDS = {
    "continue": {"bars": 2},
    "infill": {"from_beats": 4.0, "to_beats": 9.0},
    "vary": {"amount": 0.7},
    "accompany": {"role": "bass"},
    "generate": {"bars": 2},
}


@pytest.mark.parametrize("similarity", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stays_valid_and_comes_back_from_its_seed(command, similarity):
    given = dict(COMMANDS[command])
    if command in {"continue", "infill", "accompany"}:
        given["similarity"] = similarity
    clips = () if command == "generate" else (riff(4),)
    one = answer(command, clips, **given)
    assert one == answer(command, clips, **given)
    assert not ask(command, clips, **given).degraded or command in {"vary", "infill"}


@pytest.mark.parametrize("keep", ["rhythm", "pitches"])
def test_what_is_kept_is_kept(keep):
    varied = answer("vary", (riff(4),), amount=0.5, keep=keep)
    before, after = riff(4).notes, varied.notes
    if keep == "rhythm":
        assert sorted(n.start_beats for n in before) == sorted(n.start_beats for n in after)
    else:
        assert sorted(n.pitch for n in before) == sorted(n.pitch for n in after)


def test_an_empty_remembering_says_nothing():
    recall = Remembering().recall()
    assert not recall.speaks
    assert not recall.drums


def test_every_decision_has_its_exponents():
    for drums, clip in ((False, noise(1, 4)), (True, noise(1, 4, True))):
        state = State(drums, 0)
        for _, kind, _ in decisions(Line.of(*_part(clip)), state):
            values = exponents()[kind, drums].values
            assert values.shape == (2, len(views(kind, state)) + len(LAGS_BARS) + 2)
