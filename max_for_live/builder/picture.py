# SPDX-License-Identifier: Apache-2.0
"""A device drawn from its own patcher: what stands in presentation view, where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from max_for_live.builder import theme
from max_for_live.builder.canvas import THEMES, Canvas
from max_for_live.builder.lettering import text_width, wrapped

Box = Mapping[str, Any]
State = Mapping[str, Any]

BAR_HEIGHT = 16
_LINE_HEIGHT = 12.5
_DIAL_START, _DIAL_SWEEP = 135, 270


def picture(patcher: Mapping[str, Any], state: State) -> str:
    """The device as SVG.

    Args:
        patcher: what the built device holds.
        state: `theme`; `title` and `says`, `values`, `inactive`, `roll`: what its script has said
            to it, by the names of controls and indicators.
    """
    facts = patcher["patcher"]
    width, height = facts["openrect"][2:]
    canvas = Canvas(THEMES[state["theme"]])
    canvas.rect((0, 0, width, height + BAR_HEIGHT), "title", rounded=4)
    canvas.rect((5, 4, 8, 8), theme.LIT, rounded=4)
    canvas.text((18, 11.5), state["device"], "name", bold=True)
    canvas.rect((0, BAR_HEIGHT, width, height), theme.SURFACE, rounded=3)
    boxes = [item["box"] for item in facts["boxes"] if item["box"].get("presentation")]
    for box in reversed(boxes):  # what comes first lies in front
        _DRAWERS[box["maxclass"]](canvas, box, state)
    return canvas.svg(width, height + BAR_HEIGHT, state["title"])


def _place(box: Box) -> tuple[float, float, float, float]:
    x, y, width, height = box["presentation_rect"]
    return x, y + BAR_HEIGHT, width, height


def _colour(box: Box, attribute: str, default: str) -> str:
    found = box.get("saved_attribute_attributes", {}).get(attribute)
    return found["expression"].removeprefix("themecolor.") if found else default


def _value(box: Box, state: State) -> Any:
    facts = box["saved_attribute_attributes"]["valueof"]
    return state.get("values", {}).get(box["varname"], facts.get("parameter_initial", [0])[0])


def _is_dead(box: Box, state: State) -> bool:
    return box.get("varname") in state.get("inactive", ())


def _said(box: Box, state: State) -> str:
    return str(state.get("says", {}).get(box.get("varname"), box.get("text", "")))


def _panel(canvas: Canvas, box: Box, _: State) -> None:
    canvas.rect(_place(box), _colour(box, "bgfillcolor", theme.DISPLAY), rounded=3)


def _comment(canvas: Canvas, box: Box, state: State) -> None:
    x, y, width, height = _place(box)
    size = box["fontsize"]
    colour = _colour(box, "textcolor", theme.TEXT)
    centred = box.get("textjustification") == 1
    room = max(1, int(height // _LINE_HEIGHT))
    for index, line in enumerate(wrapped(_said(box, state), size, width - 4)[:room]):
        at = (x + (width / 2 if centred else 2), y + 11 + index * _LINE_HEIGHT)
        canvas.text(
            at,
            line,
            colour,
            size=size,
            anchor="middle" if centred else "start",
            bold=bool(box.get("fontface")),
        )


def _button(canvas: Canvas, box: Box, state: State) -> None:
    place = _place(box)
    lit = bool(box["mode"]) and bool(_value(box, state))
    ground = theme.LIT if lit else _colour(box, "activebgcolor", theme.BUTTON)
    ink = theme.LIT_TEXT if lit else _colour(box, "activetextcolor", theme.TEXT)
    if _is_dead(box, state):
        ground, ink = theme.BUTTON, "dead"
    canvas.rect(place, ground, rounded=2)
    _middle(canvas, place, _said(box, state), ink)


def _tab(canvas: Canvas, box: Box, state: State) -> None:
    x, y, width, height = _place(box)
    items = box["saved_attribute_attributes"]["valueof"]["parameter_enum"]
    rows = box["num_lines_presentation"]
    columns = math.ceil(len(items) / rows)
    for index, item in enumerate(items):
        cell_width, cell_height = (width + 1) / columns, (height + 1) / rows
        left, top = x + index % columns * cell_width, y + index // columns * cell_height
        place = (left, top, cell_width - 1, cell_height - 1)
        lit = index == _value(box, state)
        canvas.rect(place, theme.LIT if lit else theme.BUTTON, rounded=1)
        _middle(canvas, place, item, theme.LIT_TEXT if lit else theme.TEXT)


def _menu(canvas: Canvas, box: Box, state: State) -> None:
    x, y, width, height = place = _place(box)
    items = box["saved_attribute_attributes"]["valueof"]["parameter_enum"]
    ink = "dead" if _is_dead(box, state) else theme.TEXT
    canvas.rect(place, theme.BUTTON, rounded=2)
    canvas.text((x + 5, _base(y, height)), items[_value(box, state)], ink)
    right, middle = x + width - 6, y + height / 2
    canvas.path(f"M{right - 5} {middle - 2}h6l-3 4z", ink)


def _numbox(canvas: Canvas, box: Box, state: State) -> None:
    place = _place(box)
    canvas.rect(place, theme.BUTTON, rounded=2)
    ink = "dead" if _is_dead(box, state) else theme.TEXT
    _middle(canvas, place, str(_value(box, state)), ink)


def _dial(canvas: Canvas, box: Box, state: State) -> None:
    x, y, width, _ = _place(box)
    facts = box["saved_attribute_attributes"]["valueof"]
    low, high = facts["parameter_mmin"], facts["parameter_mmax"]
    value = _value(box, state)
    dead = _is_dead(box, state)
    ink = "dead" if dead else theme.TEXT
    centre = x + width / 2, y + 26
    share = ((value - low) / (high - low)) ** (1 / facts["parameter_exponent"])
    zero = 0.5 if low == -high else 0
    canvas.text((centre[0], y + 9), facts["parameter_shortname"], ink, anchor="middle")
    canvas.path(_arc(centre, 9, 0, 1), theme.FRAME, width=2.5)
    if not dead and share != zero:
        canvas.path(_arc(centre, 9, min(zero, share), max(zero, share)), theme.ARC, width=2.5)
    tip = _on_circle(centre, 8, share)
    canvas.path(f"M{centre[0]:.2f} {centre[1]:.2f}L{tip[0]:.2f} {tip[1]:.2f}", ink, width=1.5)
    unit = {4: " dB", 5: " %"}.get(facts["parameter_unitstyle"], "")
    canvas.text((centre[0], y + 46), f"{value:g}{unit}", ink, anchor="middle")


def _field(canvas: Canvas, box: Box, state: State) -> None:
    x, y, width, height = place = _place(box)
    canvas.rect(place, _colour(box, "bgcolor", theme.FIELD), rounded=2)
    ink = "dead" if _is_dead(box, state) else _colour(box, "textcolor", theme.TEXT)
    room = width - 6
    lines = wrapped(_said(box, state), theme.SIZE, room)
    for index, line in enumerate(lines[: box["lines"]]):
        base = _base(y, height) if box["lines"] == 1 else y + 11 + index * _LINE_HEIGHT
        canvas.text((x + 3, base), line, ink)


def _bar(canvas: Canvas, box: Box, state: State) -> None:
    x, y, width, height = place = _place(box)
    canvas.rect(place, _colour(box, "bgcolor", theme.FIELD), rounded=1)
    share = float(state.get("values", {}).get(box["varname"], 0))
    if share:
        colour = _colour(box, "slidercolor", theme.LIT)
        canvas.rect((x, y, width * share, height), colour, rounded=1)


def _roll(canvas: Canvas, box: Box, state: State) -> None:
    """As `source/roll.js` paints it."""
    x, y, width, height = _place(box)
    roll = state.get("roll")
    if not roll:
        return
    beats, bar, low, high = roll["frame"]
    for number in range(int(beats / bar) + 1):
        left = x + 2 + number * bar / beats * (width - 4)
        canvas.rect((round(left), y, 1, height), theme.DIM, opacity=0.25)
    row = (height - 4) / (high - low + 1)
    for pitch, start, duration, velocity, kept in roll["notes"]:
        left = x + 2 + start / beats * (width - 4)
        size = (max(duration / beats * (width - 4) - 1, 1.5), max(row - 0.5, 2))
        canvas.rect(
            (left, y + 2 + (high - pitch) * row, *size),
            theme.DIM if kept else theme.WARNING,
            opacity=0.5 + velocity / 254,
        )


def _middle(canvas: Canvas, place: tuple[float, ...], text: str, colour: str) -> None:
    x, y, width, height = place
    canvas.text((x + width / 2, _base(y, height)), text, colour, anchor="middle")


def _base(top: float, height: float) -> float:
    """The base line of text that stands in the middle."""
    return top + height / 2 + 3.4


def _arc(centre: tuple[float, float], radius: float, start: float, end: float) -> str:
    x1, y1 = _on_circle(centre, radius, start)
    x2, y2 = _on_circle(centre, radius, end)
    large = int((end - start) * _DIAL_SWEEP > 180)
    return f"M{x1:.2f} {y1:.2f}A{radius} {radius} 0 {large} 1 {x2:.2f} {y2:.2f}"


def _on_circle(centre: tuple[float, float], radius: float, share: float) -> tuple[float, float]:
    angle = math.radians(_DIAL_START + _DIAL_SWEEP * share)
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


_DRAWERS: Mapping[str, Callable[[Canvas, Box, State], None]] = {
    "live.comment": _comment,
    "live.dial": _dial,
    "live.menu": _menu,
    "live.numbox": _numbox,
    "live.tab": _tab,
    "live.text": _button,
    "multislider": _bar,
    "panel": _panel,
    "textedit": _field,
    "v8ui": _roll,
}


def overflows(patcher: Mapping[str, Any]) -> list[str]:
    """The words that don't fit where they stand: labels, buttons, items of menus and tabs."""
    found = []
    for box in (item["box"] for item in patcher["patcher"]["boxes"]):
        for text, room in _words(box):
            if text_width(text, box.get("fontsize", theme.SIZE)) > room:
                found.append(f"{text!r} in {room:g} pixels")
    return found


def _words(box: Box) -> list[tuple[str, float]]:
    if not box.get("presentation"):
        return []
    width, height = box["presentation_rect"][2:]
    kind = box["maxclass"]
    facts = box.get("saved_attribute_attributes", {}).get("valueof", {})
    if kind == "live.tab":
        columns = math.ceil(len(facts["parameter_enum"]) / box["num_lines_presentation"])
        return [(item, width / columns - 3) for item in facts["parameter_enum"]]
    if kind == "live.menu":
        return [(item, width - 16) for item in facts["parameter_enum"]]
    if kind == "live.dial":
        return [(facts["parameter_shortname"], width)]
    if kind == "live.comment":
        lines = wrapped(box["text"], box["fontsize"], width - 4)
        room = max(1, int(height // _LINE_HEIGHT))
        return [(line, width - 4 if index < room else 0) for index, line in enumerate(lines)]
    return [(box["text"], width - 4)] if kind == "live.text" else []
