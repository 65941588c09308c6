# SPDX-License-Identifier: Apache-2.0
"""Training: it learns, it resumes exactly, it averages, it keeps to its time."""

import math
import xml.etree.ElementTree as ET
from dataclasses import fields, replace
from itertools import count
from pathlib import Path
from random import Random

import pytest
from neural import SMALL, inputs, need, need_torch, song

torch = need_torch()
np = need("numpy")

from models import train, weights  # noqa: E402 - after the guards
from models.clip import Clip, Note  # noqa: E402
from models.corpus.analysis import count as counted  # noqa: E402
from models.corpus.codec import encode_parts  # noqa: E402
from models.corpus.piece import Label, Piece, PiecePart  # noqa: E402
from models.corpus.shards import write_shard  # noqa: E402
from models.network import NetworkConfig  # noqa: E402
from models.tokens.scene import Cell, Part, Scene, bars_of  # noqa: E402
from models.tokens.sounding import pitch_bits  # noqa: E402
from models.tokens.vocabulary import SIZE  # noqa: E402
from models.training import batches  # noqa: E402 - after the guards
from models.training.augment import Source  # noqa: E402
from models.training.loss_curve import Point, picture, table  # noqa: E402
from models.training.trainer import Plan, Task, Trainer, autocast, computes_in_bf16  # noqa: E402
from models.transformer import Batch, Transformer, loss  # noqa: E402

PLAN = Plan(steps=6, warm_up=2, validate_every=3, checkpoint_every=2, precision="fp32")
DROPS = replace(SMALL, dropout=0.1)


def batch(number):
    tokens, features, sounding = map(torch.from_numpy, inputs(4, 10, seed=number))
    return Batch(tokens, features, sounding, torch.ones(4, 10), torch.full((4,), number % 4))


def batches_from(number):
    return map(batch, count(number))


def trainer(folder, plan=PLAN, *, seed=0, clock=None):
    torch.manual_seed(seed)
    clock = clock or map(float, count()).__next__
    task = Task(loss, batches_from, [batch(1000), batch(1001)])
    return Trainer(Transformer(DROPS), task, plan, folder, clock=clock)


def state(found):
    return {**found.model.state_dict(), **{"ema." + n: w for n, w in ema(found).items()}}


def ema(found):
    return found.average.state_dict()


def test_eight_sequences_are_learned_by_heart(tmp_path):
    torch.manual_seed(0)
    tokens, features, sounding = map(torch.from_numpy, inputs(8, 16))
    weight = torch.ones(8, 16)
    weight[:, :5] = 0
    one = Batch(tokens, features, sounding, weight, torch.full((8,), 4))
    plan = replace(PLAN, steps=100, learning_rate=1e-2, weight_decay=0, ema=0.9, warm_up=10)
    plan = replace(plan, validate_every=100, checkpoint_every=100)
    task = Task(loss, lambda number: (one for _ in count()), [one])
    learner = Trainer(Transformer(SMALL), task, plan, tmp_path, clock=lambda: 0.0)
    before = learner.validate()
    learner.run()
    assert before == pytest.approx(math.log(SMALL.vocabulary), rel=0.1)
    assert learner.validate() < 0.1


@pytest.mark.parametrize("stop", [2, 4])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_resuming_is_exact(tmp_path, stop, accumulate):
    plan = replace(PLAN, accumulate=accumulate)
    (tmp_path / "whole").mkdir()
    whole = trainer(tmp_path / "whole", plan)
    whole.run()
    cut = trainer(tmp_path, plan)

    class Stop(Exception):
        """Like a power cut."""

    def report(progress):
        if progress.step == stop + 1:  # the step after the checkpoint is lost
            raise Stop

    with pytest.raises(Stop):
        cut.run(report)
    torch.manual_seed(99)
    resumed = trainer(tmp_path, plan, seed=5)
    assert resumed.progress.step == stop
    resumed.run()
    assert resumed.progress.step == 6
    for name, tensor in state(whole).items():
        assert torch.equal(tensor, state(resumed)[name]), name
    found, expected = resumed.progress.points, whole.progress.points
    assert [(p.step, p.train, p.valid) for p in found] == [
        (p.step, p.train, p.valid) for p in expected
    ]
    assert resumed.progress.tokens == whole.progress.tokens


def test_a_finished_training_stays_finished(tmp_path):
    trainer(tmp_path).run()
    again = trainer(tmp_path, seed=3)
    before = {name: tensor.clone() for name, tensor in state(again).items()}
    again.run()
    assert all(torch.equal(tensor, before[name]) for name, tensor in state(again).items())


def test_averaged_weights(tmp_path):
    found = trainer(tmp_path, replace(PLAN, steps=3, ema=0.5))
    name = "blocks.0.up.weight"
    expected = ema(found)[name].clone()
    seen = []
    found.run(lambda progress: seen.append(found.model.state_dict()[name].clone()))
    for step, weight in enumerate(seen):
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight
    assert torch.allclose(ema(found)[name], expected, atol=1e-7)
    assert not torch.equal(ema(found)[name], seen[-1])


def test_the_rate_rises_then_falls(tmp_path):
    found = trainer(tmp_path, replace(PLAN, steps=100, warm_up=10, final_share=0.1))
    rates = []
    for step in range(101):
        found.progress.step = step
        rates.append(found.learning_rate())
    assert rates[0] == pytest.approx(1e-4, rel=0.01)
    assert max(rates) == pytest.approx(1e-3, rel=0.05)
    assert rates.index(max(rates)) in range(8, 12)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(1e-4)


def test_a_time_budget_ends_the_training_over_all_sessions(tmp_path):
    plan = replace(PLAN, steps=10**6, minutes=1, validate_every=10**6, checkpoint_every=4)
    ticks = (10.0 * n for n in count())
    found = trainer(tmp_path, plan, clock=ticks.__next__)
    assert found.run().step == 6
    assert found.share == 1
    assert len(found.progress.points) == 1, "the end is validated"
    again = trainer(tmp_path, plan, clock=(1000.0 + n for n in count()).__next__)
    assert again.run().step == 6


def test_validation_weighs_every_token(tmp_path):
    found = trainer(tmp_path)
    sums = [loss(found.average, batch(n)) for n in (1000, 1001)]
    mean = sum(s[0] for s in sums) / sum(s[1] for s in sums)
    assert found.validate() == pytest.approx(float(mean), rel=1e-5)


def test_gains_do_not_decay(tmp_path):
    groups = trainer(tmp_path)._optimizers[0].param_groups
    assert [group["weight_decay"] for group in groups] == [0.1, 0]
    assert {p.dim() for p in groups[0]["params"]} == {2}
    assert {p.dim() for p in groups[1]["params"]} == {1}


def test_precision():
    processor = torch.device("cpu")
    with autocast(processor, "bf16")():
        assert torch.is_autocast_enabled("cpu")
    with autocast(processor, "fp32")():
        assert not torch.is_autocast_enabled("cpu")
    with autocast(processor)():
        assert torch.is_autocast_enabled("cpu") == computes_in_bf16(processor)


def test_a_step_in_bf16(tmp_path):
    found = trainer(tmp_path, replace(PLAN, steps=1, precision="bf16"))
    found.run()
    assert math.isfinite(found.progress.points[0].valid)


def test_the_curve_is_drawn():
    points = [Point(1, 3.0, math.nan, 1e-3, 1.0), Point(500, 1.5, 1.7, 1e-4, 60.0)]
    for some in ([], points[:1], points):
        root = ET.fromstring(picture(some, "a < b & c"))
        assert len(root.findall("{*}polyline")) == 2
        assert "nan" not in picture(some, "")
    assert table(points).splitlines()[2] == "500,1.5,1.7,0.0001,60"
    assert Point.of(points[1].row()) == points[1]


# Batches from pieces, and the command line.


def corpus(folder: Path) -> Path:
    """A little corpus."""
    for split, seeds in (("train", range(6)), ("valid", range(6, 8))):
        pieces = []
        for seed in seeds:
            source = song(seed, voices=seed % 2 == 1)
            parts = tuple(PiecePart(role, clip) for role, clip in source.parts)
            pieces.append(Piece(Label("made", f"{seed}.mid", f"{seed}", split=split), parts))
        write_shard(
            folder / f"made.{split}.corpus",
            [piece.label for piece in pieces],
            [counted(piece) for piece in pieces],
            [encode_parts(piece.parts) for piece in pieces],
        )
    return folder


def pools(**changes):
    given = {"seed": 3, "batch_tokens": 400, "longest": 700, **changes}
    return batches.Pools(lambda rng: song(rng.randrange(4), voices=rng.random() < 0.3), **given)


def same(one, two):
    pairs = ((getattr(one, f.name), getattr(two, f.name)) for f in fields(Batch))
    return all((a is None and b is None) or torch.equal(a, b) for a, b in pairs)


def test_batches_are_known_by_their_number():
    first = pools().batches_from(0)
    row = [next(first) for _ in range(20)]
    assert same(next(pools().batches_from(5)), row[5])
    assert same(next(pools().batches_from(18)), row[18])
    assert not same(row[0], row[16])
    assert not same(next(pools(seed=4).batches_from(5)), row[5])


def test_what_batches_hold():
    from models.tokens import vocabulary as v

    seen = [b for number in range(2) for b in pools()[number]]
    kinds = {b.prefix is None for b in seen}
    assert kinds == {True, False}
    for b in seen:
        assert b.tokens.shape[1] <= 701
        padding = b.tokens == v.PAD
        assert not (b.weights[padding]).any()
        assert not b.weights[:, 0].any()
        gen = (b.tokens == v.GEN).int().argmax(1)
        if b.prefix is None:
            assert (b.tokens[:, 0] == v.CAUSAL).all()
            assert (b.weights[:, 1] == np.float32(0.2)).all()
        else:
            assert torch.equal(b.prefix, gen + 1)
            assert not b.weights[0, : gen[0] + 1].any()
        assert (b.weights.gather(1, gen[:, None] + 1) == 1).all()


def test_rolls_stand_where_a_pitch_is_learned():
    from models.network import PITCHES, ROLLS
    from models.tokens import vocabulary as v

    learned, plain = 0, pools()[0]
    for one, b in zip(plain, pools(rolls=True)[0], strict=True):
        assert torch.equal(one.tokens, b.tokens)
        assert one.due is None
        following = b.tokens[:, 1:].flatten()
        pitches = (following >= v.PITCH) & (following < v.DRUM) & (b.weights[:, 1:].flatten() == 1)
        if b.due is None:
            assert not pitches.any(), "only drums are learned"
            continue
        assert b.rolls.shape == (len(b.due), ROLLS, PITCHES)
        assert (b.weights[:, 1:].flatten()[b.due] > 0).all()
        without = set(pitches.nonzero()[:, 0].tolist()) - set(b.due.tolist())
        assert len(without) <= len(b.tokens), "only a first note has nothing to go with"
        learned += len(b.due)
    assert learned > 100


def test_a_batch_with_kernels_is_learned_from():
    from models.tokens.vocabulary import SIZE

    config = replace(SMALL, vocabulary=SIZE, context=1024, interval_reach=12)
    torch.manual_seed(0)
    model = Transformer(config)
    one = pools(rolls=True)[0][0]
    total, weight = loss(model, one)
    (total / weight).backward()
    assert model.intervals.weight.grad.abs().max() > 0
    with torch.no_grad():
        model.intervals.weight -= 0.1 * model.intervals.weight.grad
        assert loss(model, one)[0] < total


def test_strikes_stand_where_an_onset_is_learned():
    from models.network import PLACES, STRIKES
    from models.tokens import vocabulary as v

    learned, plain = 0, pools()[0]
    for one, b in zip(plain, pools(strikes=True)[0], strict=True):
        assert torch.equal(one.tokens, b.tokens)
        assert one.onsets is None
        assert b.due is None
        if b.onsets is None:
            continue
        assert b.strikes.shape == (len(b.onsets), STRIKES, PLACES)
        assert b.strikes.any(2).any(1).all()
        assert (b.weights[:, 1:].flatten()[b.onsets] > 0).all()
        following = b.tokens[:, 1:].flatten()
        onsets = (following >= v.POS) & (following < v.PITCH) & (b.weights[:, 1:].flatten() == 1)
        learned += len(set(onsets.nonzero()[:, 0].tolist()) & set(b.onsets.tolist()))
    assert learned > 100


def duet(rng, *, bars=1):
    """A bass on eighths drawn at random, and drums that strike exactly with it."""
    beats = [n / 2 for n in range(8 * bars) if rng.random() < 0.5] or [0.0]
    bass = Clip(tuple(Note(40, beat, 0.25) for beat in beats), 4.0 * bars)
    drums = Clip(tuple(Note(36, beat, 0.25) for beat in beats), 4.0 * bars, kind="drums")
    return Source((("drums", drums), ("bass", bass)), key=0)


def lesson(seed, count=16):
    """Duets of which the drums are asked, as one batch."""
    rng = Random(seed)
    rows = []
    for _ in range(count):
        parts = tuple(Part(role, clip) for role, clip in duet(rng).parts)
        bars = bars_of(parts[0].clip, 0.0, 1)
        scene = Scene("accompany", parts, bars, (Cell(0, 0),))
        rows.append(batches.row_of(scene))
    return batches.stack(rows, causal=False, rolls=True, strikes=True)


def nats_after(onset_reach, steps, folder):
    """Nats a token on lessons that were not seen, after so many steps."""
    torch.manual_seed(0)
    config = replace(NetworkConfig.named("debug", SIZE), onset_reach=onset_reach, echoes=4)
    plan = replace(PLAN, steps=steps, learning_rate=1e-2, warm_up=5, method="muon", ema=0.8)
    plan = replace(plan, validate_every=steps, checkpoint_every=steps)
    task = Task(loss, lambda number: map(lesson, count(number)), [lesson(1000)])
    learner = Trainer(Transformer(config), task, plan, folder, clock=lambda: 0.0)
    return learner.run().points[-1].valid


def test_drums_that_strike_with_the_bass_are_learned_with_onset_kernels(tmp_path):
    folders = [tmp_path / name for name in ("with", "without")]
    for folder in folders:
        folder.mkdir()
    heard, deaf = (nats_after(reach, 24, f) for reach, f in zip((6, 0), folders, strict=True))
    assert heard < 0.75 * deaf


def test_validation_is_neither_causal_nor_changed():
    assert all(b.prefix is not None for b in pools(learning=False)[0])


def test_pitches_as_bits():
    bits = pitch_bits([0, 1, 1 << 127, (1 << 60) | (1 << 64)])
    assert [list(np.flatnonzero(row)) for row in bits] == [[], [0], [127], [60, 64]]


def test_the_command_trains_resumes_and_writes_weights(tmp_path, capsys):
    made = corpus(tmp_path)
    out = tmp_path / "out"
    line = [str(made), "-o", str(out), "--size", "debug", "--batch-tokens", "300", "--every", "2"]
    assert train.main([*line, "--steps", "2"]) == 0
    assert train.main([*line, "--steps", "4"]) == 0
    assert len((out / "loss.csv").read_text(encoding="utf-8").splitlines()) == 3
    ET.parse(out / "loss.svg")
    for storage in ("int8", "fp16"):
        found = weights.read(out / f"clip-debug.{storage}.safetensors")
        assert found.card["steps"] == "4"
        found.expect("vocabulary", train.vocabulary_hash())
    other = [*line[:2], str(tmp_path / "kernels"), *line[3:], "--interval-reach", "7"]
    assert train.main([*other, "--steps", "1"]) == 0
    found = weights.read(tmp_path / "kernels" / "clip-debug.int8.safetensors")
    assert found.config.interval_reach == 7
    assert found.arrays["intervals.weight"].any()
    start = ["--from", str(tmp_path / "kernels" / "clip-debug.fp16.safetensors")]
    other = [*line[:2], str(tmp_path / "more"), *line[3:], "--onset-reach", "5", "--steps", "1"]
    assert train.main([*other, *start]) == 2
    assert train.main([*other, "--interval-reach", "7", *start]) == 0
    found = weights.read(tmp_path / "more" / "clip-debug.int8.safetensors")
    assert found.config.onset_reach == 5
    assert found.arrays["onsets.weight"].any()
    assert train.main([str(tmp_path / "none"), "-o", str(out)]) == 2
    for wrong in ("made=x", "made", "made=nan", "made=-1"):
        assert train.main([*line, "--weight", wrong]) == 2
        assert "SET=NUMBER" in capsys.readouterr().err
    assert train.main([*line, "--mix", "accompany=x"]) == 2
    assert "TASK=NUMBER" in capsys.readouterr().err
    assert train.main([*line, "--mix", "drum=1"]) == 2
    assert "accompany" in capsys.readouterr().err


def test_a_mix_names_what_differs_from_the_usual_one():
    from models.training.objectives import MIX

    assert train.mix_of([]) == MIX
    assert train.mix_of(["vary=0", "accompany=2"]) == {**MIX, "vary": 0.0, "accompany": 2.0}


def test_pieces_are_drawn_by_set(tmp_path):
    from models.corpus.shards import open_shards

    shards = open_shards(corpus(tmp_path), "train")
    assert len(train.Pieces(shards, {})) == 6
    assert len(train.Pieces(shards, {"made": 0})) == 0
