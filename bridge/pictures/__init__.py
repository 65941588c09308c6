# SPDX-License-Identifier: Apache-2.0
"""Pictures of clips: piano rolls as SVG, as PNG and for the terminal.

    panel, names           what to show, in which colours, and what keys and pads are called
    axes, grid, layout     pure: panels become shapes
    svg, png, terminal     shapes become a file, and clips become lines of text

Colours say where a note comes from: the user's own, edited, or new.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.pictures.panel import Look, Panel
from bridge.pictures.png import png
from bridge.pictures.svg import svg
from bridge.pictures.terminal import terminal
from models.errors import BadArgument, BadFile

__all__ = ["SUFFIXES", "Look", "Panel", "draw", "png", "svg", "terminal"]

SUFFIXES = (".svg", ".png")


def draw(path: Path, panels: Sequence[Panel], look: Look | None = None) -> Path:
    """Write a picture of the panels; the file's suffix, .svg or .png, says of which kind.

    Raises:
        BadArgument: another suffix, or no panel.
        BadFile: the file can't be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadArgument(
            f"A picture's name ends in .svg or .png, not in {suffix or 'nothing'!r}.", where="path"
        )
    data = svg(panels, look).encode() if suffix == ".svg" else png(panels, look)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadFile(f"Can't write {path}: {error.strerror}.", where="path") from error
    return path
