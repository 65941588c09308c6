# SPDX-License-Identifier: Apache-2.0
"""Train the melody space: `python -m models.melody_space.train CORPUS -o OUT --minutes 20`.

OUT gets the windows of the corpus (kept for the next start), a checkpoint (the same line again
goes on from it), the losses as table and picture, and weight files of the averaged weights.
Only sets whose music may train what ships are read. `--dropout` is the share of its own notes
that the decoder does not see.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import torch

from models.errors import BadFile
from models.melody_space.batches import Batches, common_shapes
from models.melody_space.config import SpaceConfig
from models.melody_space.frame import Array
from models.melody_space.network import HIDDEN_SHARE, Batch, MelodyNetwork, loss
from models.melody_space.sliders import attributes, directions
from models.melody_space.store import write_space
from models.melody_space.symbols import Symbols
from models.melody_space.windows import Windows, windows_of
from models.training.options import add_loop_options, whole
from models.training.running import command, followed, placed, plan_of, trainer_in
from models.training.trainer import Progress, Task

VALID_BATCHES = 4
VALID_SIZE = 512
SLIDER_BATCHES = 24


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it trained, 2 when it can't with what it was given."""
    return command(_parser(), train, arguments)


def train(options: argparse.Namespace) -> Progress:
    """Train as the command line says, and write the weight files."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    windows = kept_windows(options.corpus, "train", folder)
    shapes = common_shapes(windows)
    source = Batches(windows, shapes, options.batch, options.seed)
    valid = _valid(kept_windows(options.corpus, "valid", folder), shapes)
    network = MelodyNetwork(SpaceConfig(chords=shapes), options.dropout)
    model = placed(network, options.device)
    task = Task(loss, source.batches_from, valid)
    trainer = trainer_in(folder, model, task, plan_of(options))
    state = followed(trainer, folder, "melody space: loss in nats a window", "slots")
    assert isinstance(trainer.average, MelodyNetwork)
    arrays = arrays_of(trainer.average)
    arrays["sliders"] = _sliders(trainer.average, replace(source, size=VALID_SIZE, learning=False))
    for storage in ("fp16", "int8"):
        path = folder / f"melody_space.{storage}.safetensors"
        write_space(path, arrays, network.config, storage, _card(state))
    return state


@torch.no_grad()
def _sliders(model: MelodyNetwork, source: Batches) -> Array:
    """The directions of the sliders, from windows of the training."""
    points, values = [], []
    for _, batch in zip(range(SLIDER_BATCHES), source.batches_from(0), strict=False):
        points.append(model.encode(batch)[0].numpy())
        symbols = Symbols(batch.tokens.numpy(), batch.chords.numpy())
        values.append(attributes(symbols, batch.open.numpy()))
    return directions(np.concatenate(points), np.concatenate(values))


def kept_windows(corpus: Path, split: str, folder: Path) -> Windows:
    """The windows of a split, from an earlier start if they lie in the folder.

    Raises:
        BadFile: there are none.
    """
    path = folder / f"{split}.npz"
    if not path.exists():
        found = windows_of(corpus, split)
        if not len(found):
            raise BadFile(f"{corpus} holds no melody for {split}.", where="corpus")
        found.save(path)
    return Windows.load(path)


def arrays_of(model: MelodyNetwork) -> dict[str, Array]:
    """The network's weights by name."""
    return {name: weight.detach().cpu().numpy() for name, weight in model.named_parameters()}


def _valid(windows: Windows, shapes: tuple[int, ...]) -> list[Batch]:
    source = Batches(windows, shapes, VALID_SIZE, learning=False)
    stream = source.batches_from(0)
    return [next(stream) for _ in range(VALID_BATCHES)]


def _card(state: Progress) -> dict[str, str]:
    return {
        "made": date.today().isoformat(),
        "steps": str(state.step),
        "valid_nats_per_window": f"{state.points[-1].valid:.3f}" if state.points else "",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="a corpus: a folder of shards")
    add_loop_options(parser)
    parser.add_argument("--batch", type=whole(1), default=256, help="windows in a batch")
    parser.set_defaults(learning_rate=3e-3, warm_up=100, ema=0.998, dropout=HIDDEN_SHARE)
    return parser


if __name__ == "__main__":
    sys.exit(main())
