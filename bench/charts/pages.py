# SPDX-License-Identifier: Apache-2.0
"""Tables as Markdown, and where they go: standard output, and between marks of a page."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path


def publish(tables: Iterable[tuple[str, str]], page: Path | None) -> None:
    """Print each named table as it comes, and put it between its marks where there is a page."""
    for name, text in tables:
        sys.stdout.write(f"{name}\n\n{text}\n\n")
        sys.stdout.flush()
        if page is not None:
            page.write_text(between(page.read_text("utf-8"), name, text), encoding="utf-8")


def between(text: str, name: str, table: str) -> str:
    """The text with what stands between `<!-- name -->` and `<!-- /name -->` replaced."""
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    return marks.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, the first column to the left and numbers to the right."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    return "\n".join(lines)
