# SPDX-License-Identifier: Apache-2.0
"""Piano rolls as standalone SVG text: no script, no foreign fonts, a title on every note."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from bridge.pictures.layout import FONT_PX, lay_out
from bridge.pictures.panel import ORIGINS, Look, Panel, opacity, palette
from bridge.pictures.shapes import Area, Line, NoteBox, Picture, Shape, Swatch, Text

_LINES = ("octave", "beat", "bar", "seam", "wave")
_AREAS = ("paper", "plot", "shade", "outside", "loop", "white_key", "black_key")
_FONTS = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"


def svg(panels: Sequence[Panel], look: Look | None = None) -> str:
    """The panels as the text of an SVG file.

    Each note is one `rect` with the classes `note`, its origin and, if so, `muted`.

    Raises:
        BadArgument: there is no panel.
    """
    heading = ", ".join(panel.heading for panel in panels if panel.heading) or "Piano roll"
    return svg_of(lay_out(panels, look), heading, (look or Look()).theme)


def svg_of(picture: Picture, heading: str, theme: str = "auto") -> str:
    """A picture as the text of an SVG file."""
    width, height = picture.width_px, picture.height_px
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{_clean(heading)}</title>",
        f"<style>{_style(theme)}</style>",
        *(_PAINTERS[type(shape)](shape) for shape in picture.shapes),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _style(theme: str) -> str:
    fixed = [
        f"text{{font-family:{_FONTS}}}",
        *(f".{role}{{font-size:{size:g}px}}" for role, size in FONT_PX.items()),
        ".title{font-weight:600}.seam{stroke-width:1.5;stroke-dasharray:4 3}",
        ".note{rx:1.5px;stroke-width:.75}.note:hover{fill-opacity:1}",
        ".muted{fill-opacity:.08;stroke-width:1;stroke-dasharray:2 1.5}",
        ".frame{fill:none}line,.frame{shape-rendering:crispEdges}",
        _colours(palette(theme)),
    ]
    if theme == "auto":
        fixed.append(f"@media (prefers-color-scheme:dark){{{_colours(palette('dark'))}}}")
    return "".join(fixed)


def _colours(colours: Mapping[str, str]) -> str:
    rules = [f".{role}{{fill:{colours[role]}}}" for role in (*_AREAS, *FONT_PX)]
    rules += [f".{role}{{stroke:{colours[role]}}}" for role in (*_LINES, "frame")]
    rules += [f".{role}{{fill:{colours[role]};stroke:{colours[role]}}}" for role in ORIGINS]
    rules.append(f".swatch.muted{{fill:{colours['caption']};stroke:{colours['caption']}}}")
    return "".join(rules)


def _area(area: Area) -> str:
    return f'<rect class="{area.role}" {_place(area)}/>'


def _line(line: Line) -> str:
    ends = f'x1="{_n(line.x1)}" y1="{_n(line.y1)}" x2="{_n(line.x2)}" y2="{_n(line.y2)}"'
    return f'<line class="{line.role}" {ends}/>'


def _text(text: Text) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    place = f'x="{_n(text.x)}" y="{_n(text.y)}"'
    return f'<text class="{text.role}" {place}{anchor}>{_clean(text.words)}</text>'


def _note(box: NoteBox) -> str:
    note = box.note
    classes = f"note {note.origin} muted" if note.mute else f"note {note.origin}"
    words = f"{box.name}, velocity {note.velocity:g}, beat {note.start_beats:.6g}"
    return (
        f'<rect class="{classes}" {_place(box)} fill-opacity="{_n(opacity(note))}">'
        f"<title>{_clean(words)}</title></rect>"
    )


def _swatch(swatch: Swatch) -> str:
    return f'<rect class="swatch {swatch.kind}" {_place(swatch)}/>'


def _place(shape: Area | NoteBox | Swatch) -> str:
    box = shape.box
    return f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'


def _n(number: float) -> str:
    """A number with at most two decimals, and no more characters than it needs."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _clean(words: str) -> str:
    """Text fit for XML: control characters, which XML forbids, become spaces."""
    allowed = (c if c.isprintable() else " " for c in words)
    return escape("".join(allowed), quote=False)


_PAINTERS: Mapping[type[Shape], Callable[..., str]] = {
    Area: _area,
    Line: _line,
    Text: _text,
    NoteBox: _note,
    Swatch: _swatch,
}
