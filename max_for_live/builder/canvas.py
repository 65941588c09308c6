# SPDX-License-Identifier: Apache-2.0
"""A drawing in SVG, in the colours of one of Live's themes."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from max_for_live.builder import theme

_FONTS = "'Ableton Sans','Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"

# Two of Live's themes, by eye: they are for pictures only.
THEMES: Mapping[str, Mapping[str, str]] = {
    "dark": {
        theme.SURFACE: "#3a3a3a",
        theme.TEXT: "#c9c9c9",
        theme.FRAME: "#181818",
        theme.FIELD: "#202020",
        theme.DISPLAY: "#191919",
        theme.DISPLAY_TEXT: "#bdbdbd",
        theme.WARNING: "#ffb532",
        theme.BUTTON: "#202020",
        theme.LIT: "#ffad56",
        theme.LIT_TEXT: "#141414",
        theme.ARC: "#03c3d5",
        theme.DIM: "#8a8a8a",
        "title": "#505050",
        "name": "#d4d4d4",
        "dead": "#6e6e6e",
    },
    "light": {
        theme.SURFACE: "#a5a5a5",
        theme.TEXT: "#141414",
        theme.FRAME: "#6f6f6f",
        theme.FIELD: "#c3c3c3",
        theme.DISPLAY: "#282828",
        theme.DISPLAY_TEXT: "#c0c0c0",
        theme.WARNING: "#ffb532",
        theme.BUTTON: "#c3c3c3",
        theme.LIT: "#ffad56",
        theme.LIT_TEXT: "#141414",
        theme.ARC: "#03a0b5",
        theme.DIM: "#8a8a8a",
        "title": "#c8c8c8",
        "name": "#141414",
        "dead": "#787878",
    },
}


class Canvas:
    """SVG elements, painted with the names of a theme's colours."""

    def __init__(self, colours: Mapping[str, str]) -> None:
        self._colours = colours
        self._elements: list[str] = []

    def rect(
        self, place: tuple[float, ...], colour: str, *, rounded: float = 0, opacity: float = 1
    ) -> None:
        """A filled rectangle: x, y, width and height."""
        x, y, width, height = (_number(value) for value in place)
        more = f' rx="{_number(rounded)}"' if rounded else ""
        more += f' fill-opacity="{_number(opacity)}"' if opacity < 1 else ""
        self._elements.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}"'
            f' fill="{self._colours[colour]}"{more}/>'
        )

    def path(self, data: str, colour: str, *, width: float = 0) -> None:
        """A filled path, or a line of the given width."""
        paint = self._colours[colour]
        style = f'fill="{paint}"'
        if width:
            style = f'fill="none" stroke="{paint}" stroke-width="{_number(width)}"'
        self._elements.append(f'<path d="{data}" {style}/>')

    def text(
        self,
        at: tuple[float, float],
        text: str,
        colour: str,
        *,
        size: float = theme.SIZE,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """A line of text; `at` is the left, middle or right of its base line."""
        x, y = (_number(value) for value in at)
        weight = ' font-weight="bold"' if bold else ""
        self._elements.append(
            f'<text x="{x}" y="{y}" font-size="{_number(size)}" text-anchor="{anchor}"'
            f' fill="{self._colours[colour]}"{weight}>{escape(text)}</text>'
        )

    def svg(self, width: float, height: float, title: str) -> str:
        """The whole picture, twice its size in pixels."""
        body = "\n".join(self._elements)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(width)}'
            f' {_number(height)}" width="{_number(2 * width)}" height="{_number(2 * height)}"'
            f' font-family="{_FONTS}">\n<title>{escape(title)}</title>\n{body}\n</svg>\n'
        )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
