# SPDX-License-Identifier: Apache-2.0
"""What a panel shows besides its controls: lines of text, the bar, the roll, displays, headings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from max_for_live.builder import theme
from max_for_live.builder.patch import Patch

Entry = Mapping[str, Any]

ROLL_SCRIPT = "nextbar_roll.js"
_LABEL_HEIGHT = 15
_LEFT, _CENTRE, _RIGHT = 0, 1, 2


def add_indicator(patch: Patch, entry: Entry) -> str:
    """Add the box of an indicator; gives the id of what its messages go to."""
    kind = entry["kind"]
    if kind == "bar":
        return _bar(patch, entry)
    if kind == "roll":
        return _roll(patch, entry)
    colour = theme.DISPLAY_TEXT if entry.get("on_display") else theme.TEXT
    if entry.get("look") == "warning" and entry.get("on_display"):
        colour = theme.WARNING
    return _line(
        patch,
        entry["place"],
        entry["text"],
        varname=entry["name"],
        textjustification=_CENTRE if entry.get("align") == "centre" else _LEFT,
        saved_attribute_attributes=theme.themed(textcolor=colour),
    )


def add_label(patch: Patch, entry: Entry) -> None:
    """Add the word to the left of a control that has one."""
    x, y, _, height = entry["place"]
    width = entry["label_width"]
    _line(
        patch,
        [x - width, y + (height - _LABEL_HEIGHT) // 2, width, _LABEL_HEIGHT],
        entry["label"],
        saved_attribute_attributes=theme.themed(textcolor=theme.TEXT),
    )


def add_heading(patch: Patch, entry: Entry) -> None:
    """Add a heading, or the title of the device."""
    title = entry.get("look") == "title"
    _line(
        patch,
        entry["place"],
        entry["text"],
        fontface=int(title),
        fontsize=theme.TITLE_SIZE if title else theme.SIZE,
        saved_attribute_attributes=theme.themed(textcolor=theme.TEXT),
    )


def add_display(patch: Patch, place: list[int]) -> None:
    """Add a dark field; add it last, since what comes first lies in front."""
    patch.face(
        "panel",
        place,
        background=1,
        ignoreclick=1,
        mode=0,
        rounded=3,
        border=0,
        saved_attribute_attributes=theme.themed(bgfillcolor=theme.DISPLAY),
    )


def _line(patch: Patch, place: list[int], text: str, **attributes: Any) -> str:
    return patch.face(
        "live.comment", place, **{"text": text, "textjustification": _LEFT, **attributes}
    )


def _bar(patch: Patch, entry: Entry) -> str:
    """A bar takes a bare number, and the script says `set` to everything."""
    unset = patch.add("route set")
    bar = patch.face(
        "multislider",
        entry["place"],
        varname=entry["name"],
        size=1,
        orientation=0,
        setstyle=1,
        settype=1,
        setminmax=[0.0, 1.0],
        ignoreclick=1,
        parameter_enable=0,
        saved_attribute_attributes=theme.themed(bgcolor=theme.FIELD, slidercolor=theme.LIT),
    )
    patch.cord(unset, bar)
    return unset


def _roll(patch: Patch, entry: Entry) -> str:
    roll = patch.face(
        "v8ui",
        entry["place"],
        varname=entry["name"],
        filename=ROLL_SCRIPT,
        border=0,
        ignoreclick=1,
        parameter_enable=0,
        textfile={"filename": ROLL_SCRIPT, "flags": 0, "embed": 0, "autowatch": 0},
    )
    patch.cord(patch.add("live.colors"), roll, outlet=1)  # a bang when the theme changes
    return roll
