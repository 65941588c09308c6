# SPDX-License-Identifier: Apache-2.0
"""Does the judge's pick among harmonisations break fewer rules of part-writing than the others?

    python bench/ranking_voices.py FOLDER WEIGHTS [--split test] [--asks 12] [--drafts 8]

Four bars of a chorale's soprano are given, the network writes alto, tenor and bass. Prints parallel
fifths and octaves, crossings and all findings per 100 changes, of the candidates, of the pick with
several weights of part-writing, and of the composer.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import fmean

from judging.excerpts import Excerpt, excerpts

from models.clip import Note
from models.decoding.decoder import Decoder
from models.engines.clip.court import Court, Verdict
from models.engines.clip.passage import Line, source_lines, written_lines
from models.engines.clip.sampling import Sampling, generators
from models.engines.clip.voices import findings
from models.engines.clip.writer import Writer, Written
from models.tokens.encode import lay_out
from models.tokens.rules import PartRules
from models.tokens.scene import Part, Scene, cells_of
from models.weights import read

BARS = 4
VOICES = ("B", "T", "A", "S")  # in the order of the scene's parts
SETS = ("jsb-chorales", "openhymnal", "js-fakes")
WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0)
SHOWN = ("parallel fifths", "parallel octaves", "crossing")

Rates = tuple[float, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--split", default="valid")
    parser.add_argument("--asks", type=int, default=12, help="most asks a set")
    parser.add_argument("--drafts", type=int, default=8, help="candidates an ask")
    args = parser.parse_args()
    writer = Writer(Decoder(read(args.weights)))
    found = excerpts(args.folder, args.split, args.asks, BARS, Random("voices"), shipped=False)
    rows = [row(writer, excerpt, args.drafts) for excerpt in found if _four(excerpt)]
    print(f"{len(rows)} asks\n\n| per 100 changes | " + " | ".join((*SHOWN, "all")) + " |")
    print("|---" * (len(SHOWN) + 2) + "|")
    for name in rows[0]:
        means = [fmean(column) for column in zip(*(r[name] for r in rows), strict=True)]
        print(f"| {name} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")


def _four(excerpt: Excerpt) -> bool:
    roles = tuple(part.role for part in excerpt.parts)
    return excerpt.set_name in SETS and roles == VOICES


def row(writer: Writer, excerpt: Excerpt, count: int) -> Mapping[str, Rates]:
    """Rates of the candidates' mean, of the picks, and of the composer."""
    soprano = excerpt.parts[3]
    empty = (Part(role, soprano.clip.with_notes(())) for role in VOICES[:3])
    cells = cells_of((0, 1, 2), range(BARS))
    scene = Scene(
        "harmonise", (*empty, soprano), excerpt.bars, cells, 0, excerpt.tempo_bpm, excerpt.key
    )
    rules = {n: PartRules(polyphony=1, min_notes=1) for n in range(3)}
    *_, last = writer.write(scene, rules, Sampling(0.5), generators(1, range(count)))
    assert isinstance(last, Written)
    court, layout = Court(scene), lay_out(scene)
    source = source_lines(layout)
    verdicts = [court.verdict(draft.cells) for draft in last.drafts]
    numbers = [rates(written_lines(layout, draft.cells, source)) for draft in last.drafts]
    picks = {f"pick, weight {w:g}": numbers[_best(verdicts, w)] for w in WEIGHTS}
    mean = tuple(fmean(column) for column in zip(*numbers, strict=True))
    truth = [_inside(excerpt.parts[c.part].clip.notes, excerpt, c.bar) for c in cells]
    return {"any": mean, **picks, "composer": rates(written_lines(layout, truth, source))}


def _inside(notes: Sequence[Note], excerpt: Excerpt, bar: int) -> tuple[Note, ...]:
    frame = excerpt.bars[bar]
    return tuple(n for n in notes if frame.start_beats <= n.start_beats < frame.end_beats)


def _best(verdicts: Sequence[Verdict], weight: float) -> int:
    costs = [(len(v.faults), v.cost + (weight - 1) * v.terms["voices"]) for v in verdicts]
    return min(range(len(costs)), key=lambda n: costs[n])


def rates(lines: Sequence[Line]) -> Rates:
    """Findings per 100 changes: those of SHOWN, and all."""
    found, changes = findings(lines, range(len(lines)), None)
    counted: Iterator[float] = (100 * found[kind] / changes for kind in SHOWN)
    return (*counted, 100 * sum(found.values()) / changes)


if __name__ == "__main__":
    main()
