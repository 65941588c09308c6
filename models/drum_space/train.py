# SPDX-License-Identifier: Apache-2.0
"""Train the drum network: `python -m models.drum_space.train CORPUS -o OUT --minutes 18`.

OUT gets a checkpoint (the same line again goes on from it), the losses as table and picture, and
the weight files. On a processor, set OMP_WAIT_POLICY=passive where other programs compute too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.drum_space.config import DrumConfig
from models.drum_space.corrupt import Mix, generator, hidden, kits, mixed, orders, without
from models.drum_space.definition import DrumNetwork, Places
from models.drum_space.export import export
from models.drum_space.windows import Songs, corpus_songs, template
from models.percussion.hits import Hits
from models.training.options import add_loop_options, whole
from models.training.running import command, followed, placed, plan_of, trainer_in
from models.training.trainer import Progress as State
from models.training.trainer import Task, Trainer

FREE_NATS = 16.0  # of the point, that cost nothing
BETA = 0.15
BETA_STEPS = 2000  # until the point costs that much
TOUCH = 0.12  # of dynamics and timing beside hits: below BETA, so that points hold patterns first
BATCH = 128
VALID_BATCHES = 12


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of one shape, as tensors."""

    number: int
    inputs: Tensor
    places: Places
    kit: Tensor
    tokens: Tensor  # the hits; the trainer counts them
    velocities: Tensor
    offsets: Tensor
    played: Tensor
    earlier: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""

        def move(value: Any) -> Any:
            if isinstance(value, Places):
                return Places(*(tensor.to(device) for tensor in value))
            return value.to(device) if isinstance(value, Tensor) else value

        return Batch(**{f.name: move(getattr(self, f.name)) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches by number; each depends on its number and the seed alone."""

    songs: Songs
    seed: int
    size: int = BATCH
    mix: Mix = field(default_factory=Mix)

    def __getitem__(self, number: int) -> Batch:
        """One batch."""
        rng = Random(f"{self.seed}:{number}")
        metre, bars = self.songs.shape(rng)
        drawn = [self.songs.draw(rng, metre, bars) for _ in range(self.size)]
        chance = generator(rng)
        hits = mixed(Hits.stacked(found for found, _ in drawn), self.mix, chance)
        question = hidden(hits, self.mix, chance)
        kit = kits(hits, chance)
        target = without(hits, ~kit[:, None, :])
        feels = {feel: template(metre, bars, feel) for feel in {s.feel for _, s in drawn}}
        frames = [feels[song.feel].at_tempo(song.tempo_bpm) for _, song in drawn]
        return Batch(
            number,
            torch.from_numpy(question.inputs()),
            Places(
                *(
                    torch.from_numpy(np.stack([getattr(f, name) for f in frames]))
                    for name in Places._fields
                )
            ),
            torch.from_numpy(kit.astype(np.float32)),
            torch.from_numpy(target.hits.astype(np.float32)),
            torch.from_numpy(target.velocities),
            torch.from_numpy(target.offsets),
            torch.tensor([float(song.played) for _, song in drawn]),
            torch.from_numpy(orders(self.size, chance)),
        )

    def batches_from(self, number: int) -> Iterator[Batch]:
        """Batches from a number on, without end."""
        while True:
            yield self[number]
            number += 1


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Nats of hits and touch and what the point costs, summed, and the number of steps."""
    assert isinstance(model, DrumNetwork)
    mean, spread = model.encoder(batch.inputs, batch.places)
    noise = torch.randn_like(mean) if model.training else torch.zeros_like(mean)
    point = mean + noise * (0.5 * spread).exp()
    steps = model.decoder(point, batch.places, batch.kit)
    hits = batch.tokens
    logits = model.lanes(steps, hits, batch.earlier).float()
    wrong = nn.functional.binary_cross_entropy_with_logits(logits, hits, reduction="none")
    wrong = wrong * batch.kit[:, None]
    touch = _touch_nats(model.touch(steps, hits), batch) * batch.played[:, None, None]
    cost = 0.5 * (mean.float() ** 2 + spread.float().exp() - 1 - spread.float()).sum(-1)
    beta = BETA * min(1.0, batch.number / BETA_STEPS) if model.training else BETA
    nats = wrong.sum() + TOUCH * touch.sum() + beta * (cost - FREE_NATS).clamp(min=0).sum()
    return nats, torch.tensor(float(hits.shape[0] * hits.shape[1]), device=hits.device)


def _touch_nats(found: Sequence[Tensor], batch: Batch) -> Tensor:
    """Negative log likelihood of velocities and offsets where there are hits."""
    loud, loud_spread, late, late_spread = (tensor.float() for tensor in found)
    pairs = ((loud, loud_spread, batch.velocities), (late, late_spread, batch.offsets))
    nats = torch.zeros_like(loud)
    for middle, spread, truth in pairs:
        scale = 0.01 + 0.29 * torch.sigmoid(spread)
        nats = nats + (truth - middle).abs() / scale + torch.log(2 * scale)
    return nats * batch.tokens


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it trained, 2 when it can't with what it was given."""
    return command(_parser(), train, arguments)


def train(options: argparse.Namespace) -> State:
    """Train as the command line says, and write the weight files."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    folder: Path = options.out
    songs = Songs(corpus_songs(options.corpus, "train"))
    trainer = _trainer(options, songs, Songs(corpus_songs(options.corpus, "valid")))
    state = followed(trainer, folder, "drum network: loss in nats a step", "cells")
    assert isinstance(trainer.average, DrumNetwork)
    for storage in ("fp16", "int8"):
        export(trainer.average, songs, folder / f"drums.{storage}.safetensors", storage, state)
    return state


def _trainer(options: argparse.Namespace, songs: Songs, valid: Songs) -> Trainer:
    """Network, data and plan."""
    batches = Batches(songs, options.seed, options.batch)
    still = Batches(valid, 0, options.batch, Mix(0, 0, 0, 0, 0, 0))
    task = Task(loss, batches.batches_from, [still[n] for n in range(VALID_BATCHES)])
    model = placed(DrumNetwork(DrumConfig()), options.device)
    return trainer_in(options.out, model, task, plan_of(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    add = parser.add_argument
    add("corpus", type=Path, metavar="CORPUS", help="a corpus: a folder of shards")
    add("--batch", type=whole(1), default=BATCH, metavar="INT", help="windows in a batch")
    add_loop_options(parser)
    parser.set_defaults(learning_rate=2e-3, ema=0.998, warm_up=100)
    return parser


if __name__ == "__main__":
    sys.exit(main())
