# SPDX-License-Identifier: Apache-2.0
"""What the clip network foresees of held-out music: tables and pictures of its likelihoods.

    python bench/quality.py likelihood CORPUS WEIGHTS -o docs

measures everything (about 15 minutes on two cores; --windows, --pairs and --examples make it
shorter), keeps the numbers of every window in a file (--numbers), and writes the tables between the
marks of OUT/quality-clip-model.md and the pictures beside it. `--only` measures some tables again
and keeps the rest of the numbers; `--only page` only draws them. The baselines don't depend on the
weights: for newer ones, all tables but `baselines` are enough.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLES = ("baselines", "network", "pairs", "told", "valid", "seams", "cycles", "storage", "page")
MAJOR = (
    *("freedoom", "simutrans", "avmidi", "openewld-pd", "openscore-lieder", "openhymnal"),
    *("jsb-chorales", "fiddle-tunes", "mutopia", "openscore-quartets"),
)
UNSEEN = ("nottingham", "openmsx", "piano-midi-de")
NUMBERS = Path(tempfile.gettempdir()) / "quality-clip-likelihood.json"


@dataclass(frozen=True)
class Job:
    """One piece of work, for one process.

    Attributes:
        table: which of `TABLES`.
        name: of the set or role, or of the weight file.
        corpus, weights: paths.
        count: windows, pairs or examples.
        sets: that it draws from.
    """

    table: str
    name: str
    corpus: Path
    weights: Path
    count: int
    sets: tuple[str, ...]
    own_notes: int
    general_notes: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("corpus", type=Path, help="folder that models.corpus wrote")
    parser.add_argument("weights", type=Path, help="weight file, or checkpoint of a training (.pt)")
    parser.add_argument("-o", "--out", type=Path, default=Path("docs"))
    parser.add_argument("--numbers", type=Path, default=NUMBERS, help="where they are kept")
    parser.add_argument("--also", type=Path, action="append", default=[], help="for `storage`")
    parser.add_argument("--only", nargs="*", choices=TABLES, default=list(TABLES))
    parser.add_argument("--sets", nargs="*", default=[*MAJOR, *UNSEEN])
    parser.add_argument("--windows", type=int, default=50, help="of each set")
    parser.add_argument("--pairs", type=int, default=200, help="of each role")
    parser.add_argument("--examples", type=int, default=8, help="of each set and task")
    parser.add_argument("--own-notes", type=int, default=80_000, help="that PPM learns of a set")
    parser.add_argument("--general-notes", type=int, default=12_000, help="and of each other set")
    parser.add_argument("--processes", type=int, default=2)


def run(options: argparse.Namespace) -> int:
    from likelihood.page import write_page

    os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
    begun = time.monotonic()
    path = options.numbers
    numbers = json.loads(path.read_text("utf-8")) if path.exists() else {}
    todo = list(jobs(options))
    context = multiprocessing.get_context("spawn")
    with context.Pool(options.processes) as pool:
        for job, result, seconds in pool.imap_unordered(work, todo):
            numbers.setdefault(job.table, {})[job.name] = result
            path.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
            print(f"{job.table} {job.name}: {seconds:.0f} s", file=sys.stderr, flush=True)
    if todo:
        numbers["about"] = about(options, time.monotonic() - begun)
        path.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    if "page" in options.only:
        write_page(numbers, options.out)
    return 0


def about(options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """Which weights these are, and how much was measured."""
    from models import weights

    card: dict[str, str] = {}
    if options.weights.suffix != ".pt":
        card = weights.read(options.weights).card
    words = ("windows", "pairs", "examples", "own_notes", "general_notes")
    sizes = {word: getattr(options, word) for word in words}
    return {"card": card, "file": options.weights.name, "seconds": round(seconds), **sizes}


def jobs(options: argparse.Namespace) -> Iterator[Job]:
    """The longest first, so that the processes end together."""
    from likelihood.pairs import TARGETS

    sets = tuple(name for name in options.sets if name in MAJOR)

    def job(table: str, name: str, count: int, weights: Path | None = None) -> Job:
        notes = options.own_notes, options.general_notes
        return Job(table, name, options.corpus, weights or options.weights, count, sets, *notes)

    wanted = set(options.only)
    if "pairs" in wanted:
        yield from (job("pairs", role, options.pairs) for role in TARGETS)
    for table in ("baselines", "network"):
        if table in wanted:
            yield from (job(table, name, options.windows) for name in options.sets)
    if "storage" in wanted:
        files = (options.weights, *options.also)
        yield from (job("storage", file.name, options.examples, file) for file in files)
    if "told" in wanted:
        yield job("told", "controls", options.examples)
    if "seams" in wanted:
        yield job("seams", "plain answers", options.examples * 2)
    if "cycles" in wanted:
        yield job("cycles", "network", options.examples)
    if "valid" in wanted:
        yield from (job("valid", name, options.examples) for name in options.sets)


def work(job: Job) -> tuple[Job, Any, float]:
    """Do one job, in whichever process."""
    import torch

    torch.set_num_threads(1)
    begun = time.monotonic()
    result = _MEASURES[job.table](job)
    return job, result, time.monotonic() - begun


@cache
def _scorer(path: Path) -> Any:
    from likelihood.scoring import Scorer

    return Scorer.of(path)


@cache
def _general(corpus: Path, notes: int) -> Any:
    from likelihood.continuations import memory_of_all

    return memory_of_all(corpus, notes)


@cache
def _pool(corpus: Path) -> Any:
    from likelihood.pairs import pool_of

    return pool_of(corpus)


def _network(job: Job) -> Any:
    from likelihood.continuations import chosen, network

    scorer = _scorer(job.weights)
    return network(chosen(job.corpus, job.name, scorer, job.count), scorer)


def _baselines(job: Job) -> Any:
    from likelihood.continuations import baselines, chosen

    found = chosen(job.corpus, job.name, _scorer(job.weights), job.count)
    general = _general(job.corpus, job.general_notes)
    return baselines(job.corpus, job.name, found, general, job.own_notes)


def _pairs(job: Job) -> Any:
    from likelihood.pairs import measure

    return measure(_pool(job.corpus), job.name, _scorer(job.weights), job.count)


def _told(job: Job) -> Any:
    from likelihood.told import measure

    return measure(job.corpus, job.sets, _scorer(job.weights), job.count)


def _valid(job: Job) -> Any:
    from likelihood.told import validation

    return validation(job.corpus, job.name, _scorer(job.weights), job.count)


def _seams(job: Job) -> Any:
    from likelihood.seams import measure

    return measure(job.corpus, job.sets, _scorer(job.weights), job.count)


def _cycles(job: Job) -> Any:
    from likelihood.cycles import measure

    return measure(job.corpus, job.sets, _scorer(job.weights), job.count)


def _storage(job: Job) -> Any:
    from likelihood.continuations import drawn
    from likelihood.windows import continuation

    chosen = [one for name in job.sets for one in drawn(job.corpus, name, "test", job.count)]
    scorer = _scorer(job.weights)
    scenes = [continuation(window, part) for window, part in chosen]
    scored = scorer([scene for scene in scenes if scorer.fits(scene)])
    return {
        "notes": sum(one.notes for one in scored),
        "nats": sum(one.total for one in scored),
        "bytes": job.weights.stat().st_size,
    }


_MEASURES = {
    "baselines": _baselines,
    "network": _network,
    "pairs": _pairs,
    "told": _told,
    "valid": _valid,
    "seams": _seams,
    "cycles": _cycles,
    "storage": _storage,
}
