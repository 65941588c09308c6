# SPDX-License-Identifier: Apache-2.0
"""Train the melody space: `python -m models.melody_space.train CORPUS -o OUT --minutes 20`.

OUT gets the windows of the corpus (kept for the next start), a checkpoint (the same line again
goes on from it), the losses as table and picture, and a weight file of the averaged weights.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from models.errors import BadFile, NextbarError
from models.melody_space.batches import Batches, common_shapes
from models.melody_space.config import SpaceConfig
from models.melody_space.network import MelodyNetwork, loss
from models.melody_space.windows import Windows, windows_of
from models.training.loss_curve import picture, table
from models.training.trainer import Plan, Progress, Task, Trainer

VALID_BATCHES = 4
NO_STEPS = 10**7


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it trained, 2 when it can't with what it was given."""
    options = _parser().parse_args(arguments)
    try:
        train(options)
    except NextbarError as error:
        sys.stderr.write(error.message + "\n")
        return 2
    return 0


def train(options: argparse.Namespace) -> Trainer:
    """Train as the command line says."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    windows = {split: kept_windows(options.corpus, split, folder) for split in ("train", "valid")}
    shapes = common_shapes(windows["train"])
    source = Batches(windows["train"], shapes, options.batch, options.seed)
    plan = Plan(
        steps=options.steps or NO_STEPS,
        minutes=options.minutes,
        learning_rate=options.learning_rate,
        warm_up=options.warm_up,
        weight_decay=options.weight_decay,
        method=options.method,
        ema=options.ema,
        validate_every=options.every,
        checkpoint_every=options.every,
        precision=options.precision,
    )
    task = Task(loss, source.batches_from, _valid(windows["valid"], shapes))
    model = MelodyNetwork(SpaceConfig(chords=shapes))
    trainer = Trainer(model, task, plan, folder, clock=time.monotonic)
    trainer.run(lambda state: _report(state, trainer, folder))
    return trainer


def kept_windows(corpus: Path, split: str, folder: Path) -> Windows:
    """The windows of a split, from an earlier start if they lie in the folder."""
    path = folder / f"{split}.npz"
    if not path.exists():
        found = windows_of(corpus, split)
        if not len(found):
            raise BadFile(f"{corpus} holds no melody for {split}.", where="corpus")
        found.save(path)
    return Windows.load(path)


def _valid(windows: Windows, shapes: tuple[int, ...]) -> list[object]:
    source = Batches(windows, shapes, 512, seed=0, learning=False)
    stream = source.batches_from(0)
    return [next(stream) for _ in range(VALID_BATCHES)]


def _report(state: Progress, trainer: Trainer, folder: Path) -> None:
    if not state.points or state.points[-1].step != state.step:
        return
    (folder / "loss.csv").write_text(table(state.points), encoding="utf-8")
    title = "melody space: loss in nats a window"
    (folder / "loss.svg").write_text(picture(state.points, title), encoding="utf-8")
    last = state.points[-1]
    sys.stderr.write(
        f"{100 * trainer.share:3.0f} %  step {state.step:,}  {state.seconds:,.0f} s  "
        f"train {last.train:.2f}  valid {last.valid:.2f}\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    add = parser.add_argument
    add("corpus", type=Path, metavar="CORPUS", help="a corpus: a folder of shards")
    add("-o", "--out", type=Path, required=True, metavar="FOLDER", help="where all goes")
    add("--minutes", type=float, default=0.0, help="time budget over all sessions")
    add("--steps", type=int, default=0, help="steps in all")
    add("--batch", type=int, default=256, help="windows in a batch")
    add("--learning-rate", type=float, default=4e-3, help="highest rate")
    add("--warm-up", type=int, default=100, help="steps until the highest rate")
    add("--weight-decay", type=float, default=0.01, help="of matrices")
    add("--method", choices=("adamw", "muon"), default="muon", help="of the optimiser")
    add("--ema", type=float, default=0.998, help="decay of averaged weights")
    add("--every", type=int, default=200, help="steps between checkpoints")
    add("--seed", type=int, default=0, help="of weights and batches")
    add("--threads", type=int, default=1, help="of the processor")
    add("--precision", choices=("auto", "fp32"), default="fp32", help="of the computation")
    return parser


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    sys.exit(main())
