# SPDX-License-Identifier: Apache-2.0
"""How good morphs of melodies are: tables for `docs/quality-morph.md`.

    python bench/melody_space.py CORPUS WEIGHTS CLIP_WEIGHTS [--pairs 1000] [--write docs]

CORPUS is a folder of shards, WEIGHTS a melody space, CLIP_WEIGHTS the clip network that says what
the middle of a morph costs, and that morphs itself. Works are those of the test split.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from charts.pages import publish, table
from likelihood.scoring import Scorer
from morph.held_out import Windowed, chosen, held_out, pairs, straight
from morph.music import by_language, network_nats
from morph.ngram import NGram, per_slot, tokens
from morph.paths import (
    STEPS,
    Measured,
    System,
    cross_fade,
    measured,
    straight_through,
    through_space,
)
from morph.rebuilding import reconstruction
from morph.sliding import slider_table

from models import weights
from models.decoding.onnx_decoder import fastest
from models.engines.clip.writer import Writer
from models.melody_space.frame import Array
from models.melody_space.space import Space
from models.melody_space.store import read_space
from models.melody_space.symbols import Symbols

PAGE = "quality-morph.md"
LEARNED = 40_000  # windows that the 5-gram counts
KINDS = (("4/4", "melody"), ("3/4", "melody"), ("6/8", "melody"), ("4/4", "chords"))


@dataclass(frozen=True)
class Judges:
    """What says what music costs."""

    ngram: NGram
    scorer: Scorer
    shapes: tuple[int, ...]

    def costs(self, many: Symbols, one: Windowed) -> tuple[Array, Array]:
        """Nats of windows under the 5-gram, and under the clip network."""
        each = [Symbols(s, c) for s, c in zip(many.states, many.chords, strict=True)]
        return per_slot(self.ngram, many), network_nats(self.scorer, each, one, self.shapes)


@dataclass(frozen=True)
class Row:
    """A path, and the costs of its start, middle and end under both judges."""

    path: Measured
    ngram: Array
    network: Array


def walk_all(
    system: System, found: list[Windowed], count: int, judges: Judges | None, seed: int = 1
) -> list[Row]:
    """The paths of a system between random pairs, always the same."""
    drawn = np.random.default_rng(seed)
    rows = []
    for number, (left, right) in enumerate(pairs(found, count, drawn)):
        path = measured(system, left, right, np.random.default_rng((seed, number)))
        places = [0, STEPS // 2, STEPS - 1]
        three = Symbols(path.steps.states[places], path.steps.chords[places])
        none = np.full(3, np.nan)
        costs = judges.costs(three, left) if judges else (none, none)
        rows.append(Row(path, *costs))
    return rows


def interpolation(
    systems: dict[str, tuple[System, int]], found: list[Windowed], judges: Judges
) -> str:
    """Paths in 4/4 melodies, and what their middles cost."""
    lines = []
    for name, (system, count) in systems.items():
        rows = walk_all(system, found, count, judges)
        lines.append((name, f"{len(rows):,}", *_path_cells(rows), *_cost_cells(rows)))
    head = ("way", "pairs", "monotone", "off the line", "of neither end")
    return table((*head, "5-gram, middle", "clip network, middle"), lines)


def other_kinds(space: Space, windows: object, count: int) -> str:
    """The same in other metres, and with chords."""
    lines = []
    for metre, kind in KINDS:
        found = chosen(windows, space.config.chords, metre, kind)  # type: ignore[arg-type]
        rows = walk_all(through_space(space), found, min(count, 4 * len(found)), None)
        lines.append((f"{metre}, {kind}", f"{len(found):,}", f"{len(rows):,}", *_path_cells(rows)))
    return table(
        ("windows", "held out", "pairs", "monotone", "off the line", "of neither end"), lines
    )


def _path_cells(rows: Sequence[Row]) -> tuple[str, str, str]:
    return (
        f"{100 * np.mean([row.path.monotone for row in rows]):.1f} %",
        f"{np.mean([row.path.deviation for row in rows]):.3f}",
        f"{100 * np.mean([row.path.strange for row in rows]):.1f} %",
    )


def _cost_cells(rows: Sequence[Row]) -> tuple[str, str]:
    """Cost of the middle over the blend of both ends, all pairs together."""
    found = []
    for name in ("ngram", "network"):
        costs = np.stack([getattr(row, name) for row in rows])
        found.append(f"{costs[:, 1].sum() / (costs[:, [0, 2]].sum() / 2):.3f}")
    return found[0], found[1]


def speed(space: Space, found: list[Windowed]) -> str:
    """Milliseconds of a two-bar window with 11 steps, on one core."""
    walk = through_space(space)
    drawn = pairs(found, 12, np.random.default_rng(5))
    spent = []
    for left, right in drawn:
        began = time.process_time()
        walk(left, right, np.random.default_rng(0))
        spent.append(1000 * (time.process_time() - began))
    return f"Eleven steps of two bars take {np.median(spent):.0f} ms of one core (median of 12)."


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    space = read_space(options.weights)
    shapes = space.config.chords
    windows = held_out(options.corpus, options.split, _kept(options, options.split))
    found = straight(chosen(windows, shapes, "4/4", "melody"))
    sys.stderr.write(f"{len(windows):,} windows, {len(found):,} melodies in 4/4\n")
    judges = Judges(_ngram(options, shapes), Scorer.of(options.clip_weights), shapes)
    writer = Writer(fastest(weights.read(options.clip_weights)))
    count = options.pairs
    systems = {
        "**melody space, walk**": (through_space(space), count),
        "melody space, straight through": (straight_through(space), count),
        "clip network": (by_language(writer, shapes), options.language_pairs),
        "cross-fade of slots": (cross_fade, count),
    }
    tables = {
        "reconstruction": reconstruction(space, windows, KINDS),
        "interpolation": interpolation(systems, found, judges),
        "kinds": other_kinds(space, windows, options.pairs // 2),
        "sliders": slider_table(space, found),
        "speed": speed(space, found),
    }
    publish(tables.items(), options.write and options.write / PAGE)
    return 0


def _kept(options: argparse.Namespace, split: str) -> Path | None:
    return options.kept and options.kept / f"{split}.npz"


def _ngram(options: argparse.Namespace, shapes: tuple[int, ...]) -> NGram:
    """Counts of 4/4 melodies of the training split."""
    windows = held_out(options.corpus, "train", _kept(options, "train"))
    found = chosen(windows, shapes, "4/4", "melody", LEARNED)
    return NGram(tokens(one.symbols) for one in straight(found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("clip_weights", type=Path)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--language-pairs", type=int, default=60)
    parser.add_argument("--split", default="test", help="valid to choose settings")
    parser.add_argument("--kept", type=Path, help="a folder with windows, or to keep them in")
    parser.add_argument("--write", type=Path, help="the folder with the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
