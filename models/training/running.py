# SPDX-License-Identifier: Apache-2.0
"""What every training command does with its options: plan, device, bar, losses as a picture."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from torch import nn

from models.errors import BadArgument, BadFile, NextbarError
from models.training.loss_curve import picture, table
from models.training.trainer import Plan, Progress, Task, Trainer

NO_STEPS = 10**7  # with a time budget alone

Network = TypeVar("Network", bound=nn.Module)


def command(
    parser: argparse.ArgumentParser,
    train: Callable[[argparse.Namespace], object],
    arguments: Sequence[str] | None,
) -> int:
    """Train as a command line says; 0 when it trained, 2 when it can't with what it was given."""
    try:
        train(parser.parse_args(arguments))
    except NextbarError as error:
        sys.stderr.write(error.message + "\n")
        return 2
    return 0


def plan_of(options: argparse.Namespace, *, accumulate: int = 1) -> Plan:
    """The plan that the options of `add_loop_options` describe."""
    return Plan(
        steps=options.steps or NO_STEPS,
        minutes=options.minutes,
        learning_rate=options.learning_rate,
        warm_up=options.warm_up,
        ema=options.ema,
        accumulate=accumulate,
        method=options.method,
        validate_every=options.every,
        checkpoint_every=options.every,
    )


def placed(model: Network, device: str) -> Network:
    """The model on a device; on the fastest that is there when none is named.

    Raises:
        BadArgument: there is no such device.
    """
    try:
        return model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    except (RuntimeError, AssertionError) as error:  # torch asserts that it was built for cuda
        raise BadArgument(f"There is no device {device} here; try cpu.", where="device") from error


def trainer_in(folder: Path, model: nn.Module, task: Task, plan: Plan) -> Trainer:
    """A trainer that keeps its checkpoint in a folder, or goes on from the one that lies there.

    Raises:
        BadFile: its checkpoint is damaged, or of something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return Trainer(model, task, plan, folder, clock=time.monotonic)
    except RuntimeError as error:
        raise BadFile(
            f"The checkpoint in {folder} is damaged or of another training; name another folder.",
            where=str(folder),
        ) from error


def followed(trainer: Trainer, folder: Path, title: str, unit: str = "tokens") -> Progress:
    """Train to the end under a bar, and draw the losses whenever there are new ones.

    Args:
        trainer: ready to run.
        folder: gets loss.csv and loss.svg.
        title: of the picture.
        unit: what the network reads, many of.
    """
    columns = (BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeElapsedColumn())
    words = TextColumn("{task.fields[note]}")
    with Bar(*columns, words, console=Console(stderr=True)) as bar:
        shown = bar.add_task("training", total=1.0, note="")

        def report(state: Progress) -> None:
            bar.update(shown, completed=trainer.share, note=_words(state, unit))
            if state.points and state.points[-1].step == state.step:
                _draw(folder, state, title)

        return trainer.run(report)


def _draw(folder: Path, state: Progress, title: str) -> None:
    """Write the losses so far as table and picture."""
    (folder / "loss.csv").write_text(table(state.points), encoding="utf-8")
    (folder / "loss.svg").write_text(picture(state.points, title), encoding="utf-8")


def _words(state: Progress, unit: str) -> str:
    """One line on how it stands."""
    speed = state.tokens / state.seconds if state.seconds else 0.0
    line = f"step {state.step:,}  {state.tokens / 1e6:.1f} M {unit}  {speed:,.0f}/s"
    if state.points:
        last = state.points[-1]
        line += f"  train {last.train:.3f}  valid {last.valid:.3f}"
    return line
