# SPDX-License-Identifier: Apache-2.0
"""The options of a training, without torch, so that their help needs no library."""

from __future__ import annotations

import math
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from models.network import SIZES


def add_options(parser: ArgumentParser) -> None:
    """Add every option of `models.train`."""
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="a corpus: a folder of shards")
    add_loop_options(parser)
    _add_clip_options(parser)


def add_loop_options(parser: ArgumentParser) -> None:
    """Add the options that every training has: where, how long, how, and with what."""
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="where checkpoint, losses and weights go",
    )
    _add_length(parser)
    _add_method(parser)
    _add_machine(parser)


def _add_length(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--minutes",
        type=number(0),
        default=0.0,
        metavar="MINUTES",
        help="time budget over all sessions",
    )
    parser.add_argument("--steps", type=whole(0), default=0, metavar="INT", help="steps in all")
    parser.add_argument(
        "--every", type=whole(1), default=250, metavar="INT", help="steps between checkpoints"
    )
    parser.add_argument(
        "--seed", type=whole(0), default=0, metavar="INT", help="of weights and batches"
    )


def _add_method(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--learning-rate", type=number(0), default=1.5e-3, metavar="FLOAT", help="highest rate")
    add("--method", choices=("adamw", "muon"), default="muon", help="of the optimiser")
    add("--warm-up", type=whole(0), default=200, metavar="INT", help="steps until the highest rate")
    add("--dropout", type=number(0), default=0.0, metavar="FLOAT", help="0 to 1")
    add("--ema", type=number(0), default=0.999, metavar="FLOAT", help="decay of averaged weights")


def _add_machine(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--threads", type=whole(1), default=1, metavar="INT", help="of the processor")
    add("--device", default="", help="cpu, cuda or mps; the fastest that is there by default")


def _add_clip_options(parser: ArgumentParser) -> None:
    """What only the clip network asks for."""
    add = parser.add_argument
    add("--size", choices=sorted(SIZES), default="5m", help="of the network")
    add(
        "--weight",
        action="append",
        default=[],
        metavar="SET=NUMBER",
        help="share of a set in the mix; 0 leaves it out",
    )
    add(
        "--mix",
        action="append",
        default=[],
        metavar="TASK=NUMBER",
        help="share of a task among the examples; 0 leaves it out",
    )
    add("--batch-tokens", type=whole(64), default=8192, metavar="INT", help="tokens in a batch")
    add("--accumulate", type=whole(1), default=1, metavar="INT", help="batches to a step")
    add("--longest", type=whole(64), default=2048, metavar="INT", help="tokens in an example")
    add(
        "--interval-reach",
        type=whole(0),
        default=0,
        metavar="INT",
        help="semitones that interval kernels reach either way; 0 has none",
    )
    add(
        "--onset-reach",
        type=whole(0),
        default=0,
        metavar="INT",
        help="ticks of 1/24 quarter that onset kernels reach either way; 0 has none",
    )
    add(
        "--from",
        dest="start",
        type=Path,
        metavar="FILE",
        help="weights to begin with; parts they have not begin as zeros",
    )
    add("--compile", action="store_true", help="faster, needs a C++ compiler")
    add("--workers", type=whole(0), default=0, metavar="INT", help="processes that make batches")


def whole(low: int) -> Callable[[str], int]:
    """Reads a whole number from `low` on."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < low:
            raise ArgumentTypeError(f"must be a whole number from {low} on, not {text:.20}")
        return int(text)

    return read


def number(low: float) -> Callable[[str], float]:
    """Reads a number from `low` on."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not low <= number < math.inf:
            raise ArgumentTypeError(f"must be a number from {low:g} on, not {text:.20}")
        return number

    return read
