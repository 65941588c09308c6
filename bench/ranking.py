# SPDX-License-Identifier: Apache-2.0
"""Does the clip engine's judge put what really follows before spoilt and made answers?

    python bench/ranking.py FOLDER [--split test] [--pieces 30] [--motif]

FOLDER holds shards as `python -m models.corpus` builds them. Continue: four bars are known, four
are asked for. Accompany: eight bars of one part are asked for under the others. Prints markdown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

from judging.candidates import BARS, Case, cases, motif_takes, spoilt
from judging.excerpts import excerpts

from models.engines.clip.bands import FAMILIES
from models.engines.clip.court import Court, Verdict

KINDS = ("drums", "bass", "chords", "voices", "lines")


@dataclass(frozen=True)
class Row:
    """A case that was judged: by name of the candidate, what was thought of it."""

    set_name: str
    kind: str
    verdicts: dict[str, Verdict]

    def beaten(self, name: str) -> float:
        """1 where the truth goes before the candidate, 1/2 where they are level."""
        truth, other = _rank(self.verdicts["truth"]), _rank(self.verdicts[name])
        return float(truth < other) + (truth == other) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--pieces", type=int, default=30, help="most pieces a set")
    parser.add_argument("--motif", action="store_true", help="with takes of engine motif")
    parser.add_argument("--dump", type=Path, help="a file for the terms of every candidate")
    args = parser.parse_args()
    found = list(excerpts(args.folder, args.split, args.pieces, 2 * BARS, Random("ranking")))
    for task in ("continue", "accompany"):
        rows = [judged(case, motif=args.motif) for case in cases(found, task)]
        report(task, rows)
        if args.dump:
            with args.dump.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(dumped(task, row)) + "\n" for row in rows)


def judged(case: Case, *, motif: bool) -> Row:
    """The truth, what was spoilt, and takes of motif, all as one judge sees them."""
    court = Court(case.ask.scene)
    candidates = {"truth": case.truth, **dict(spoilt(case, Random(case.excerpt.work)))}
    if motif and case.ask.scene.task == "continue":
        takes = motif_takes(case, 4, seed=1)
        candidates |= {f"motif {n + 1}": cells for n, cells in enumerate(takes)}
    verdicts = {name: court.verdict(cells) for name, cells in candidates.items()}
    return Row(case.excerpt.set_name, FAMILIES[case.role], verdicts)


def _rank(verdict: Verdict) -> tuple[int, float]:
    return (len(verdict.faults), verdict.cost)


def report(task: str, rows: Sequence[Row]) -> None:
    sets = len({row.set_name for row in rows})
    print(f"### {task} ({len(rows)} asks of {sets} sets)\n")
    kinds = [kind for kind in KINDS if sum(row.kind == kind for row in rows) >= 10]
    counts = [f"{kind} ({sum(row.kind == kind for row in rows)})" for kind in kinds]
    print("| truth before, % | all | " + " | ".join(counts) + " | gated, % |")
    print("|---" * (len(kinds) + 3) + "|")
    names = list(dict.fromkeys(name for row in rows for name in row.verdicts))[1:]
    for name in names:
        able = [row for row in rows if name in row.verdicts]
        cells = [_percent(row.beaten(name) for row in able)]
        cells += [_percent(row.beaten(name) for row in able if row.kind == k) for k in kinds]
        cells.append(_percent(bool(row.verdicts[name].faults) for row in able))
        print(f"| {name} | " + " | ".join(cells) + " |")
    first = [min(row.verdicts, key=lambda n: _rank(row.verdicts[n])) == "truth" for row in rows]
    chance = fmean(1 / len(row.verdicts) for row in rows)
    print(f"\nTruth first of all: {_percent(first)} % (chance {100 * chance:.0f}).\n")
    print("Gates that fault the truth, %:\n")
    print("| | all | " + " | ".join(counts) + " |")
    print("|---" * (len(kinds) + 2) + "|")
    for fault in sorted({f for row in rows for f in row.verdicts["truth"].faults}):
        hit = [(row.kind, fault in row.verdicts["truth"].faults) for row in rows]
        cells = [_percent(found for _, found in hit)]
        cells += [_percent(found for own, found in hit if own == kind) for kind in kinds]
        print(f"| {fault} | " + " | ".join(cells) + " |")
    print()


def _percent(found: Iterable[float]) -> str:
    values = [float(value) for value in found]
    return f"{100 * fmean(values):.0f}" if values else "-"


def dumped(task: str, row: Row) -> dict[str, object]:
    return {
        "task": task,
        "set": row.set_name,
        "kind": row.kind,
        "verdicts": {
            name: {"faults": verdict.faults, **verdict.terms}
            for name, verdict in row.verdicts.items()
        },
    }


if __name__ == "__main__":
    main()
