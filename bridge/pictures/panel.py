# SPDX-License-Identifier: Apache-2.0
"""What a picture is asked to show, and how it shall look: panels, sizes and colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.clip import Clip, Note, Origin
from models.errors import BadArgument

ORIGINS: tuple[Origin, ...] = ("kept", "edited", "new")
LEGEND: Mapping[str, str] = {"kept": "yours", "edited": "edited", "new": "new", "muted": "muted"}

MIN_WIDTH_PX = 320
MAX_WIDTH_PX = 4000
FAINTEST = 0.45  # opacity of the softest note; below it the three hues are hard to tell apart


@dataclass(frozen=True, slots=True)
class Panel:
    """One piano roll of a picture; panels are stacked on one time axis.

    Attributes:
        title: stands above the roll; the clip's name when empty.
        clip: the notes and the frame they live in; each note's `origin` gives its colour.
        seams: beats at which a boundary is drawn, such as where a continuation begins.
    """

    title: str
    clip: Clip
    seams: tuple[float, ...] = ()

    @property
    def heading(self) -> str:
        """The title, or the clip's name."""
        return self.title or self.clip.name


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture looks.

    Attributes:
        width_px: width in CSS pixels, 320-4000; by default it follows from the beats shown.
        theme: `light` or `dark`; `auto` lets an SVG follow its reader and is light in a PNG.
    """

    width_px: int | None = None
    theme: Literal["auto", "light", "dark"] = "auto"

    def __post_init__(self) -> None:
        width = self.width_px
        if width is not None and not MIN_WIDTH_PX <= width <= MAX_WIDTH_PX:
            raise BadArgument(
                f"width_px is {width}; it must be {MIN_WIDTH_PX} to {MAX_WIDTH_PX}.",
                where="width_px",
            )
        if self.theme not in ("auto", "light", "dark"):
            raise BadArgument(f"theme is {self.theme!r}; use auto, light or dark.", where="theme")


# Colours by role. The three of the notes keep apart under protanopia, deuteranopia and
# tritanopia at every velocity; tests/pictures/test_pictures_panel.py measures it.
LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "plot": "#fafbfc",
    "shade": "#f1f3f6",
    "outside": "#eaecf0",
    "frame": "#c9ced6",
    "octave": "#dde1e7",
    "beat": "#e9ecf0",
    "bar": "#c3c9d2",
    "seam": "#3a4250",
    "wave": "#e8960c",
    "loop": "#8c96a6",
    "white_key": "#ffffff",
    "black_key": "#7b8493",
    "title": "#1f2430",
    "caption": "#6b7482",
    "ruler": "#6b7482",
    "key": "#6b7482",
    "hint": "#8c96a6",
    "kept": "#2f6db5",
    "edited": "#8e2f22",
    "new": "#e8960c",
}
DARK: Mapping[str, str] = {
    "paper": "#15181d",
    "plot": "#1b1f25",
    "shade": "#171a20",
    "outside": "#101216",
    "frame": "#3a414c",
    "octave": "#2a3038",
    "beat": "#242930",
    "bar": "#414955",
    "seam": "#d5dae2",
    "wave": "#f5c04a",
    "loop": "#7d8796",
    "white_key": "#c9ced6",
    "black_key": "#242930",
    "title": "#e8ebf0",
    "caption": "#98a2b1",
    "ruler": "#98a2b1",
    "key": "#98a2b1",
    "hint": "#7d8796",
    "kept": "#6fa8e8",
    "edited": "#c8443a",
    "new": "#f5c04a",
}


def palette(theme: str) -> Mapping[str, str]:
    """The colours of a theme, `#rrggbb` by role."""
    return DARK if theme == "dark" else LIGHT


def opacity(note: Note) -> float:
    """How strongly a note is painted: the louder, the more."""
    return FAINTEST + (1 - FAINTEST) * note.velocity / 127
