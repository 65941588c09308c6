# SPDX-License-Identifier: Apache-2.0
"""Train the performer: `python -m models.performer.train GROOVE --keys VIENNA -o OUT --minutes 15`.

GROOVE is the folder of the Groove MIDI Dataset, VIENNA that of the Vienna 4x22 Piano Corpus. OUT
gets a checkpoint (the same line again goes on from it), the losses, and the weight file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from random import Random

import numpy as np
import torch

from models.errors import BadFile
from models.performer.config import PerformerConfig
from models.performer.definition import Batch, Performer, batch_of, loss
from models.performer.groove_midi import groove_takes
from models.performer.network import Network
from models.performer.stored import Ties, Traits, write_weights
from models.performer.takes import Played, Take
from models.performer.ties import measured
from models.performer.vienna import vienna_takes
from models.performer.windows import PLAIN, Mix, Windows, table_of
from models.training.options import add_loop_options, whole
from models.training.running import command, followed, placed, plan_of, trainer_in
from models.training.trainer import Progress, Task
from models.weights import Storage

WEIGHTS = "performer.{}.safetensors"
STORAGES: tuple[Storage, ...] = ("fp16", "int8")
VALID_BATCHES = 8
_MEASURED_TAKES = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it trained, 2 when it can't with what it was given."""

    def read_and_train(options: argparse.Namespace) -> None:
        drums = list(groove_takes(options.groove))
        train(options, drums, list(vienna_takes(options.keys)) if options.keys else [])

    return command(_parser(), read_and_train, arguments)


def train(options: argparse.Namespace, drums: Sequence[Take], keys: Sequence[Take]) -> list[Path]:
    """Train as the command line says, and write the weight files."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    config = replace(PerformerConfig(), hidden=options.hidden)
    model = placed(Performer(config, options.dropout), options.device)
    task = _task(options, drums, keys)
    trainer = trainer_in(options.out, model, task, plan_of(options))
    state = followed(trainer, options.out, "performer: loss a note", "notes")
    weights = trainer.average.state_dict()
    network = Network(config, {name: tensor.cpu().numpy() for name, tensor in weights.items()})
    measured_traits = traits(network, _of(drums, "train"), _of(keys, "train"))
    paths: list[Path] = [options.out / WEIGHTS.format(storage) for storage in STORAGES]
    for path, storage in zip(paths, STORAGES, strict=True):
        write_weights(path, network, measured_traits, _card(options, state), storage)
    return paths


def _task(options: argparse.Namespace, drums: Sequence[Take], keys: Sequence[Take]) -> Task:
    """Batches to learn from and to validate on.

    Raises:
        BadFile: there is nothing to learn from.
    """
    if not _of(drums, "train"):
        raise BadFile(f"{options.groove} holds no take to train on.", where="groove")
    mix = PLAIN if options.plain else Mix()
    windows = Windows(_of(drums, "train"), _of(keys, "train"), mix)
    untold = Windows(
        _of(drums, "validation"), _of(keys, "validation"), replace(PLAIN, keys=mix.keys)
    )
    valid = _valid(untold, options) if untold.drums else []
    return Task(loss, lambda number: _batches(windows, options, number), valid)


def _card(options: argparse.Namespace, state: Progress) -> dict[str, str]:
    """What the weight file says of its making."""
    return {
        "made": date.today().isoformat(),
        "steps": str(state.step),
        "notes": f"{state.tokens:.0f}",
        "minutes": f"{state.seconds / 60:.1f}",
        "valid": f"{state.points[-1].valid:.4f}" if state.points else "",
        "seed": str(options.seed),
    }


def traits(network: Network, drums: Sequence[Take], keys: Sequence[Take]) -> Traits:
    """What the network leaves to say of its recordings: their common lead, and their ties."""
    lead = float(np.median(np.concatenate([take.nearest.offset_ms for take in drums])))
    some = Random(0).sample(list(drums), min(len(drums), _MEASURED_TAKES))
    found = _ties(network, table_of([take.nearest for take in some]))
    pitched = _ties(network, table_of([take.meant for take in keys])) if keys else found
    return Traits(lead, *found, *pitched)


def _ties(network: Network, played: Played) -> tuple[Ties, Ties]:
    """How offsets and velocities go together beyond what the network foresees."""
    notes = played.notes
    answer = network(notes)
    half_ms = np.maximum(notes.beat_ms / 8, np.abs(played.offset_ms))
    zeros = np.zeros(len(notes))
    offsets = answer.offsets_ms.scores(played.offset_ms, -half_ms, half_ms)
    velocities = answer.velocities.scores(played.velocity, zeros, zeros + 1)
    return measured(notes, offsets), measured(notes, velocities)


def _of(takes: Sequence[Take], split: str) -> list[Take]:
    return [take for take in takes if take.split == split]


def _batches(windows: Windows, options: argparse.Namespace, first: int) -> Iterator[Batch]:
    """Batches from a number on; each depends on the seed and its number alone."""
    for number in count(first):
        rng = Random(f"{options.seed} {number}")
        yield batch_of(windows.batch(rng, options.bars))


def _valid(windows: Windows, options: argparse.Namespace) -> list[Batch]:
    """Always the same windows, of which nothing is told."""
    rng = Random(0)
    return [batch_of(windows.batch(rng, options.bars)) for _ in range(VALID_BATCHES)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("groove", type=Path, metavar="GROOVE", help="the Groove MIDI Dataset")
    parser.add_argument("--keys", type=Path, metavar="VIENNA", help="the Vienna 4x22 Piano Corpus")
    parser.add_argument("--bars", type=whole(2), default=256, metavar="INT", help="in a batch")
    parser.add_argument("--hidden", type=whole(8), default=144, metavar="INT", help="of a layer")
    parser.add_argument(
        "--plain", action="store_true", help="only drums on sixteenths, nothing told: the benchmark"
    )
    add_loop_options(parser)
    parser.set_defaults(dropout=0.2, learning_rate=3e-3)
    return parser


if __name__ == "__main__":
    sys.exit(main())
