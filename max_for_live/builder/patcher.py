# SPDX-License-Identifier: Apache-2.0
"""The patcher of a device as Max saves it: the boxes and cords, and what Live must know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from max_for_live.builder import container, theme
from max_for_live.builder.patch import Patch

HEIGHT = 169
MINIMUM_LIVE, MINIMUM_MAX = "12.2", "9"
_BANK_SIZE = 8


def patcher_text(panel: Mapping[str, Any], patch: Patch, scripts: Sequence[str]) -> bytes:
    """The JSON text of a patcher.

    Args:
        panel: what the panel file says.
        patch: its boxes and cords.
        scripts: file names of the scripts that it depends on.
    """
    width = float(panel["width"])
    facts = {
        "fileversion": 1,
        "appversion": {
            "major": 9,
            "minor": 0,
            "revision": 10,
            "architecture": "x64",
            "modernui": 1,
        },
        "classnamespace": "box",
        "rect": [80.0, 80.0, 1640.0, 960.0],
        "openrect": [0.0, 0.0, width, float(HEIGHT)],
        "openinpresentation": 1,
        "default_fontsize": theme.SIZE,
        "default_fontname": theme.FONT,
        "gridsize": [8.0, 8.0],
        "devicewidth": width,
        "description": panel["description"],
        "digest": panel["description"],
        "tags": "",
        "boxes": [{"box": box} for box in patch.boxes],
        "lines": patch.cords,
        "parameters": _parameters(panel, patch),
        "dependency_cache": [
            {"name": name, "bootpath": "", "type": "TEXT", "implicit": 1} for name in scripts
        ],
        "latency": 0,
        # Everything that comes in goes out as it is, expression of single notes included.
        "is_mpe": int(panel["kind"] == "midi"),
        "external_mpe_tuning_enabled": 0,
        "minimum_live_version": MINIMUM_LIVE,
        "minimum_max_version": MINIMUM_MAX,
        "platform_compatibility": 0,
        "project": _project(panel["kind"], scripts),
        "autosave": 0,
    }
    return json.dumps({"patcher": facts}, separators=(",", ":")).encode("ascii") + b"\n"


def _parameters(panel: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """Every parameter by the id of its box, and the banks that a controller pages through."""
    found: dict[str, Any] = {}
    for box in patch.boxes:
        if box.get("parameter_enable"):
            facts = box["saved_attribute_attributes"]["valueof"]
            names = [facts["parameter_longname"], facts["parameter_shortname"]]
            found[box["id"]] = [*names, facts["parameter_order"]]
    long_names = {entry["name"]: entry["long_name"] for entry in panel["controls"]}
    found["parameterbanks"] = {
        str(index): {
            "index": index,
            "name": bank["name"],
            "parameters": _filled([long_names[name] for name in bank["controls"]]),
        }
        for index, bank in enumerate(panel["banks"])
    }
    found["inherited_shortname"] = 1
    return found


def _filled(names: list[str]) -> list[str]:
    return names + ["-"] * (_BANK_SIZE - len(names))


def _project(kind: str, scripts: Sequence[str]) -> dict[str, Any]:
    """Without this block Max refuses the device."""
    return {
        "version": 1,
        "creationdate": container.DATE,
        "modificationdate": container.DATE,
        "viewrect": [0.0, 0.0, 300.0, 500.0],
        "autoorganize": 1,
        "hideprojectwindow": 1,
        "showdependencies": 1,
        "autolocalize": 0,
        "contents": {
            "patchers": {},
            "code": {name: {"kind": "javascript", "local": 1} for name in scripts},
        },
        "layout": {},
        "searchpath": {},
        "detailsvisible": 0,
        "amxdtype": int.from_bytes(container.KINDS[kind], "big"),
        "readonly": 0,
        "devpathtype": 0,
        "devpath": ".",
        "sortmode": 0,
        "viewmode": 0,
        "includepackages": 0,
    }
