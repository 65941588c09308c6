# SPDX-License-Identifier: Apache-2.0
"""`python -m models.corpus FOLDER -o OUT`: build shards and a report from a folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.corpus.build import MAX_PROCESSES, build
from models.corpus.report import report
from models.errors import NextbarError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the corpus is built, 2 when the folder can't be used."""
    options = _parser().parse_args(arguments)
    try:
        corpus = build(
            options.folder,
            options.out,
            own=options.own,
            only=options.only,
            processes=options.processes,
            say=_Stages().tell,
        )
    except NextbarError as error:
        _say(error.message)
        return 2
    page = options.out / "report.md"
    page.write_text("# Corpus\n\n" + report(corpus), encoding="utf-8")
    _say(f"{len(corpus.labels)} pieces, {len(corpus.failed)} files left out: see {page}")
    return 0


class _Stages:
    """Tells each stage once."""

    def __init__(self) -> None:
        self._told = ""

    def tell(self, stage: str, share: float) -> None:
        """Write the stage down when it is a new one."""
        del share
        if stage != self._told:
            self._told = stage
            _say(stage[:1].upper() + stage[1:])


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, help="unpacked sets, each with its index.jsonl")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the shards")
    parser.add_argument("--own", action="store_true", help="read any MIDI files as your own")
    parser.add_argument("--only", nargs="+", default=(), metavar="SET", help="these sets only")
    parser.add_argument(
        "--processes", type=int, choices=range(1, MAX_PROCESSES + 1), default=1, help="1 or 2"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
