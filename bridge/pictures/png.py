# SPDX-License-Identifier: Apache-2.0
"""Piano rolls as PNG bytes, painted with Pillow at twice the size and scaled down."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bridge.pictures.layout import FONT_PX, lay_out
from bridge.pictures.panel import Look, Panel, opacity, palette
from bridge.pictures.shapes import Area, Box, Line, NoteBox, Picture, Swatch, Text
from models.errors import BadArgument

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

MAX_ZOOM = 4
_SUPERSAMPLE = 2
_MAX_CANVAS_PIXELS = 60_000_000  # beyond it edges stay as they are, to spare memory
_DASH_PX = (4.0, 3.0)
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def png(panels: Sequence[Panel], look: Look | None = None, zoom: int = 2) -> bytes:
    """The panels as the bytes of a PNG file.

    Args:
        panels: what to draw, from top to bottom.
        look: width and theme; `auto` is light.
        zoom: pixels for each CSS pixel, 1-4; 2 is crisp on screens of today.

    Raises:
        BadArgument: there is no panel, or the zoom is out of range.
    """
    if not 1 <= zoom <= MAX_ZOOM:
        raise BadArgument(f"zoom is {zoom}; it must be 1 to {MAX_ZOOM}.", where="zoom")
    return png_of(lay_out(panels, look), (look or Look()).theme, zoom)


def png_of(picture: Picture, theme: str = "auto", zoom: int = 2) -> bytes:
    """A picture as the bytes of a PNG file."""
    image = _paint(picture, palette(theme), zoom)
    out = io.BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


def _paint(picture: Picture, colours: Mapping[str, str], zoom: int) -> Image:
    from PIL import Image, ImageDraw

    size = (picture.width_px * zoom, picture.height_px * zoom)
    fits = size[0] * size[1] * _SUPERSAMPLE**2 <= _MAX_CANVAS_PIXELS
    factor = _SUPERSAMPLE if fits else 1
    image = Image.new("RGB", (size[0] * factor, size[1] * factor), colours["paper"])
    brush = _Brush(ImageDraw.Draw(image), colours, zoom * factor)
    for shape in picture.shapes:
        if not isinstance(shape, Text):
            brush.paint(shape)
    if factor > 1:
        image = image.reduce(factor)
    # Words are drawn last, at the final size, where the font's own smoothing is best.
    _write(image, [shape for shape in picture.shapes if isinstance(shape, Text)], colours, zoom)
    return image


def _write(image: Image, texts: Sequence[Text], colours: Mapping[str, str], zoom: int) -> None:
    from PIL import ImageDraw, ImageFont

    fonts = {role: ImageFont.load_default(size * zoom) for role, size in FONT_PX.items()}
    draw = ImageDraw.Draw(image)
    for text in texts:
        place = (text.x * zoom, text.y * zoom)
        draw.text(
            place,
            _plain(text.words),
            fill=colours[text.role],
            font=fonts[text.role],
            anchor=_ANCHORS[text.anchor],
        )


def _plain(words: str) -> str:
    """The words in the letters Pillow's own font has: accents dropped, others as `?`."""
    split = unicodedata.normalize("NFKD", words)
    bare = "".join(c for c in split if not unicodedata.combining(c))
    return "".join(c if " " <= c <= "~" or c == "·" else "?" for c in bare)


class _Brush:
    """Paints shapes on a canvas that is `scale` times the picture's size."""

    def __init__(self, draw: ImageDraw, colours: Mapping[str, str], scale: int) -> None:
        self.draw = draw
        self.colours = colours
        self.scale = scale

    def paint(self, shape: Area | Line | NoteBox | Swatch) -> None:
        """Paint one shape."""
        if isinstance(shape, Area):
            self._area(shape)
        elif isinstance(shape, Line):
            self._line(shape)
        elif isinstance(shape, NoteBox):
            note = shape.note
            self._note(shape.box, note.origin, opacity(note), muted=note.mute)
        else:
            muted = shape.kind == "muted"
            self._note(shape.box, "caption" if muted else shape.kind, 1.0, muted=muted)

    def _area(self, area: Area) -> None:
        colour = self.colours[area.role]
        if area.role == "frame":
            self.draw.rectangle(self._corners(area.box), outline=colour, width=self.scale)
        else:
            self.draw.rectangle(self._corners(area.box), fill=colour)

    def _line(self, line: Line) -> None:
        colour, scale = self.colours[line.role], self.scale
        if line.role == "seam":
            self._dashed(line, colour)
            return
        x, y = round(line.x1 * scale), round(line.y1 * scale)
        end = (x + scale - 1, round(line.y2 * scale) - 1)
        if line.y1 == line.y2:
            end = (round(line.x2 * scale) - 1, y + scale - 1)
        self.draw.rectangle((x, y, *end), fill=colour)

    def _dashed(self, line: Line, colour: str) -> None:
        dash, gap = _DASH_PX
        y = line.y1
        while y < line.y2:
            box = Box(line.x1 - 0.75, y, 1.5, min(dash, line.y2 - y))
            self.draw.rectangle(self._corners(box), fill=colour)
            y += dash + gap

    def _note(self, box: Box, role: str, strength: float, *, muted: bool) -> None:
        colour = self.colours[role]
        fill = _mix(colour, self.colours["plot"], 0.08 if muted else strength)
        corners = self._corners(box)
        if min(box.width, box.height) < 3 and not muted:
            self.draw.rectangle(corners, fill=fill)
            return
        edge = colour if muted else _mix(colour, self.colours["plot"], (1 + strength) / 2)
        radius = 1.5 * self.scale
        width = max(1, round(0.75 * self.scale))
        self.draw.rounded_rectangle(corners, radius, fill=fill, outline=edge, width=width)

    def _corners(self, box: Box) -> tuple[float, float, float, float]:
        left, top = round(box.x * self.scale), round(box.y * self.scale)
        right, bottom = round(box.right * self.scale) - 1, round(box.bottom * self.scale) - 1
        return left, top, max(left, right), max(top, bottom)


def _mix(front: str, back: str, share: float) -> str:
    """`share` of one `#rrggbb` colour over the rest of another."""
    pairs = ((int(front[i : i + 2], 16), int(back[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * f + (1 - share) * b):02x}" for f, b in pairs)
