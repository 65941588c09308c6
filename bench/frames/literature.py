# SPDX-License-Identifier: Apache-2.0
"""What papers report on the same data, and tables that set our results beside it.

All figures of papers are recalled, not read again for this table: they show where the field
stands and must be checked against the papers before they are cited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import mean, stdev
from typing import Any, NamedTuple

from frames.data import TABLES


class Paper(NamedTuple):
    """A row of the literature: its name, and its figures in the order of the columns."""

    name: str
    figures: tuple[str, ...]


SETS = ("piano-midi", "nottingham", "musedata", "jsb")
FRAMES = (
    Paper("notes drawn one by one (1-gram)", ("11.05", "10.25", "11.51", "11.06")),
    Paper("RNN, Hessian-free (2012)", ("7.66", "3.89", "7.19", "8.58")),
    Paper("RTRBM (2012)", ("7.36", "2.62", "6.35", "6.35")),
    Paper("RNN-RBM (2012)", ("7.09", "2.39", "6.01", "6.27")),
    Paper("RNN-NADE, Hessian-free (2012)", ("7.05", "2.31", "5.60", "5.56")),
    Paper("RNN-DBN (2014)", ("7.15", "2.54", "6.28", "5.68")),
    Paper("SRNN (2016), a bound", ("≤ 8.20", "≤ 2.94", "≤ 6.28", "≤ 4.74")),
    Paper("TCN (2018), keys independent", ("–", "3.07", "–", "8.10")),
    Paper("TP-LSTM-NADE (2017), digits uncertain", ("5.44", "1.6", "4.3", "5.88")),
    Paper("BALSTM (2017), the best exact one known", ("4.90", "1.55", "3.90", "5.05")),
    Paper("DBN-LSTM (2015), approximate likelihood", ("4.63", "1.32", "3.91", "3.47")),
)
SIXTEENTHS = (
    Paper("Coconet, chronological", ("0.436", "–")),
    Paper("Transformer of the Music Transformer paper", ("0.417", "–")),
    Paper("Music Transformer, relative pitch and time (2018)", ("0.335", "–")),
    Paper("not chronological: Coconet, a bound over orderings", ("≤ 0.238", "–")),
    Paper("counted otherwise: TonicNet (2019), uncertain", ("≈ 0.22", "–")),
)
MIXINGS = ("plain", "arithmetic", "geometric")
BEST = "arithmetic"
Results = Sequence[Mapping[str, Any]]
Cells = Callable[[Results, str], list[str]]


def markdown(results: Results) -> str:
    """Both paper tables and one of every run."""
    runs = [result for result in results if "together" not in result]
    joint = [result for result in results if "together" in result]
    frames = _paper_table(("model", *SETS), FRAMES, _ours(_frames, runs, joint))
    head = ("model", "valid", "test")
    sixteenths = _paper_table(head, SIXTEENTHS, _ours(_sixteenths, runs, joint))
    parts = ("**Nats a frame, test**", frames, "**Nats a (voice, sixteenth)**", sixteenths)
    return "\n\n".join((*parts, "**Every run**", _runs(runs))) + "\n"


def _ours(cells: Cells, runs: Results, joint: Results) -> list[list[str]]:
    """A row for each way of mixing transpositions; a last one for several seeds as one model."""
    rows = [[f"**ours**, {_words(mixing)}", *cells(runs, mixing)] for mixing in MIXINGS]
    if joint:
        rows.append([f"**ours**, all seeds as one, {_words(BEST)}", *cells(joint, BEST)])
    return rows


def _paper_table(
    head: Sequence[str], papers: Sequence[Paper], ours: Sequence[Sequence[str]]
) -> str:
    rows = [(f"{paper.name} [R]", *paper.figures) for paper in papers]
    return _lines(head, [*rows, *ours])


def _frames(results: Results, mixing: str) -> list[str]:
    return [_over_seeds(results, name, "test", mixing) for name in SETS]


def _sixteenths(results: Results, mixing: str) -> list[str]:
    return [_over_seeds(results, "jsb16", split, mixing) for split in ("valid", "test")]


def _words(mixing: str) -> str:
    return "as it is" if mixing == "plain" else f"transpositions −5…+5, {mixing} mean"


def _over_seeds(results: Results, name: str, split: str, mixing: str) -> str:
    """Mean ± deviation, and how many seeds."""
    found = [r["scores"][split][mixing]["frames"] for r in results if r["table"] == name]
    if not found:
        return "–"
    digits = 4 if TABLES[name].alphabet.voices else 3
    spread = f" ± {stdev(found):.{digits}f}" if len(found) > 1 else ""
    seeds = sum(len(r.get("together", "1")) for r in results if r["table"] == name)
    return f"**{mean(found):.{digits}f}**{spread} ({seeds})"


def _runs(results: Results) -> str:
    head = ("set", "seed", "valid", "test", "test, geometric", "test without first frames")
    head += ("test, mean of pieces", "M tokens", "minutes", "parameters", "device")
    rows = []
    for result in sorted(results, key=lambda r: (r["table"], r["seed"])):
        test = result["scores"]["test"]
        figures = (
            result["scores"]["valid"]["plain"]["frames"],
            test["plain"]["frames"],
            test["geometric"]["frames"],
            test["plain"]["without_first"],
            test["plain"]["pieces"],
        )
        effort = (f"{result['tokens'] / 1e6:.1f}", f"{result['minutes']:.0f}")
        size = (f"{result['parameters']:,}", _device(result))
        cells = (f"{figure:.4f}" for figure in figures)
        rows.append((result["table"], str(result["seed"]), *cells, *effort, *size))
    return _lines(head, rows)


def _device(result: Mapping[str, Any]) -> str:
    if result["device"] != "cpu":
        return str(result["device"])
    return f"cpu, {result['threads']} thread" + "s" * (result["threads"] > 1)


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))
