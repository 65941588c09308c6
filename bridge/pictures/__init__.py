# SPDX-License-Identifier: Apache-2.0
"""Pictures of clips: piano rolls as SVG, as PNG and for the terminal; waveforms of sound.

    panel, names           what to show, in which colours, and what keys and pads are called
    shapes                 what a picture is made of
    axes, grid, layout     pure: panels become shapes
    waveform               pure: the peaks of a sound become shapes, or text
    svg, png, terminal     shapes become a file, and clips become lines of text

Colours say where a note comes from: the user's own, edited, or new.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.pictures.panel import Look, Panel
from bridge.pictures.png import png, png_of
from bridge.pictures.svg import svg, svg_of
from bridge.pictures.terminal import terminal
from bridge.pictures.waveform import Wave, lay_out_waves
from models.errors import BadArgument, BadFile

__all__ = [
    "SUFFIXES",
    "Look",
    "Panel",
    "check_suffix",
    "draw",
    "draw_waves",
    "png",
    "svg",
    "terminal",
]

SUFFIXES = (".svg", ".png")


def draw(path: Path, panels: Sequence[Panel], look: Look | None = None) -> Path:
    """Write a picture of the panels; the file's suffix, .svg or .png, says of which kind.

    Raises:
        BadArgument: another suffix, or no panel.
        BadFile: the file can't be written.
    """
    is_svg = check_suffix(path) == ".svg"
    return _write(path, svg(panels, look).encode() if is_svg else png(panels, look))


def draw_waves(path: Path, waves: Sequence[Wave]) -> Path:
    """Write a picture of waveforms, as `draw` does.

    Raises:
        BadArgument: another suffix.
        BadFile: the file can't be written.
    """
    picture = lay_out_waves(waves)
    heading = ", ".join(wave.title for wave in waves)
    is_svg = check_suffix(path) == ".svg"
    return _write(path, svg_of(picture, heading).encode() if is_svg else png_of(picture))


def check_suffix(path: Path) -> str:
    """The suffix of a picture's file.

    Raises:
        BadArgument: it is neither .svg nor .png.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadArgument(
            f"A picture's name ends in .svg or .png, not in {suffix or 'nothing'!r}.", where="path"
        )
    return suffix


def _write(path: Path, data: bytes) -> Path:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadFile(f"Can't write {path}: {error.strerror}.", where="path") from error
    return path
