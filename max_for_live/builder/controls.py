# SPDX-License-Identifier: Apache-2.0
"""A control of a panel as the box that Max saves: its class, its look, its parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from max_for_live.builder import theme
from max_for_live.builder.patch import Patch

Entry = Mapping[str, Any]

# parameter_type
_FLOAT, _INT, _ENUM, _BLOB = range(4)
_LARGEST_INT = 255  # of parameter_type int; larger whole numbers are floats shown as integers
_UNITS = {"": 0, "dB": 4, "%": 5}
_VISIBILITY = {"automated": 0, "stored": 1, "hidden": 2}
# parameter_modmode: clips modulate floats round their value and whole numbers absolutely.
_UNMODULATED, _BIPOLAR, _ABSOLUTE = 0, 2, 4
_CLASSES = {
    "button": "live.text",
    "toggle": "live.text",
    "tab": "live.tab",
    "menu": "live.menu",
    "number": "live.numbox",
    "dial": "live.dial",
    "text field": "textedit",
}


def add_control(patch: Patch, entry: Entry, order: int) -> str:
    """Add the box of a control; gives its id.

    Args:
        patch: to which it is added.
        entry: of the panel.
        order: its place among the parameters that Live lists.
    """
    return patch.face(
        _CLASSES[entry["kind"]],
        entry["place"],
        varname=entry["name"],
        annotation_name=entry["title"],
        annotation=entry["info"],
        parameter_enable=1,
        saved_attribute_attributes={**_colours(entry), "valueof": _parameter(entry, order)},
        **_look(entry),
    )


def _look(entry: Entry) -> dict[str, Any]:
    """What a class of object says of itself besides its parameter."""
    kind = entry["kind"]
    if kind in ("button", "toggle"):
        text = entry["text"]
        # A button answers when the mouse is released, as everywhere in Live.
        return {"mode": int(kind == "toggle"), "outputmode": 1, "text": text, "texton": text}
    if kind == "tab":
        return {"num_lines_presentation": entry["rows"], "multiline": 1, "livemode": 1}
    if kind == "text field":
        one_line = entry.get("lines", 1) == 1
        return {
            "text": entry["default"],
            "keymode": 1,
            "outputmode": 1,
            "lines": entry.get("lines", 1),
            "wordwrap": int(not one_line),
            "autoscroll": 1,
            "nosymquotes": 1,
            "border": 0.0,
            "rounded": 2.0,
        }
    return {}


def _colours(entry: Entry) -> dict[str, Any]:
    if entry.get("look") == "main":
        return theme.themed(activebgcolor=theme.LIT, activetextcolor=theme.LIT_TEXT)
    if entry["kind"] == "text field":
        return theme.themed(bgcolor=theme.FIELD, textcolor=theme.TEXT, bordercolor=theme.FRAME)
    return {}


def _parameter(entry: Entry, order: int) -> dict[str, Any]:
    """What Live knows of the control."""
    facts = {
        "parameter_longname": entry["long_name"],
        "parameter_shortname": entry.get("short_name", entry["long_name"]),
        "parameter_annotation_name": entry["title"],
        "parameter_info": entry["info"],
        "parameter_order": order,
        "parameter_invisible": _VISIBILITY[entry["visibility"]],
        **_values(entry),
    }
    if entry["kind"] not in ("button", "text field"):
        facts["parameter_initial"] = [entry["default"]]
        facts["parameter_initial_enable"] = 1
    if entry["visibility"] != "automated":
        facts["parameter_modmode"] = _UNMODULATED
    return dict(sorted(facts.items()))


def _values(entry: Entry) -> dict[str, Any]:
    kind = entry["kind"]
    if kind == "text field":
        return {"parameter_type": _BLOB}
    if kind in ("button", "toggle", "tab", "menu"):
        items = entry.get("items", ["off", "on"])
        return {
            "parameter_type": _ENUM,
            "parameter_enum": items,
            "parameter_mmax": len(items) - 1,
            "parameter_modmode": _ABSOLUTE if kind in ("tab", "menu") else _UNMODULATED,
        }
    low, high = entry["range"]
    whole = kind == "number"
    return {
        "parameter_type": _INT if whole and high <= _LARGEST_INT else _FLOAT,
        "parameter_mmin": float(low),
        "parameter_mmax": float(high),
        "parameter_unitstyle": _UNITS[entry.get("unit", "")],
        "parameter_exponent": float(entry.get("exponent", 1)),
        "parameter_modmode": _ABSOLUTE if whole else _BIPOLAR,
    }
