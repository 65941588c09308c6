# SPDX-License-Identifier: Apache-2.0
"""Train the clip network on a corpus: `python -m models.train CORPUS -o OUT --minutes 110`.

OUT gets a checkpoint (the same line again goes on from it), the losses as table and picture, and
weight files of the averaged weights. `--from FILE` begins with such a file, and learns parts that
it has not from nothing. On a processor, set OMP_WAIT_POLICY=passive in the
environment where other programs compute too.
"""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate, chain
from pathlib import Path
from random import Random
from typing import Any

import torch

from models import weights
from models.corpus.sets import OWN, set_named
from models.corpus.shards import Entry, Shard, open_shards
from models.errors import BadArgument, BadFile
from models.network import NetworkConfig
from models.tokens.state import ECHO_BARS
from models.tokens.vocabulary import SIZE, vocabulary_hash
from models.training.augment import Source
from models.training.batches import POOL, Pools, full
from models.training.objectives import MIX, source_of
from models.training.options import add_options
from models.training.options import number as at_least
from models.training.running import NO_STEPS, command, followed, placed, plan_of, trainer_in
from models.training.starting import begin_with
from models.training.trainer import Progress as State
from models.training.trainer import Task, Trainer
from models.transformer import Transformer, loss, tensors

MOST_BARS = 256  # a piece is drawn by its bars, but no longer one more often than this
VALID_POOLS = 2
VALID_BATCH_TOKENS = 4096


class Pieces:
    """Draws pieces of some shards: a set by its share, in it a piece by its length.

    Args:
        shards: of one split.
        shares: name of a set → its share, in place of the one in the table of sets; 0 leaves it
            out. A folder of the user's own has the share 1.
    """

    def __init__(self, shards: Sequence[Shard], shares: Mapping[str, float]) -> None:
        self._places: list[tuple[Shard, int]] = []
        drawn: list[float] = []
        for name, places in _by_set(shards).items():
            share = shares.get(name, _share(name))
            if not share:
                continue
            bars = [_length(shard.entries[number]) for shard, number in places]
            self._places += places
            drawn += [share * length / sum(bars) for length in bars]
        self._cumulated = list(accumulate(drawn))

    def __len__(self) -> int:
        return len(self._places)

    def __call__(self, rng: Random) -> Source:
        """One piece."""
        shard, number = rng.choices(self._places, cum_weights=self._cumulated)[0]
        return source_of(shard.piece(number))


def _by_set(shards: Sequence[Shard]) -> dict[str, list[tuple[Shard, int]]]:
    """Where the pieces of each set lie that have beats and a bar."""
    found: dict[str, list[tuple[Shard, int]]] = {}
    for shard in shards:
        for number, entry in enumerate(shard.entries):
            if entry.label.grid != "none" and _length(entry):
                found.setdefault(entry.label.set_name, []).append((shard, number))
    return found


def _length(entry: Entry) -> int:
    return min(MOST_BARS, sum(entry.counts.bars.values()))


def _share(name: str) -> float:
    try:
        return set_named(name).weight
    except KeyError:
        return OWN.weight


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it trained, 2 when it can't with what it was given."""
    return command(_parser(), train, arguments)


def train(options: argparse.Namespace) -> State:
    """Train as the command line says, and write the weight files."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    folder: Path = options.out
    trainer = _trainer(options, folder)
    title = f"clip network {options.size}: loss in nats a token"
    state = followed(trainer, folder, title)
    for storage in ("fp16", "int8"):
        path = folder / f"clip-{options.size}.{storage}.safetensors"
        export(trainer.average, path, storage, state)
    return state


def _trainer(options: argparse.Namespace, folder: Path) -> Trainer:
    """Network, data and plan."""
    pools = Pools(
        _pieces(options, "train"),
        options.seed,
        options.batch_tokens,
        options.longest,
        mix_of(options.mix),
        rolls=options.interval_reach > 0,
        strikes=options.onset_reach > 0,
    )
    config = replace(
        NetworkConfig.named(options.size, SIZE),
        context=options.longest + 1,  # the token that says causal comes on top
        dropout=options.dropout,
        interval_reach=options.interval_reach,
        echoes=len(ECHO_BARS),
        onset_reach=options.onset_reach,
    )
    plan = plan_of(options, accumulate=options.accumulate)
    task = Task(
        loss,
        lambda number: batches_from(pools, number, options.workers),
        _valid(options, pools),
    )
    model = Transformer(config)
    if options.start is not None:
        begin_with(model, options.start)
    model = placed(model, options.device)
    if options.compile:
        model.compile(dynamic=True)
    return trainer_in(folder, model, task, plan)


def _pieces(options: argparse.Namespace, split: str) -> Pieces:
    """The pieces of a split that can be trained on.

    Raises:
        BadFile: there is none.
    """
    shares = _shares(options.weight, "weight", "SET")
    pieces = Pieces(open_shards(options.corpus, split), shares)
    if not len(pieces):
        raise BadFile(
            f"{options.corpus} holds no piece with bars for {split}; build it from more files.",
            where="corpus",
        )
    return pieces


def _valid(options: argparse.Namespace, pools: Pools) -> list[Any]:
    """The batches to validate on; none where a corpus of few works has no such split."""
    try:
        pieces = _pieces(options, "valid")
    except BadFile:
        return []
    tokens = min(VALID_BATCH_TOKENS, options.batch_tokens)
    alike = replace(pools, draw=pieces, seed=0, learning=False, batch_tokens=tokens)
    return list(chain.from_iterable(alike[n] for n in range(VALID_POOLS)))


def batches_from(pools: Pools, number: int, workers: int) -> Iterator[Any]:
    """Batches from `number` on; with workers, pools are made ahead in other processes."""
    if not workers:
        yield from pools.batches_from(number)
        return
    loader = torch.utils.data.DataLoader(
        pools,
        batch_size=None,
        sampler=range(number // POOL, NO_STEPS),
        num_workers=workers,
        collate_fn=full,
        multiprocessing_context="spawn",
    )
    skip = number % POOL
    for pool in loader:
        yield from pool[skip:]
        skip = 0


def export(
    model: torch.nn.Module, path: Path, storage: weights.Storage, state: State | None = None
) -> str:
    """Write a weight file that inference reads, and give its sha256."""
    assert isinstance(model, Transformer)
    arrays = {name: tensor.numpy() for name, tensor in tensors(model).items()}
    card = {"vocabulary": vocabulary_hash(), "made": date.today().isoformat()}
    if state is not None:
        card |= {
            "steps": str(state.step),
            "tokens": f"{state.tokens:.0f}",
            "valid_nats_per_token": f"{state.points[-1].valid:.4f}" if state.points else "",
        }
    return weights.write(path, arrays, model.config, storage, card)


def mix_of(given: Sequence[str]) -> dict[str, float]:
    """The shares of the tasks: those given, `TASK=NUMBER`, and the usual ones of the others.

    Raises:
        BadArgument: there is no such task, or it is no number from 0 on.
    """
    shares = _shares(given, "mix", "TASK")
    for name in shares.keys() - MIX.keys():
        raise BadArgument(f"--mix knows {', '.join(MIX)}, not {name}.", where="mix")
    return {**MIX, **shares}


def _shares(given: Sequence[str], option: str, named: str) -> dict[str, float]:
    """`set=2` and the like as a table."""
    shares = {}
    for item in given:
        name, _, share = item.partition("=")
        try:
            shares[name] = at_least(0)(share)
        except ArgumentTypeError as error:
            raise BadArgument(
                f"Write --{option} {named}=NUMBER, not {item}.", where=option
            ) from error
    return shares


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    add_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
