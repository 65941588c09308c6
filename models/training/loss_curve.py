# SPDX-License-Identifier: Apache-2.0
"""The losses of a training as a table and as a picture (SVG, no library)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 34, 44
SERIES = (("training", "train", "#8a8f98"), ("validation, averaged weights", "valid", "#d1495b"))


@dataclass(frozen=True, slots=True)
class Point:
    """Losses at one step, in nats a token; `train` is the mean since the point before."""

    step: int
    train: float
    valid: float
    learning_rate: float
    seconds: float

    def row(self) -> list[float]:
        """The numbers in order."""
        return list(astuple(self))

    @classmethod
    def of(cls, row: Sequence[float]) -> Point:
        """The point that `row` gave."""
        return cls(int(row[0]), *row[1:5])


def table(points: Sequence[Point]) -> str:
    """All points as comma-separated lines under a heading."""
    lines = ["step,train_nats,valid_nats,learning_rate,seconds"]
    lines += [",".join(f"{number:.7g}" for number in point.row()) for point in points]
    return "\n".join(lines) + "\n"


def picture(points: Sequence[Point], title: str) -> str:
    """The curve as an SVG document; steps to the right, nats upwards."""
    known = [n for point in points for n in (point.train, point.valid) if math.isfinite(n)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    margin = 0.05 * (high - low) or 0.5
    low, high = low - margin, high + margin
    last = max((point.step for point in points), default=0) or 1

    def place(step: float, value: float) -> str:
        x = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = [_label(LEFT, 20, title, "start", bold=True)]
    for index in range(6):
        value = low + (high - low) * index / 5
        parts.append(_line(place(0, value), place(last, value)))
        y = float(place(0, value).split(",")[1])
        parts.append(_label(LEFT - 8, y + 4, f"{value:.3f}", "end"))
        x = float(place(last * index / 5, low).split(",")[0])
        parts.append(_label(x, HEIGHT - BOTTOM + 18, f"{last * index / 5:,.0f}", "middle"))
    parts.append(_label(WIDTH - RIGHT, HEIGHT - 8, "step; loss in nats", "end"))
    for row, (name, attribute, colour) in enumerate(SERIES):
        pairs = [(point.step, getattr(point, attribute)) for point in points]
        line = " ".join(place(step, value) for step, value in pairs if math.isfinite(value))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(_label(WIDTH - RIGHT - 8, TOP + 18 + 18 * row, name, "end", colour=colour))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    )
    return "\n".join((head, *parts, "</svg>\n"))


def _line(start: str, end: str) -> str:
    (x1, y1), (x2, y2) = start.split(","), end.split(",")
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#e3e5e8"/>'


def _label(
    x: float, y: float, text: str, anchor: str, *, colour: str = "#33373d", bold: bool = False
) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    weight = ' font-weight="bold"' if bold else ""
    look = f'text-anchor="{anchor}" fill="{colour}"{weight}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{safe}</text>'
