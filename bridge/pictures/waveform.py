# SPDX-License-Identifier: Apache-2.0
"""Waveforms: the peaks of a sound over its bars, as shapes for a file and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.pictures.shapes import Area, Box, Line, Picture, Shape, Text

COLUMNS = 900  # of a picture: one a pixel
_MARGIN, _TITLE, _HEIGHT, _RULER, _GAP = 16.0, 26.0, 120.0, 18.0, 14.0
_BLOCKS = " ▁▂▃▄▅▆▇█"
_MOST_BARS = 32  # beyond that not every bar line is drawn


@dataclass(frozen=True, slots=True)
class Wave:
    """A sound as it is drawn.

    Attributes:
        title: stands above it, at the left.
        caption: at the right: length, tempo, level.
        peaks: (lowest, highest) sample of each column, -1 to 1.
        bars: how many it has.
    """

    title: str
    caption: str
    peaks: tuple[tuple[float, float], ...]
    bars: int


def lay_out_waves(waves: Sequence[Wave]) -> Picture:
    """The waves below one another, each over its bars."""
    width = round(2 * _MARGIN + COLUMNS)
    each = _TITLE + _HEIGHT + _RULER + _GAP
    height = round(2 * _MARGIN + each * len(waves) - _GAP)
    shapes: list[Shape] = [Area("paper", Box(0, 0, width, height))]
    for index, wave in enumerate(waves):
        top = _MARGIN + index * each
        shapes += [
            Text("title", _MARGIN, top + 14, wave.title),
            Text("caption", _MARGIN + COLUMNS, top + 14, wave.caption, "end"),
            *_wave(wave, Box(_MARGIN, top + _TITLE, COLUMNS, _HEIGHT)),
        ]
    return Picture(width, height, tuple(shapes))


def _wave(wave: Wave, plot: Box) -> Iterator[Shape]:
    yield Area("plot", plot)
    step = -(-wave.bars // _MOST_BARS)
    for bar in range(0, wave.bars, step):
        x = plot.x + plot.width * bar / wave.bars
        yield Line("bar", x, plot.y, x, plot.bottom)
        yield Text("ruler", x + 2, plot.bottom + 13, str(bar + 1))
    middle, half = plot.y + plot.height / 2, plot.height / 2
    for index, (low, high) in enumerate(wave.peaks):
        x = plot.x + plot.width * index / len(wave.peaks)
        top, bottom = middle - half * high, middle - half * low
        yield Line("wave", x, top, x, max(bottom, top + 1))
    yield Area("frame", plot)


def text_wave(wave: Wave, rows: int = 4, *, plain: bool = False) -> str:
    """The wave as lines of text, as wide as it has columns.

    Args:
        wave: what to draw.
        rows: how high.
        plain: for a terminal that has letters alone.
    """
    heights = [max(abs(low), abs(high)) for low, high in wave.peaks]
    lines = [wave.title, *(_row(heights, row, rows, plain) for row in range(rows))]
    return "\n".join([*lines, _ruler(wave), wave.caption])


def _row(heights: Sequence[float], row: int, rows: int, plain: bool) -> str:
    """One line of it, from the top; a column is filled by eighths."""
    below = rows - 1 - row
    eighths = (min(8, max(0, round((height * rows - below) * 8))) for height in heights)
    blocks = " " * 5 + "#" * 4 if plain else _BLOCKS
    return "".join(blocks[eighth] for eighth in eighths).rstrip()


def _ruler(wave: Wave) -> str:
    """The number of each bar below its beginning, where there is room."""
    cells = [" "] * len(wave.peaks)
    free = 0
    for bar in range(wave.bars):
        place, number = bar * len(cells) // wave.bars, str(bar + 1)
        if place >= free and place + len(number) <= len(cells):
            cells[place : place + len(number)] = number
            free = place + len(number) + 1
    return "".join(cells).rstrip()
