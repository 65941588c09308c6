# SPDX-License-Identifier: Apache-2.0
"""Is the candidate that the judge picks nearer to what really follows than the others?

    python bench/ranking_drafts.py FOLDER WEIGHTS [--split test] [--pieces 8] [--drafts 8]

The network writes several candidates for each held-out ask; nobody tells the judge the truth.
Prints a markdown table a task: mean over all candidates, the judge's pick, the likeliest, the least
likely, and the best there was by note F1.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import fmean

from continuing.metrics import NAMES, scores
from judging.candidates import BARS, Case, Cells, cases
from judging.excerpts import excerpts

from models.clip import Note
from models.decoding.decoder import Decoder
from models.engines.clip.ask import Draft
from models.engines.clip.judge import choose, judge
from models.engines.clip.room import TooLong
from models.engines.clip.sampling import Sampling, generators
from models.engines.clip.writer import Writer, Written
from models.tokens.controls import Span, most_sounding
from models.tokens.rules import PartRules
from models.weights import read

SHOWN = ("note F1", "onset F1", "groove", "PCH", "dPCE", "density, octaves off")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--pieces", type=int, default=8, help="most pieces a set")
    parser.add_argument("--drafts", type=int, default=8, help="candidates an ask")
    parser.add_argument("--dump", type=Path, help="a file for every candidate")
    args = parser.parse_args()
    writer = Writer(Decoder(read(args.weights)))
    found = list(excerpts(args.folder, args.split, args.pieces, 2 * BARS, Random("drafts")))
    for task in ("continue", "accompany"):
        rows = []
        for case in cases(found, task):
            try:
                drafts = written(writer, case, args.drafts)
            except TooLong:
                continue
            rows.append(picked(case, drafts))
            if args.dump:
                with args.dump.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(dumped(case, drafts)) + "\n")
        report(task, rows)


def written(writer: Writer, case: Case, count: int) -> list[Draft]:
    """Candidates of the network, with no more voices than the part has."""
    spans = {
        Span(round(24 * n.start_beats), round(24 * n.end_beats), n.pitch)
        for n in case.excerpt.parts[case.part].clip.notes
    }
    voices = most_sounding({span.start for span in spans}, spans)
    rules = {case.part: PartRules(polyphony=max(1, min(8, voices)))}
    *_, last = writer.write(case.ask.scene, rules, Sampling(0.5), generators(1, range(count)))
    assert isinstance(last, Written)
    return list(last.drafts)


def picked(case: Case, drafts: Sequence[Draft]) -> dict[str, tuple[float, ...]]:
    """What each way to pick gets, as numbers of SHOWN, and how the truth is ranked."""
    numbers = [against(case, draft.cells) for draft in drafts]
    nats = [sum(d.nats) / max(1, sum(d.tokens)) for d in drafts]
    order = sorted(range(len(drafts)), key=lambda n: nats[n])
    best = max(range(len(drafts)), key=lambda n: numbers[n][0])
    verdicts = judge(case.ask, [*drafts, Draft(case.truth)])
    ranks = [(len(v.faults), v.cost) for v in verdicts]
    return {
        "any": tuple(fmean(column) for column in zip(*numbers, strict=True)),
        "the judge's": numbers[choose(case.ask, drafts).order[0]],
        "the likeliest": numbers[order[0]],
        "the least likely": numbers[order[-1]],
        "the nearest there is": numbers[best],
        "truth": (
            fmean(ranks[-1] < rank for rank in ranks[:-1]),
            fmean(bool(v.faults) for v in verdicts[:-1]),
            len(choose(case.ask, drafts, 4).order),
        ),
    }


def against(case: Case, cells: Cells) -> tuple[float, ...]:
    """The numbers of one candidate."""
    truth = [note for cell in case.truth for note in cell]
    guess = [note for cell in cells for note in cell]
    bar_beats = case.excerpt.bars[0].end_beats
    start = case.excerpt.bars[-len(case.truth)].start_beats
    moved = [[note.moved(-start) for note in notes] for notes in (guess, truth)]
    known: list[Note] = [n for part in case.ask.scene.parts for n in part.clip.notes]
    found = dict(zip(NAMES, scores(*moved, known, bar_beats), strict=True))
    found["density, octaves off"] = abs(math.log2(max(found["density"], 1 / 8)))
    return tuple(found[name] for name in SHOWN)


def report(task: str, rows: Sequence[Mapping[str, tuple[float, ...]]]) -> None:
    print(f"### {task} ({len(rows)} asks)\n")
    print("| candidate | " + " | ".join(SHOWN) + " |")
    print("|---" * (len(SHOWN) + 1) + "|")
    for name in list(rows[0])[:-1]:
        means = [fmean(column) for column in zip(*(row[name] for row in rows), strict=True)]
        print(f"| {name} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    before, faulty, takes = (
        fmean(column) for column in zip(*(row["truth"] for row in rows), strict=True)
    )
    print(
        f"\nThe truth goes before {100 * before:.0f} % of the candidates; {100 * faulty:.0f} % "
        f"have a fault; of four takes asked for there were {takes:.1f}.\n"
    )


def dumped(case: Case, drafts: Sequence[Draft]) -> dict[str, object]:
    """All that is needed to judge the candidates anew."""
    return {
        "task": case.ask.scene.task,
        "set": case.excerpt.set_name,
        "work": case.excerpt.work,
        "role": case.role,
        "drafts": [
            {
                "cells": [
                    [(n.pitch, n.start_beats, n.duration_beats) for n in cell] for cell in d.cells
                ],
                "nats": d.nats,
                "tokens": d.tokens,
            }
            for d in drafts
        ],
    }


if __name__ == "__main__":
    main()
