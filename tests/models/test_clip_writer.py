# SPDX-License-Identifier: Apache-2.0
"""Candidates keep to the rules, come back from the same seed, and can be stopped at any event."""

import dataclasses
import itertools
from random import Random

import pytest
from neural import need

np = need("numpy")

from models.clip import Clip, Note  # noqa: E402 - after the guard
from models.decoding.decoder import Decoder, Inputs  # noqa: E402
from models.engines.clip import writer as writing  # noqa: E402
from models.engines.clip.room import TooLong, tokens_needed  # noqa: E402
from models.engines.clip.sampling import Sampling, generators  # noqa: E402
from models.engines.clip.writer import Beat, CellEnd, Writer, Written  # noqa: E402
from models.network import PLACES, ROLLS, STRIKES, NetworkConfig, shapes  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.check import faults  # noqa: E402
from models.tokens.encode import encode  # noqa: E402
from models.tokens.grammar import Grammar  # noqa: E402
from models.tokens.reading import read  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Cell, Part, Scene, bars_of, cells_of  # noqa: E402
from models.tokens.sounding import pitch_bits, tick_bits  # noqa: E402
from models.tokens.trial import random_request  # noqa: E402
from models.weights import Weights  # noqa: E402

CONFIG = NetworkConfig(vocabulary=v.SIZE, width=32, layers=2, heads=2, context=2048)


def network(config=CONFIG, seed=0, strength=0.3):
    rng = np.random.default_rng(seed)
    arrays = {
        name: np.ones(shape, np.float32)
        if len(shape) == 1
        else rng.normal(0, strength, shape).astype(np.float32)
        for name, shape in shapes(config).items()
    }
    return Decoder(Weights(config, arrays, {}, ""))


def tune(bars=4):
    notes = (Note(60 + n * 5 % 12, n / 2, 0.5) for n in range(bars * 8))
    return Clip(tuple(notes), bars * 4.0)


def question(new_bars=2, **more):
    clip = tune()
    bars = bars_of(clip, 0.0, 4 + new_bars)
    cells = cells_of([0], range(4, 4 + new_bars))
    return Scene("continue", (Part("lead", clip),), bars, cells, **more)


RULES = {0: PartRules(polyphony=1, low_pitch=48, high_pitch=84, min_notes=2, max_notes=12)}


def drafts(writer, scene, rules=RULES, sampling=None, takes=(0,), seed=1):
    *_, last = writer.write(scene, rules, sampling or Sampling(), generators(seed, takes))
    assert isinstance(last, Written)
    return last.drafts


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_asked_the_answer_keeps_to_it(seed):
    scene, rules = random_request(Random(seed))
    sampling = Sampling(adventure=1.0, alike=(seed % 3 - 1) * 2.0, velocities=seed % 2 == 0)
    lost = Grammar(scene, rules).lost
    for draft in drafts(Writer(network()), scene, rules, sampling, range(3)):
        assert not faults(scene, rules, draft.cells, lenient_hints=lost > 0)
        assert len(draft.nats) == len(draft.tokens) == len(scene.cells)
        assert all(nats >= 0 for nats in draft.nats)


def test_a_take_depends_on_its_seed_and_number():
    writer, scene = Writer(network()), question()
    first = drafts(writer, scene, takes=(0, 1, 2))
    assert first == drafts(writer, scene, takes=(0, 1, 2))
    assert len({draft.cells for draft in first}) == 3
    assert first != drafts(writer, scene, takes=(0, 1, 2), seed=2)
    assert first[2].cells == drafts(Writer(network()), scene, takes=(2,))[0].cells


def test_cells_are_told_as_they_end_and_in_order():
    scene = question(3)
    *events, last = Writer(network()).write(scene, RULES, Sampling(), generators(0, range(4)))
    cells = [event for event in events if isinstance(event, CellEnd)]
    for index, draft in enumerate(last.drafts):
        own = [cell for cell in cells if cell.candidate == index]
        assert [cell.cell for cell in own] == [0, 1, 2]
        assert tuple(cell.notes for cell in own) == draft.cells
        assert tuple(cell.nats for cell in own) == draft.nats
        assert tuple(cell.tokens for cell in own) == draft.tokens


@pytest.mark.parametrize("reach", [0, 12])
def test_nats_and_free_tokens_are_those_of_the_network(reach):
    """Scored again token by token, from the notes that came out."""
    config = dataclasses.replace(CONFIG, interval_reach=reach, onset_reach=reach)
    bass, rules = Part("bass", tune(6)), {1: RULES[0]}
    scene = Scene("continue", (bass, *question().parts), question().bars, cells_of([1], (4, 5)))
    decoder = network(config)
    draft = drafts(Writer(decoder), scene, rules)[0]
    notes = (*scene.parts[1].clip.notes, *itertools.chain(*draft.cells))
    parts = bass, Part("lead", tune().with_notes(notes))
    answered = Scene("continue", parts, scene.bars, scene.cells)
    tokens = encode(answered)
    ids = [*tokens.context, *tokens.target]
    tracker = read(tokens.context)[0]
    grammar = Grammar(scene, rules)

    def rows(first, last):
        behind, features, sounding = read(ids[:last])
        parts = (np.array(ids), np.array(features), pitch_bits(sounding))
        rolls = np.zeros((1, last - first, ROLLS, 128), np.uint8)
        rolls[0, -1] = pitch_bits(behind.rolls())
        strikes = np.zeros((1, last - first, STRIKES, PLACES), np.uint8)
        strikes[0, -1] = tick_bits(behind.strikes())
        return Inputs(*(part[first:last][None] for part in parts), rolls, strikes)

    session = decoder.start(decoder.read(rows(0, len(tokens.context))))
    nats, free = [0.0] * 2, [0] * 2
    for place, token in enumerate(tokens.target, len(tokens.context)):
        allowed = np.frombuffer(grammar.allowed(tracker), np.uint8) > 0
        assert allowed[token]
        if allowed.sum() > 1:
            logits = session.logits[0].astype(float)
            nats[tracker.target] += np.log(np.exp(logits[allowed]).sum()) - logits[token]
            free[tracker.target] += 1
        tracker.step(token)
        session.extend(rows(place, place + 1))
    assert draft.tokens == tuple(free)
    assert draft.nats == pytest.approx(nats, rel=1e-4)


def test_forced_rhythm_leaves_only_pitches_to_choose():
    clip = tune()
    cells = (Cell(0, 2, hint="rhythm"), Cell(0, 3, hint="rhythm"))
    scene = Scene("vary", (Part("lead", clip),), bars_of(clip, 0.0, 4), cells)
    draft = drafts(Writer(network()), scene)[0]
    assert draft.tokens == (8, 8)
    assert [n.start_beats for n in draft.cells[0]] == [8 + n / 2 for n in range(8)]


def test_again_reads_nothing():
    decoder = network()
    writer, scene = Writer(decoder, clock=itertools.count().__next__), question()
    stages = [
        [event.stage for event in writer.write(scene, RULES, Sampling(), generators(seed, (0,)))
         if isinstance(event, Beat)]
        for seed in (1, 2)
    ]  # fmt: skip
    assert "reading" in stages[0]
    assert set(stages[1]) == {"writing"}


def test_beats_come_by_the_clock_and_rise():
    scene = question()
    busy = Writer(network(), clock=itertools.count().__next__)
    events = list(busy.write(scene, RULES, Sampling(), generators(0, range(2))))
    for stage in ("reading", "writing"):
        shares = [e.fraction for e in events if isinstance(e, Beat) and e.stage == stage]
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= shares[-1] <= 1
    still = Writer(network(), clock=lambda: 0.0)
    events = list(still.write(scene, RULES, Sampling(), generators(0, range(2))))
    assert not any(isinstance(event, Beat) for event in events)


def test_closing_stops_the_work(monkeypatch):
    decoder = network()
    writer = Writer(decoder, clock=itertools.count().__next__)
    steps = []
    extend = writing.Session.extend
    monkeypatch.setattr(writing.Session, "extend", lambda *args: steps.append(1) or extend(*args))
    events = writer.write(question(), RULES, Sampling(), generators(0, (0,)))
    assert next(events).stage == "reading"
    while next(events) != Beat("writing", 0.0):
        pass
    events.close()
    assert len(steps) == 1
    assert list(events) == []


def test_candidates_of_no_use_are_left():
    scene, ended = question(4), [0, 0, 0]
    rngs = generators(1, range(3))

    def wanted(number):
        return number == 1 or not ended[1]

    for event in Writer(network()).write(scene, RULES, Sampling(), rngs, wanted):
        if isinstance(event, CellEnd):
            ended[event.candidate] += 1
    assert [len(draft.cells) for draft in event.drafts] == ended
    assert ended[1] == 4
    assert max(ended[0], ended[2]) < 4


def test_velocities_and_places_between_ticks_on_request():
    scene = question()
    plain = drafts(Writer(network()), scene)[0]
    assert {note.velocity for cell in plain.cells for note in cell} == {100.0}
    sampling = Sampling(velocities=True, micro=True)
    told = drafts(Writer(network()), scene, sampling=sampling, takes=range(4))
    notes = [note for draft in told for cell in draft.cells for note in cell]
    assert len({note.velocity for note in notes}) > 1
    assert any(note.start_beats * 24 % 1 for note in notes)


def test_what_does_not_fit_is_refused_with_its_size():
    small = NetworkConfig(vocabulary=v.SIZE, width=32, layers=1, heads=2, context=150)
    writer = Writer(network(small))
    scene = question(8)
    with pytest.raises(TooLong, match="fewer bars") as refused:
        list(writer.write(scene, RULES, Sampling(), generators(0, (0,))))
    assert refused.value.needed == tokens_needed(scene).total > refused.value.room == writer.room
    rules = {0: PartRules(min_notes=80)}  # more than was thought to be needed
    with pytest.raises(TooLong):
        list(writer.write(question(1), rules, Sampling(), generators(0, (0,))))


def test_cells_close_early_where_room_runs_out():
    scene, wide = question(2), {0: PartRules(max_tokens=10_000)}
    context = tokens_needed(scene).total + 10
    small = NetworkConfig(vocabulary=v.SIZE, width=32, layers=1, heads=2, context=context)
    found = drafts(Writer(network(small)), scene, wide, Sampling(alike=20.0), range(4))
    assert not any(faults(scene, wide, draft.cells) for draft in found)


def test_need_counts_the_context_exactly_and_the_answer_safely():
    scene = question(3)
    need = tokens_needed(scene)
    assert need.context == len(encode(scene).context)
    assert need.cells == (3 + 8 * 3,) * 3
    assert tokens_needed(scene, velocities=True).cells == (3 + 8 * 4,) * 3
    drums = Part("drums", tune())
    scene = Scene("vary", (drums,), scene.bars, (Cell(0, 0, hint="rhythm"), Cell(0, 5)))
    assert tokens_needed(scene).cells == (3 + 8 * 2, 3 + 8 * 2)
    nothing = Scene("generate", (Part("lead", Clip((), 4.0)),), scene.bars, (Cell(0, 0),))
    assert tokens_needed(nothing).cells[0] > 20
