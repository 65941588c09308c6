# SPDX-License-Identifier: Apache-2.0
"""`train corpus`, `train clip`, `train drums`: a network of one's own, from one's own files."""

from __future__ import annotations

import math
import os
import shlex
from argparse import ArgumentParser, Namespace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bridge.cli.output import note, say, say_json
from bridge.cli.progress import Bar
from bridge.cli.verb import Verb, add_json
from bridge.paths import drum_spaces_folder
from models.errors import BadArgument, BadFile, NotInstalled

GROUP = "Train a network"
INSTALL = 'pip install "nextbar[neural]"'


def verbs() -> tuple[Verb, ...]:
    """The verbs `train corpus`, `train clip` and `train drums`."""
    return (
        Verb(
            "train corpus",
            "Make a corpus from a folder of MIDI files, the first half of a training.",
            "nextbar train corpus my-songs -o corpus",
            corpus,
            _corpus_arguments,
            GROUP,
        ),
        Verb(
            "train clip",
            "Train the clip network on a corpus; the same line goes on where it stopped.",
            "nextbar train clip corpus -o run --minutes 110",
            clip,
            _clip_arguments,
            GROUP,
        ),
        Verb(
            "train drums",
            "Make a drum space from a folder of own beats, in a minute or two.",
            "nextbar train drums my-beats --name mine",
            drums,
            _drums_arguments,
            GROUP,
        ),
    )


def _corpus_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="MIDI files, at any depth")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FOLDER", help="where the corpus goes"
    )
    parser.add_argument(
        "--sets", action="store_true", help="FOLDER holds the public sets of docs/corpus.md"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="SET", help="of the public sets, only this"
    )
    parser.add_argument(
        "--processes", type=int, choices=(1, 2), default=1, help="that read; 1 or 2"
    )
    add_json(parser)


def _clip_arguments(parser: ArgumentParser) -> None:
    from models.training.options import add_options

    add_options(parser)
    add_json(parser)


def _drums_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="MIDI files, at any depth")
    parser.add_argument(
        "--name", default="", metavar="TEXT", help="of the space; the folder's name by default"
    )
    parser.add_argument(
        "--minutes", type=float, default=1.5, metavar="MINUTES", help="most time it may take"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="INT", help="of what is drawn")
    add_json(parser)


def corpus(args: Namespace) -> int:
    """Build a corpus, with its report beside the shards."""
    from models.corpus.build import build
    from models.corpus.report import report

    sets = args.sets or bool(args.only)
    page = args.out / "report.md"
    try:
        with Bar("corpus") as bar:
            built = build(
                args.folder,
                args.out,
                own=not sets,
                only=args.only,
                processes=args.processes,
                say=lambda stage, share: bar.show(share, stage),
            )
        page.write_text("# Corpus\n\n" + report(built), encoding="utf-8")
    except OSError as error:
        raise _unwritable(args.out, error) from error
    splits = [label.split for label in built.labels]
    told: dict[str, Any] = {
        "pieces": len(built.labels),
        "train": splits.count("train"),
        "valid": splits.count("valid"),
        "test": splits.count("test"),
        "left_out": len(built.failed),
        "report": str(page),
    }
    line = (
        f"{args.out}: {told['pieces']} pieces, {told['train']} of them to train on; "
        f"{told['left_out']} files left out, see {page}"
    )
    _tell(told, line, as_json=args.json)
    return 0


def clip(args: Namespace) -> int:
    """Train, and name the weight files."""
    _need_torch()
    if not (args.minutes or args.steps):
        raise BadArgument("Say how long: --minutes 110 or --steps 5000.", where="minutes")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: leave cores to others
    from models.train import train
    from models.training.trainer import CHECKPOINT

    try:
        state = train(args)
    except KeyboardInterrupt:
        if (args.out / CHECKPOINT).exists():
            note(f"The same line goes on from the last checkpoint in {args.out}.")
        raise
    except OSError as error:
        raise _unwritable(args.out, error) from error
    files = [str(path) for path in sorted(args.out.glob(f"clip-{args.size}.*.safetensors"))]
    valid = state.points[-1].valid if state.points else math.nan
    known = math.isfinite(valid)  # a corpus of few works has nothing to validate on
    told = {
        "steps": state.step,
        "tokens": round(state.tokens),
        "valid_nats_per_token": round(valid, 4) if known else None,
        "files": files,
    }
    scored = f", {valid:.3f} nats a token on works held out" if known else ""
    line = f"{' '.join(files)}: {state.step} steps, {state.tokens / 1e6:.1f} M tokens{scored}"
    _tell(told, line, as_json=args.json)
    return 0


def drums(args: Namespace) -> int:
    """Tune the drum space's decoder to own files, and say by which name it is asked for."""
    _need_torch()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: leave cores to others
    from models.drum_space.card import WEIGHTS, WEIGHTS_SHA256, own_path
    from models.drum_space.space import DrumSpace
    from models.drum_space.tune import Tuning, tune

    if not 0 < args.minutes < math.inf:
        raise BadArgument("--minutes must be above 0.", where="minutes")
    name = args.name or args.folder.resolve().name
    path = own_path(drum_spaces_folder(), name)
    space = DrumSpace.read(WEIGHTS, WEIGHTS_SHA256)
    tuning = Tuning(minutes=args.minutes, seed=args.seed)
    try:
        with Bar("drums") as bar:
            tune(space, args.folder, path, tuning, lambda share: bar.show(share, "training"))
    except OSError as error:
        raise _unwritable(path, error) from error
    told = {"name": name, "file": str(path)}
    _tell(told, f"{path}: ask for it with --space {shlex.quote(name)}", as_json=args.json)
    return 0


def _need_torch() -> None:
    """Refuse early, and say how to install it.

    Raises:
        NotInstalled: there is no torch.
    """
    if find_spec("torch") is None:
        raise NotInstalled(
            f"Training needs torch, which is not installed; install it with: {INSTALL}",
            where="torch",
        )


def _unwritable(folder: Path, error: OSError) -> BadFile:
    reason = error.strerror or "the system refuses"
    return BadFile(f"{folder} can't be written to: {reason}.", where=str(folder))


def _tell(told: dict[str, Any], line: str, *, as_json: bool) -> None:
    if as_json:
        say_json(told)
    else:
        say(line)
