# SPDX-License-Identifier: Apache-2.0
"""How verbs print: a line, a table, JSON, an error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from models.errors import NextbarError

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str) -> None:
    """One line to stdout, at once, so that a pipe or a log sees it."""
    print(text, flush=True)


def note(text: str) -> None:
    """One line to stderr: something worth knowing that is not the result."""
    print(f"nextbar: {text}", file=sys.stderr, flush=True)


def counted(count: int, noun: str) -> str:
    """`1 bar`, `2 bars`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def say_json(data: object) -> None:
    """One JSON value to stdout."""
    say(json.dumps(data, ensure_ascii=False))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as the terminal; in a pipe, lines with tabs that never break."""
    if not sys.stdout.isatty():
        for row in rows:
            say("\t".join(str(cell) for cell in row))
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console().print(table)


def console(*, stderr: bool = False) -> Console:
    """A rich console on the stream as it is now."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def say_error(error: NextbarError, *, as_json: bool) -> None:
    """One sentence on stderr, or a JSON object in place of the result."""
    if as_json:
        say_json({"error": error.code, "message": error.message, "where": error.where})
    else:
        note(error.message)
