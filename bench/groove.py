# SPDX-License-Identifier: Apache-2.0
"""How near the performer comes to real players: tables for `docs/quality-groove.md`.

    python bench/groove.py GROOVE WEIGHTS [WEIGHTS ...] [--keys VIENNA] [--write docs]

GROOVE is the folder of the Groove MIDI Dataset; each WEIGHTS is a training with another seed, the
first being the one that ships. The protocol is that of Gillick et al. 2019: nine classes of drums,
the nearest sixteenth, the loudest hit kept, takes in 4/4, the official split, two-bar windows a
bar apart, no context from outside.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
from charts.pages import publish, table
from numpy.typing import NDArray

from models.performer.columns import NONE, Columns
from models.performer.groove_midi import groove_takes
from models.performer.playing import play
from models.performer.stored import Traits, Weights, read_weights
from models.performer.takes import Played, Take
from models.performer.vienna import vienna_takes
from models.performer.windows import table_of

PAGE = "quality-groove.md"
BAR_BEATS = 4.0
BINS = 40
TICK = 1 / 120  # of a sixteenth: what the recordings tell apart
BATCH = 256
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What a system says of all notes of a table: offsets in sixteenths, velocities 0-1."""

    sixteenths: Reals
    velocity: Reals


def windows(played: Played, bars: int = 2) -> list[Played]:
    """Two-bar windows, a bar apart; takes shorter than that give none."""
    times = played.notes.time_beats
    count = int(times.max() // BAR_BEATS) + 1
    found = []
    for bar in range(count - bars + 1):
        inside = (times >= bar * BAR_BEATS) & (times < (bar + bars) * BAR_BEATS)
        if inside.any():
            found.append(played[inside])
    return found


def untold(columns: Columns) -> Columns:
    """The notes without their style: what the published systems see."""
    return columns.telling(style=NONE)


def guess(weights: Weights, columns: Columns, mode: str, seed: int = 0) -> Guess:
    """What the performer says, window by window, in batches."""
    found = []
    last = int(columns.sequence.max()) + 1
    edges = np.searchsorted(columns.sequence, range(0, last + BATCH, BATCH))
    for low, high in pairwise(edges.tolist()):
        part = columns[low:high]
        found.append(play(weights, part, mode, seed + int(low)))  # type: ignore[arg-type]
    offset_ms, velocity = (np.concatenate(column) for column in zip(*found, strict=True))
    return Guess(offset_ms / (columns.beat_ms / 4), velocity)


def divergence(real: Reals, made: Reals, low: float, high: float) -> float:
    """Kullback-Leibler divergence of histograms, real from made: 40 bins, one added to each."""
    counts = [np.histogram(np.clip(x, low, high), BINS, (low, high))[0] + 1 for x in (real, made)]
    p, q = (count / count.sum() for count in counts)
    return float((p * np.log(p / q)).sum())


def scores(played: Played, made: Guess) -> dict[str, float]:
    """One row of the table.

    Recordings lie on ticks, and bins are three ticks wide. Their edges lie between ticks: on
    one, rounding would decide which bin a hit is in, and the players' histogram would be ragged.
    """
    step_ms = played.notes.beat_ms / 4
    real = played.offset_ms / step_ms
    away = made.sixteenths - real
    return {
        "mae_ms": float(np.abs(away * step_ms).mean()),
        "mse": float((away**2).mean()),
        "timing_kl": divergence(real, made.sixteenths, -0.5 - TICK / 2, 0.5 - TICK / 2),
        "velocity_mae": float(np.abs(made.velocity - played.velocity).mean() * 127),
        "velocity_kl": divergence(played.velocity, made.velocity, 0.0, 1.0),
        "together_ms": _together(played, made.sixteenths * step_ms),
        "step_ms": _successive(played, made.sixteenths * step_ms),
    }


def _together(played: Played, offset_ms: Reals) -> float:
    """Standard deviation of the gap between two hits of one moment, in milliseconds."""
    notes = played.notes
    same = (np.diff(notes.time_beats) == 0) & (np.diff(notes.sequence) == 0)
    return float(np.diff(offset_ms)[same].std())


def _successive(played: Played, offset_ms: Reals) -> float:
    """Standard deviation of the change of offset from moment to moment, in milliseconds."""
    notes = played.notes
    first = np.flatnonzero(np.diff(notes.time_beats, prepend=-1.0) != 0)
    gap = np.diff(notes.time_beats[first])
    near = (gap > 0) & (gap <= 0.5) & (np.diff(notes.sequence[first]) == 0)
    return float(np.diff(offset_ms[first])[near].std())


def constant(learned: Played, notes: Columns, middle: Callable[[Reals], Any]) -> Guess:
    """One offset and one velocity for all hits: the mean or median of the training split."""
    offset = middle(learned.offset_ms / (learned.notes.beat_ms / 4))
    size = len(notes)
    return Guess(np.full(size, offset), np.full(size, middle(learned.velocity)))


def whole_takes(weights: Weights, takes: Sequence[Take]) -> tuple[Played, Guess]:
    """The windows again, answered for with the whole take as context."""
    parts, made = [], []
    for take in takes:
        played = take.nearest.with_notes(untold(take.nearest.notes))
        answer = guess(weights, played.notes, "median")
        for window in windows(Played(played.notes, answer.sixteenths, answer.velocity)):
            made.append(window)
        parts += windows(played)
    both = table_of(parts), table_of(made)
    return both[0], Guess(both[1].offset_ms, both[1].velocity)


def protocol(drums: Sequence[Take], all_weights: Sequence[Weights], split: str) -> str:
    """The table of the benchmark."""
    tests = [take for take in drums if take.split == split]
    played = table_of([w for take in tests for w in windows(take.nearest)])
    learned = table_of([take.nearest for take in drums if take.split == "train"])
    zeros = np.zeros(len(played))
    plain = untold(played.notes)
    told = plain.telling(hint=played.velocity, exact=True)
    mean, median = (constant(learned, played.notes, m) for m in (np.mean, np.median))
    rows = [
        ("on the grid, velocity constant", [scores(played, Guess(zeros, median.velocity))]),
        ("all by the mean of training", [scores(played, mean)]),
        ("all by the median of training", [scores(played, median)]),
    ]
    systems: dict[str, Callable[[Weights], dict[str, float]]] = {
        "**performer, median**": lambda w: scores(played, guess(w, plain, "median")),
        "performer, median, style told": lambda w: scores(played, guess(w, played.notes, "median")),
        "performer, median, velocities told": lambda w: scores(played, guess(w, told, "median")),
        "performer, median, whole take as context": lambda w: scores(*whole_takes(w, tests)),
        "**performer, drawn**": lambda w: scores(played, guess(w, plain, "sample")),
        "performer, drawn, each note alone": lambda w: scores(
            played, guess(_alone(w), plain, "sample")
        ),
    }
    for name, system in systems.items():
        rows.append((name, [system(weights) for weights in all_weights]))
        sys.stderr.write(f"{name}: {rows[-1][1]}\n")
    real = Guess(played.offset_ms / (played.notes.beat_ms / 4), played.velocity)
    rows.append(("the players themselves", [scores(played, real)]))
    head = ("system", "timing MAE, ms", "timing MSE, 16ths²", "timing KL", "velocity MAE, /127")
    head += ("velocity KL", "gap of simultaneous hits, ms", "change from moment to moment, ms")
    names = ("mae_ms", "mse", "timing_kl", "velocity_mae", "velocity_kl", "together_ms", "step_ms")
    digits = (2, 4, 3, 1, 3, 1, 1)
    body = [
        (name, *(_cell([r[n] for r in found], d) for n, d in zip(names, digits, strict=True)))
        for name, found in rows
    ]
    counts = (
        f"{len(tests)} takes, {played.notes.sequence.max() + 1:,} windows, {len(played):,} hits"
    )
    return (
        f"{counts}; mean ± standard deviation of {len(all_weights)} seeds.\n\n{table(head, body)}"
    )


def _alone(weights: Weights) -> Weights:
    """The same weights without ties between notes."""
    return replace(weights, traits=Traits(weights.traits.lead_ms))


def players(drums: Sequence[Take], weights: Weights, split: str) -> str:
    """Rows by drummer, and whether the training split knows them."""
    tests = [take for take in drums if take.split == split]
    rows = []
    for player in sorted({take.player for take in tests}, key=lambda name: int(name[7:] or 0)):
        found = [w for take in tests if take.player == player for w in windows(take.nearest)]
        if not found:
            continue
        played = table_of(found)
        plain = untold(played.notes)
        median, drawn = (scores(played, guess(weights, plain, m)) for m in ("median", "sample"))
        grid = scores(played, Guess(np.zeros(len(played)), played.velocity))
        learned = sum(len(t.nearest) for t in drums if t.split == "train" and t.player == player)
        rows.append(
            (
                player,
                f"{learned:,}",
                f"{len(played):,}",
                f"{grid['mae_ms']:.2f}",
                f"{median['mae_ms']:.2f}",
                f"{median['velocity_mae']:.1f}",
                f"{drawn['timing_kl']:.3f}",
            )
        )
    head = ("drummer", "hits trained on", "hits tested", "on the grid, ms", "median, ms")
    return table((*head, "velocity MAE", "drawn, timing KL"), rows)


def keys_table(keys: Sequence[Take], all_weights: Sequence[Weights]) -> str:
    """Two pianists that were not trained on."""
    played = table_of([take.meant for take in keys if take.split == "test"])
    learned = table_of([take.meant for take in keys if take.split == "train"])
    flat = float(np.median(learned.velocity))
    rows = [
        (
            "on the grid, velocity constant",
            f"{np.abs(played.offset_ms).mean():.1f}",
            f"{np.abs(played.velocity - flat).mean() * 127:.1f}",
        )
    ]
    found = [play(weights, played.notes) for weights in all_weights]
    off = [float(np.abs(offset - played.offset_ms).mean()) for offset, _ in found]
    velocity = [float(np.abs(v - played.velocity).mean() * 127) for _, v in found]
    rows.append(("**performer, median**", _cell(off, 1), _cell(velocity, 1)))
    return table(("system", "timing MAE, ms", "velocity MAE, /127"), rows)


def _cell(values: Sequence[float], digits: int) -> str:
    mean = f"{fmean(values):.{digits}f}"
    return mean if len(values) < 2 else f"{mean} ± {stdev(values):.{digits}f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("groove", type=Path)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--keys", type=Path)
    parser.add_argument("--split", default="test", help="validation to choose settings")
    parser.add_argument("--write", type=Path, help="the folder with the page")
    options = parser.parse_args(arguments)
    drums = list(groove_takes(options.groove))
    all_weights = [read_weights(path) for path in options.weights]
    tables = {
        "benchmark": protocol(drums, all_weights, options.split),
        "drummers": players(drums, all_weights[0], options.split),
    }
    if options.keys:
        tables["keys"] = keys_table(list(vienna_takes(options.keys)), all_weights)
    publish(tables.items(), options.write and options.write / PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
