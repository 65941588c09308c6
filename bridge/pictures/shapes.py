# SPDX-License-Identifier: Apache-2.0
"""The shapes a picture is made of; `svg` and `png` paint them in the order they come.

Sizes are in CSS pixels from the top left corner. A role names what a shape is, and so its colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.clip import Note

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Box:
    """Where something lies."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Area:
    """A plain rectangle, filled, or only its edge for `frame`."""

    role: str
    box: Box


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, one pixel wide; dashed where it is a seam."""

    role: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Text:
    """A line of words; `y` is its baseline."""

    role: str
    x: float
    y: float
    words: str
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class NoteBox:
    """A note of a clip; `name` is its key or pad."""

    note: Note
    box: Box
    name: str


@dataclass(frozen=True, slots=True)
class Swatch:
    """A sample of a note's colour for the legend: an origin, or `muted`."""

    kind: str
    box: Box


Shape = Area | Line | Text | NoteBox | Swatch


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture, ready to be painted."""

    width_px: int
    height_px: int
    shapes: tuple[Shape, ...]
