# SPDX-License-Identifier: Apache-2.0
"""Line charts side by side as one SVG: shared axes, one legend, no library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

PANEL_WIDTH, PANEL_HEIGHT, PANELS_A_ROW = 340, 230, 2
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 30, 34
LEGEND_ROW = 20
GREY, RULE, TEXT = "#8a8f98", "#e3e5e8", "#33373d"
COLOURS = ("#111418", "#d1495b", "#2f6690", "#7a9e3a", "#b07aa1", "#e09f3e")
DASHES = ("4 3", "1 3", "8 3")

Lines = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Chart:
    """What all panels share.

    Attributes:
        places: of the points on the horizontal axis, evenly spaced, in words.
        label: of the horizontal axis.
        top: highest value shown; the lowest is 0.
        muted: names of lines drawn in grey and dashed.
    """

    places: Sequence[str]
    label: str
    top: float
    muted: Sequence[str] = ()

    def look(self, names: Sequence[str], name: str) -> str:
        """Stroke of a line."""
        if name in self.muted:
            dash = DASHES[list(self.muted).index(name) % len(DASHES)]
            return f'stroke="{GREY}" stroke-width="1.5" stroke-dasharray="{dash}"'
        strong = [other for other in names if other not in self.muted]
        place = strong.index(name)
        return f'stroke="{COLOURS[place % len(COLOURS)]}" stroke-width="{2.5 if not place else 2}"'


def picture(title: str, panels: Mapping[str, Lines], chart: Chart) -> str:
    """The panels as an SVG document; the same name is the same line in every panel."""
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    rows = -(-len(panels) // PANELS_A_ROW)
    width, legend = PANEL_WIDTH * PANELS_A_ROW, LEGEND_ROW * -(-len(names) // 2) + 10
    height = 34 + rows * PANEL_HEIGHT + legend
    parts = [_text(LEFT, 22, title, weight="bold")]
    for number, (heading, lines) in enumerate(panels.items()):
        x = PANEL_WIDTH * (number % PANELS_A_ROW)
        y = 34 + PANEL_HEIGHT * (number // PANELS_A_ROW)
        inner = "".join(_panel(heading, lines, names, chart))
        parts.append(f'<g transform="translate({x},{y})">{inner}</g>')
    for number, name in enumerate(names):
        x = LEFT + (width / 2 - 20) * (number % 2)
        y = 34 + rows * PANEL_HEIGHT + 14 + LEGEND_ROW * (number // 2)
        parts.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 26}" y2="{y}" {chart.look(names, name)}/>'
            + _text(x + 34, y + 4, name)
        )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *parts,
            "</svg>\n",
        )
    )


def _panel(heading: str, lines: Lines, names: Sequence[str], chart: Chart) -> Iterator[str]:
    low, high = PANEL_HEIGHT - BOTTOM, TOP
    span = PANEL_WIDTH - LEFT - RIGHT

    def x(place: int) -> float:
        return LEFT + span * place / max(1, len(chart.places) - 1)

    def y(value: float) -> float:
        return low - (low - high) * min(value, chart.top) / chart.top

    yield _text(LEFT, 18, heading, weight="bold")
    for step in range(5):
        value = chart.top * step / 4
        yield f'<line x1="{LEFT}" y1="{y(value):.1f}" x2="{LEFT + span}" y2="{y(value):.1f}" '
        yield f'stroke="{RULE}"/>{_text(LEFT - 6, y(value) + 4, f"{value:.2f}", anchor="end")}'
    for place, words in enumerate(chart.places):
        yield _text(x(place), low + 16, words, anchor="middle")
    yield _text(LEFT + span, low + 30, chart.label, anchor="end", colour=GREY)
    for name, values in lines.items():
        points = " ".join(f"{x(n):.1f},{y(value):.1f}" for n, value in enumerate(values))
        yield f'<polyline points="{points}" fill="none" {chart.look(names, name)}/>'


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", weight: str = "", colour: str = TEXT
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{bold}'
    return f"<text {place}>{escape(words, quote=False)}</text>"
