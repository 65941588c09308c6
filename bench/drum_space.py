# SPDX-License-Identifier: Apache-2.0
"""How good the drum space is: tables for `docs/quality-drums.md`.

    python bench/drum_space.py CORPUS WEIGHTS [--split test] [--pairs 1000] [--write docs]

Windows are two bars of 4/4, a bar apart. Drums played by hand come from the official split of the
Groove MIDI Dataset, others from the test works of the game and rock sets.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from charts.pages import publish, table
from drumming.cost import StepModel
from drumming.paths import crossfade, fresh_crossfade, ours, plain, straightness
from drumming.rebuilt import rebuilt
from drumming.respect import faults, milliseconds
from drumming.seams import neighbours, seams
from drumming.steering import amounts, effects
from drumming.windows import OTHERS, held, pairs

from models.drum_space.attributes import ATTRIBUTES
from models.drum_space.space import TEMPERATURE, DrumSpace
from models.drum_space.windows import PLAYED

PAGE = "quality-drums.md"
SEEDS = 3
STEERED = 256  # windows
JOINED = 300  # pairs of windows
WATCHED = 10_000  # requests


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    space = DrumSpace.read(options.weights)
    publish(tables(space, options), options.write and options.write / PAGE)
    return 0


def tables(space: DrumSpace, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Each block's name and table."""
    played = held(options.corpus, options.split)
    yield "rebuilt", _rebuilt(space, options, played)
    if "rebuilt" in options.only:
        return
    model = StepModel(w.hits.hits for w in held(options.corpus, "train", (PLAYED, *OTHERS)))
    yield "paths", _paths(space, pairs(played, options.pairs, Random(0)), model)
    found = seams(space, neighbours(played)[:JOINED], model)
    rows = [(name, f"{after:.2f}", f"{inside:.2f}") for name, after, inside in found]
    yield "seams", table(("music", "after the joint", "after bar lines inside"), rows)
    some = Random(1).sample(played, min(STEERED, len(played)))
    rows = [
        (name, f"{amount:+g}", *(f"{value:+.2f}" for value in change))
        for (name, amount), change in effects(space, some).items()
    ]
    yield "attributes", table(("moved", "by", *ATTRIBUTES), rows)
    near = amounts(space, some[:64]).items()
    cells = [
        (f"{amount:g}", f"{100 * gone:.0f} %", f"{100 * new:.0f} %") for amount, (gone, new) in near
    ]
    yield "amounts", table(("amount", "hits gone", "hits new"), cells)
    changed, strayed = faults(space, some, WATCHED)
    times = [milliseconds(space, some[0], count) for count in (1, 8)]
    lines = [
        (f"requests of {WATCHED} whose locked cells changed", str(changed)),
        (f"requests of {WATCHED} with a hit on a lane without pad", str(strayed)),
        ("a two-bar variation, ms, one core", f"{times[0]:.1f}"),
        ("eight variations, ms, one core", f"{times[1]:.1f}"),
    ]
    yield "respect", table(("what", "measured"), lines)


def _rebuilt(space: DrumSpace, options: argparse.Namespace, played: list) -> str:
    """Reconstruction by set, the mean of three seeds."""
    groups = {
        "played (Groove MIDI)": played,
        "games and rock": held(options.corpus, options.split, OTHERS),
    }
    rows = []
    for name, windows in groups.items():
        found = [rebuilt(space, windows, TEMPERATURE, seed) for seed in range(SEEDS)]
        shares = ("forced", "steps", "sampled_point", "hits")
        values = [f"{100 * sum(getattr(f, s) for f in found) / SEEDS:.1f} %" for s in shares]
        errors = [
            f"{sum(getattr(f, s) for f in found) / SEEDS:.3g}" for s in ("velocity", "offset")
        ]
        rows.append((name, str(len(windows)), *values, *errors))
    heads = (
        "drums",
        "windows",
        "told",
        "sampled",
        "sampled point",
        "hits F1",
        "velocity",
        "offset",
    )
    return table(heads, rows)


def _paths(space: DrumSpace, chosen: list, model: StepModel) -> str:
    """Ways of going between two patterns."""
    ways = {
        "nextbar": ours(space),
        "arc alone": plain(space),
        "cross-fade, one chance": crossfade,
        "cross-fade, fresh chance": fresh_crossfade,
    }
    rows = []
    for name, way in ways.items():
        found = straightness(way, chosen, model)
        rows.append(
            (
                name,
                f"{100 * found.monotone:.1f} %",
                f"{found.deviation:.3f}",
                f"{found.middle:.2f}",
                f"{found.dearest:.2f}",
                f"{100 * found.ends:.0f} %",
            )
        )
    heads = ("way", "monotone", "deviation", "middle's cost", "dearest", "exact ends")
    return table(heads, rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--split", default="test", choices=("valid", "test"))
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--only", default="", help="rebuilt stops after the first table")
    parser.add_argument("--write", type=Path, help="folder of the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
