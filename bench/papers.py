# SPDX-License-Identifier: Apache-2.0
"""The paper tables: train from scratch on one set's training split, then score all of its frames.

    python bench/papers.py jsb --seed 0 --minutes 55 --data DATA
    python bench/papers.py together OUT/jsb-0 OUT/jsb-1 OUT/jsb-2 --data DATA
    python bench/papers.py table OUT/*/result.json [--write docs/quality-papers.md]

DATA holds the four `.mat` files and `Jsb16thSeparated.json` (or its .xz). The folder OUT/SET-SEED
gets a checkpoint, from which the same line goes on, the weights of the best validation, and
`result.json`; a training whose time is used up is only scored. `together` mixes what several seeds
foresee, and writes OUT/SET-together/result.json. The weights are for these tables alone.
`frames/code.py` says why the likelihoods are exact.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from frames.batches import NEAR, Batches, Piece, coded, covering, features, scales, stack
from frames.data import SPLITS, TABLES, Table, read
from frames.literature import markdown
from frames.network import FrameNetwork, loss
from frames.scores import frame_nll, scores

from models.network import NetworkConfig
from models.training.trainer import Plan, Progress, Task, Trainer

BEST = "best.pt"
RESULT = "result.json"
NO_STEPS = 10**7  # with a time budget alone
BEGIN, END = "<!-- results -->", "<!-- end of results -->"
MOST_VALID_TOKENS = 60_000  # while training; the final scores are of whole splits


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.name == "table":
        tabulate(options)
        return 0
    torch.set_num_threads(options.threads)
    return together(options) if options.name == "together" else alone(options)


def alone(options: argparse.Namespace) -> int:
    """Train one network and score it."""
    torch.manual_seed(options.seed)
    folder: Path = options.out / f"{options.name}-{options.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    table = TABLES[options.name]
    pieces = _pieces(options.name, options.data)
    trainer = trained(options, table, pieces, folder)
    if trainer.progress.step == 0:
        print("Nothing is trained yet; give --minutes or --steps.", file=sys.stderr)
        return 2
    return _written(scored(options, table, pieces, trainer, folder), folder)


def together(options: argparse.Namespace) -> int:
    """Score what the networks of several runs foresee as one."""
    runs = [json.loads((folder / RESULT).read_text("utf-8")) for folder in options.folders]
    names = sorted({run["table"] for run in runs})
    if len(names) > 1:
        print(f"Give runs of one set, not of {' and '.join(names)}.", file=sys.stderr)
        return 2
    table = TABLES[names[0]]
    models = [
        kept(folder, table, run["width_layers_heads"])[0].to(options.device)
        for folder, run in zip(options.folders, runs, strict=True)
    ]
    result = {
        "table": names[0],
        "together": [run["seed"] for run in runs],
        "scores": split_scores(models, table, _pieces(names[0], options.data), options.precision),
    }
    return _written(result, options.folders[0].with_name(f"{names[0]}-together"))


def _pieces(name: str, data: Path) -> dict[str, list[Piece]]:
    """The pieces of every split."""
    alphabet = TABLES[name].alphabet
    return {
        split: [coded(alphabet, frames) for frames in found]
        for split, found in read(name, data).items()
    }


def _written(result: dict[str, Any], folder: Path) -> int:
    text = json.dumps(result, indent=1) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT).write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


def tabulate(options: argparse.Namespace) -> None:
    """Print the results as tables, or write them into a page between its marks."""
    results = [json.loads(path.read_text(encoding="utf-8")) for path in options.results]
    if options.write is None:
        print(markdown(results), end="")
        return
    page = options.write.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    text = f"{before}{BEGIN}\n{markdown(results)}{END}{after}"
    options.write.write_text(text, encoding="utf-8")


def trained(
    options: argparse.Namespace, table: Table, pieces: dict[str, list[Piece]], folder: Path
) -> Trainer:
    """Train, or go on, until time or steps are used up."""
    dropout = table.dropout if options.dropout is None else options.dropout
    model = network(table, _sizes(options), dropout).to(options.device)
    if options.compile:
        model.compile(dynamic=True)
    batches = Batches(table, pieces["train"], options.seed, options.batch_tokens)
    task = Task(loss, batches.batches_from, validation(table, pieces["valid"]))
    plan = Plan(
        steps=options.steps or NO_STEPS,
        minutes=options.minutes,
        learning_rate=options.learning_rate,
        final_share=0.02,
        warm_up=100,
        ema=options.ema,
        method=options.method,
        precision=options.precision,
        validate_every=options.every,
        checkpoint_every=options.every,
    )
    trainer = Trainer(model, task, plan, folder, clock=time.monotonic)
    trainer.run(partial(_noted, trainer, folder))
    return trainer


def network(table: Table, sizes: Sequence[int], dropout: float = 0.0) -> FrameNetwork:
    """The untrained network of a table, of some width, layers and heads."""
    width, layers, heads = sizes
    config = NetworkConfig(
        table.alphabet.size, width, layers, heads, table.window, features(table), dropout
    )
    return FrameNetwork(config, NEAR, scales(table), table.alphabet.pitches)


def kept(folder: Path, table: Table, sizes: Sequence[int]) -> tuple[FrameNetwork, int]:
    """A run's network as it was when it foresaw the validation split best, and at which step."""
    model = network(table, sizes)
    best = torch.load(folder / BEST, map_location="cpu", weights_only=True)
    model.load_state_dict(best["average"])
    return model.eval(), best["step"]


def validation(table: Table, pieces: Sequence[Piece]) -> list[Any]:
    """Batches of evenly chosen windows of the validation split."""
    windows = covering(table, pieces)
    every = -(-sum(window.end - window.counted for window in windows) // MOST_VALID_TOKENS)
    windows = sorted(windows[::every], key=lambda window: window.end - window.begin)
    return [stack(table, windows[start : start + 8]) for start in range(0, len(windows), 8)]


def _noted(trainer: Trainer, folder: Path, progress: Progress) -> None:
    """Keep the averaged weights of the best validation, and say how it stands."""
    if not progress.points or progress.points[-1].step != progress.step:
        return
    point = progress.points[-1]
    if point.valid <= progress.best_valid:
        half = folder / (BEST + ".part")
        torch.save({"average": trainer.average.state_dict(), "step": progress.step}, half)
        os.replace(half, folder / BEST)
    speed = progress.tokens / progress.seconds
    print(
        f"step {progress.step:,}  {progress.seconds / 60:.1f} min  {speed:,.0f} tokens/s  "
        f"train {point.train:.4f}  valid {point.valid:.4f} nats a token",
        flush=True,
    )


def scored(
    options: argparse.Namespace,
    table: Table,
    pieces: dict[str, list[Piece]],
    trainer: Trainer,
    folder: Path,
) -> dict[str, Any]:
    """The scores of the best weights, and how they were made."""
    model, best_step = kept(folder, table, _sizes(options))
    model.to(options.device)
    progress = trainer.progress
    return {
        "table": options.name,
        "seed": options.seed,
        "scores": split_scores([model], table, pieces, options.precision),
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "best_step": best_step,
        "steps": progress.step,
        "tokens": progress.tokens,
        "minutes": progress.seconds / 60,
        "threads": options.threads,
        "device": options.device,
        "precision": options.precision,
        "method": options.method,
        "learning_rate": options.learning_rate,
        "dropout": trainer.model.config.dropout,
        "width_layers_heads": _sizes(options),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "curve": [point.row() for point in progress.points],
    }


def split_scores(
    models: Sequence[FrameNetwork],
    table: Table,
    pieces: dict[str, list[Piece]],
    precision: str,
) -> dict[str, Any]:
    """The scores of validation and test split, by how transpositions are mixed."""
    found: dict[str, Any] = {}
    for split in SPLITS[1:]:
        nll = frame_nll(models, table, pieces[split], precision=precision)
        found[split] = {mixing: asdict(scores(nll[mixing], table.cells)) for mixing in nll}
    return found


def _sizes(options: argparse.Namespace) -> list[int]:
    return [options.width, options.layers, options.heads]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="name", required=True)
    for name in TABLES:
        _training(commands.add_parser(name, help=f"train and score {name}"))
    several = commands.add_parser("together", help="what several seeds foresee as one")
    several.add_argument("folders", nargs="+", type=Path, help="of the runs: OUT/SET-SEED")
    _machine(several)
    table = commands.add_parser("table", help="results as a table in markdown")
    table.add_argument("results", nargs="+", type=Path)
    table.add_argument("--write", type=Path, help="a page with marks for the results")
    return parser


def _training(parser: argparse.ArgumentParser) -> None:
    _machine(parser)
    parser.add_argument("--out", type=Path, default=Path(".cache/papers"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0, help="time budget over all sessions")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--every", type=int, default=200, help="steps between validations")
    parser.add_argument("--compile", action="store_true", help="faster, needs a C++ compiler")
    parser.add_argument("--method", choices=("adamw", "muon"), default="muon")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--batch-tokens", type=int, default=3584)
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--dropout", type=float)
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--heads", type=int, default=4)


def _machine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=Path(".cache/benchmarks"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto")


if __name__ == "__main__":
    sys.exit(main())
