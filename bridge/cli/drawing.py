# SPDX-License-Identifier: Apache-2.0
"""Draws clips in the terminal or into a picture file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bridge.cli.questions import Question
from models.clip import Clip
from models.edit import continuation_frame, join
from models.engine import Answer

if TYPE_CHECKING:
    from bridge.pictures import Panel

NARROWEST = 20  # columns that a drawing needs
MOST_PANELS = 16  # more would be a picture that nobody can read


def panels_of(
    command: str, asked: Sequence[Question], takes: Sequence[Sequence[Answer]]
) -> tuple[Panel, ...]:
    """What to draw of a job: for continue the new bars after the old ones, else each part."""
    from bridge.pictures import Panel

    panels: list[Panel] = []
    if command == "accompany":
        panels += [Panel(clip.name or "given", clip) for clip in asked[0].clips]
    for number, answers in enumerate(takes, 1):
        take = f"take {number}" if len(takes) > 1 else ""
        for question, answer in zip(asked, answers, strict=True):
            if command == "continue":
                panels.append(_continued(question.clips[0], answer.parts[0], take))
            else:
                panels += [Panel(f"{part.name} {take}".strip(), part) for part in answer.parts]
    return tuple(panels[:MOST_PANELS])


def _continued(source: Clip, answer: Clip, take: str) -> Panel:
    """The source with the new bars after it, whether or not the answer begins with it."""
    from bridge.pictures import Panel

    seam = seam_beats(source)
    is_joined = any(note.origin == "kept" for note in answer.notes)
    whole = answer if is_joined else join(source, answer)
    return Panel(f"{source.name} {take}".strip(), whole, (seam,))


def seam_beats(source: Clip) -> float:
    """Where the bars that continue a clip begin."""
    bar = continuation_frame(source, 1.0)
    return join(source, bar).length_beats - bar.length_beats


def show(panels: Sequence[Panel], stream: TextIO | None = None) -> None:
    """Draw in the terminal."""
    from rich.console import Console

    from bridge.pictures import terminal

    out = stream or sys.stdout
    width = max(NARROWEST, shutil.get_terminal_size((100, 24)).columns)
    encoding = getattr(out, "encoding", None) or "utf-8"
    console = Console(file=out, width=width)
    console.print(terminal(panels, width, encoding=encoding), no_wrap=True)


def save(panels: Sequence[Panel], path: str) -> None:
    """Draw into a file, .png or .svg.

    Raises:
        BadArgument: its name ends in something else.
        BadFile: it can't be written.
    """
    from bridge.pictures import draw

    draw(Path(path), panels)
