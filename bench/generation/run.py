# SPDX-License-Identifier: Apache-2.0
"""What generated music measures: continuations, accompaniments and four voices of held-out works.

Tables go to standard output and, with --write, into the blocks `<!-- generated: NAME -->` of a
page; pictures go into the folder `pictures` beside the page. Baselines are always measured.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from charts.lines import Chart, picture
from continuing.windows import Window

from generation import accompany, copying, following, lag, mgeval, voices
from generation.players import Players, Reply, engines, labelled, refused
from generation.systems import Notes, continuations, settings
from generation.windows import ensembles, pieces_in, prompts

FEWEST_WINDOWS = 4
Rows = Sequence[Sequence[str]]
SYSTEMS = ("motif", "motif adventure=0 similarity=1", "rules", "clip")


@dataclass(frozen=True)
class Bench:
    """What every table may ask for; continuations are written once for all of them."""

    corpus: Path
    systems: Sequence[str]
    most: int
    players: Players
    pictures: Path | None

    def serving(self, command: str) -> list[str]:
        """The systems whose engine is here and serves the command."""
        able = {e.info.name for e in engines() if command in e.info.commands and not e.reason}
        return [system for system in self.systems if settings(system)[0] in able]

    @cached_property
    def windows(self) -> dict[str, list[Window]]:
        """The prompts of each role that has enough to be halved."""
        found = prompts(self.corpus, self.most)
        return {role: own for role, own in found.items() if len(own) >= FEWEST_WINDOWS}

    @cached_property
    def written(self) -> dict[str, dict[str, list[Notes]]]:
        """For each role what each system wrote after each window."""
        return {role: self._asked(role) for role in self.windows}

    def _asked(self, role: str) -> dict[str, list[Notes]]:
        found, replies = continuations(self.windows[role], self.serving("continue"), self.players)
        for system, given in replies.items():
            tell(f"{role}, {system}: {_spent(given)}")
        return {labelled(name, replies.get(name, ())): notes for name, notes in found.items()}


def _spent(replies: Sequence[Reply]) -> str:
    """Seconds a question, and what was refused."""
    seconds = sum(reply.seconds for reply in replies) / max(1, len(replies))
    errors = refused(replies)
    first = f", {len(errors)} refused, the first: {errors[0]}" if errors else ""
    return f"{len(replies)} questions, {seconds:.2f} s each{first}"


def tell(words: str) -> None:
    """Words about the run, apart from the tables."""
    print(words, file=sys.stderr, flush=True)


# -- tables --------------------------------------------------------------------------------------


def continuation_tables(bench: Bench) -> str:
    blocks = []
    for role, windows in bench.windows.items():
        heading = f"#### {role}: {len(windows)} windows of {pieces_in(windows)} works"
        tables = [f(windows, bench.written[role]) for f in (following.table, following.by_group)]
        blocks += [heading, *(markdown(rows) for rows in tables if len(rows[0]) > 1)]
    return "\n\n".join(blocks)


def mgeval_tables(bench: Bench) -> str:
    blocks = []
    for role, windows in bench.windows.items():
        blocks += [f"#### {role}", markdown(mgeval.table(role, windows, bench.written[role]))]
    return "\n\n".join(blocks)


def lag_tables(bench: Bench) -> str:
    curves = {
        role: {name: lag.curve(windows, notes) for name, notes in bench.written[role].items()}
        for role, windows in bench.windows.items()
    }
    blocks = [f"#### {role}\n\n{markdown(lag.table(found))}" for role, found in curves.items()]
    if bench.pictures:
        muted = ("repeat last 4 bars", "repeat first 4 bars", "n-gram, order ≤ 4")
        asked = ("truth", *(settings(system)[0] for system in bench.serving("continue")))
        lines = {
            role: {n: line for n, line in found.items() if n.split()[0] in asked or n in muted}
            for role, found in curves.items()
        }
        top = max(max(line) for found in lines.values() for line in found.values())
        chart = Chart([str(n) for n in lag.LAGS], "bars before", min(1.0, top * 1.1), muted)
        svg = picture("Similarity of a new bar to the bar so many bars before", lines, chart)
        (bench.pictures / "similarity-lag.svg").write_text(svg, encoding="utf-8")
        blocks.insert(0, "![Similarity by lag](pictures/similarity-lag.svg)")
    return "\n\n".join(blocks)


def accompany_tables(bench: Bench) -> str:
    blocks = []
    for role, windows in ensembles(bench.corpus, accompany.ROLES, -(-bench.most // 2)).items():
        rows, replies = accompany.table(role, windows, bench.serving("accompany"), bench.players)
        for system, given in replies.items():
            tell(f"accompany {role}, {system}: {_spent(given)}")
        works = len({window.piece for window in windows})
        blocks += [f"#### {role}: {len(windows)} windows of {works} works", markdown(rows)]
    return "\n\n".join(blocks)


def voices_tables(bench: Bench) -> str:
    blocks = []
    for name in voices.SETS:
        works = voices.four_parts(bench.corpus, name)
        pieces = voices.held_out(works, bench.most)
        rate = voices.composers_rate(works)
        rows = voices.table(pieces, rate, bench.serving("harmonise"), bench.players)
        heading = f"#### {name}: {len(pieces)} excerpts of {voices.BARS} bars; {len(works)} works"
        blocks += [heading, markdown(rows)]
    return "\n\n".join(blocks)


def copying_tables(bench: Bench) -> str:
    index = copying.read_training(bench.corpus)
    tell(f"copying: {index.notes:,} notes of {index.works:,} training works")
    blocks = []
    for role, windows in bench.windows.items():
        if role != "drums":
            rows = copying.table(windows, bench.written[role], index)
            blocks += [f"#### {role}", markdown(rows)]
    return "\n\n".join(blocks)


TABLES: Mapping[str, Callable[[Bench], str]] = {
    "continue": continuation_tables,
    "mgeval": mgeval_tables,
    "lag": lag_tables,
    "accompany": accompany_tables,
    "voices": voices_tables,
    "copying": copying_tables,
}


def markdown(rows: Rows) -> str:
    """A table; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join((lines[0], "|---" + "|---:" * (len(rows[0]) - 1) + "|", *lines[1:]))


def put(page: str, name: str, block: str) -> str:
    """The page with what its block of that name holds replaced."""
    pattern = rf"(<!-- generated: {name} -->\n).*?(\n?<!-- end -->)"
    changed, count = re.subn(pattern, lambda m: f"{m[1]}\n{block}\n{m[2]}", page, flags=re.S)
    if count != 1:
        raise SystemExit(f"The page has {count} blocks named {name}; it needs one.")
    return changed


# -- command line --------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, help="folder of shards, as models.corpus writes it")
    parser.add_argument("--tables", default=",".join(TABLES), help="which, by comma")
    parser.add_argument(
        "--system", action="append", help="an engine, with settings such as `motif adventure=0`"
    )
    parser.add_argument("--weights", type=Path, help="of engine clip, in place of its own")
    parser.add_argument("--most", type=int, default=12, help="most windows a role and group")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--write", type=Path, help="a page whose blocks are filled")


def run(options: argparse.Namespace) -> int:
    pictures = options.write.parent / "pictures" if options.write else None
    with Players(options.jobs, options.weights) as players:
        systems = options.system or SYSTEMS
        bench = Bench(options.corpus, systems, options.most, players, pictures)
        for name in options.tables.split(","):
            begun = time.perf_counter()
            block = TABLES[name](bench)
            print(f"\n## {name}\n\n{block}", flush=True)
            tell(f"{name}: {time.perf_counter() - begun:.0f} s")
            if options.write:
                page = put(options.write.read_text(encoding="utf-8"), name, block)
                options.write.write_text(page, encoding="utf-8")
    return 0
