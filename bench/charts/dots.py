# SPDX-License-Identifier: Apache-2.0
"""A dot chart as an SVG document, without a library: a row for each thing, a dot a series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, ROW, LEFT, RIGHT, TOP, BOTTOM = 720, 30, 170, 30, 62, 44
COLOURS = ("#d1495b", "#edae49", "#00798c", "#8a8f98", "#30638e")
TICKS = 6


@dataclass(frozen=True)
class Mark:
    """One dot, and its interval where there is one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Axis:
    """What is drawn to the right.

    Attributes:
        name: with its unit.
        low, high: ends; the higher end is that of the marks when None.
        target: a dashed line, if there is one.
        percent: numbers as percent.
    """

    name: str
    low: float = 0.0
    high: float | None = None
    target: float | None = None
    percent: bool = False

    def number(self, value: float) -> str:
        """As it is written under a tick."""
        return f"{value:.0%}" if self.percent else f"{value:.1f}"


def chart(title: str, rows: Sequence[tuple[str, Mapping[str, Mark]]], axis: Axis) -> str:
    """The picture; series get their colours in the order in which they first appear."""
    series = list(dict.fromkeys(name for _, marks in rows for name in marks))
    colours = dict(zip(series, COLOURS, strict=False))
    most = max((m.high or m.value for _, marks in rows for m in marks.values()), default=1.0)
    high = axis.high if axis.high is not None else most * 1.05
    height = TOP + ROW * len(rows) + BOTTOM

    def x(value: float) -> float:
        share = (min(value, high) - axis.low) / (high - axis.low)
        return LEFT + (WIDTH - LEFT - RIGHT) * max(0.0, share)

    parts = [_text(12, 22, title, bold=True), *_legend(colours)]
    bottom = TOP + ROW * len(rows)
    for number in range(TICKS):
        value = axis.low + (high - axis.low) * number / (TICKS - 1)
        parts.append(_line(x(value), TOP, x(value), bottom, "#e3e5e8"))
        parts.append(_text(x(value), bottom + 18, axis.number(value), "middle"))
    parts.append(_text(WIDTH - RIGHT, height - 8, axis.name, "end"))
    if axis.target is not None:
        place = x(axis.target)
        parts.append(_line(place, TOP, place, bottom, "#33373d", dash="5 4"))
    for number, (label, marks) in enumerate(rows):
        y = TOP + ROW * (number + 0.5)
        parts.append(_text(LEFT - 12, y + 4, label, "end"))
        for name, mark in marks.items():
            parts += _mark(x, y, mark, colours[name])
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    )
    return "\n".join((head, *parts, "</svg>\n"))


def _mark(x: Callable[[float], float], y: float, mark: Mark, colour: str) -> list[str]:
    parts = []
    if mark.low is not None and mark.high is not None:
        line = _line(x(mark.low), y, x(mark.high), y, colour)
        parts.append(line.replace("/>", ' stroke-width="2"/>'))
    parts.append(f'<circle cx="{x(mark.value):.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
    return parts


def _legend(colours: Mapping[str, str]) -> list[str]:
    parts, place = [], 16.0
    for name, colour in colours.items():
        parts.append(f'<circle cx="{place:.0f}" cy="42" r="5" fill="{colour}"/>')
        parts.append(_text(place + 10, 46, name))
        place += 30 + 6.6 * len(name)
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "") -> str:
    look = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}"{look}/>'


def _text(x: float, y: float, text: str, anchor: str = "start", *, bold: bool = False) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    weight = ' font-weight="bold"' if bold else ""
    look = f'text-anchor="{anchor}" fill="#33373d"{weight}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{safe}</text>'
