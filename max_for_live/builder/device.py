# SPDX-License-Identifier: Apache-2.0
"""From the files of `max_for_live/` to the bytes of its devices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from max_for_live.builder.bundle import bundle
from max_for_live.builder.container import Frozen, write_device
from max_for_live.builder.indicators import ROLL_SCRIPT
from max_for_live.builder.patcher import patcher_text
from max_for_live.builder.picture import picture
from max_for_live.builder.wiring import wire

Panel = Mapping[str, Any]

_ROLL = "roll.js"  # of the sources; it has a box of its own


@dataclass(frozen=True, slots=True)
class Sources:
    """What the devices are made from.

    Attributes:
        panels: by the name of the device's file, without ending.
        scripts: text of the JavaScript modules by file name.
        version: of nextbar.
    """

    panels: Mapping[str, Panel]
    scripts: Mapping[str, str]
    version: str


def read_sources(folder: Path, version: str) -> Sources:
    """Read panels and scripts from a folder laid out as `max_for_live/` is."""
    panels = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((folder / "panels").glob("*.json"))
    }
    scripts = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((folder / "source").glob("*.js"))
    }
    return Sources(panels, scripts, version)


def build_device(name: str, sources: Sources) -> bytes:
    """The bytes of one device.

    Args:
        name: of its panel.
        sources: what it is made from.

    Raises:
        ValueError: the panel or a script asks for something that does not exist.
    """
    panel = sources.panels[name]
    texts = [bundle(panel, sources.scripts, sources.version)]
    if _has_roll(panel):
        texts.append(sources.scripts[_ROLL])
    frozen = [
        Frozen(file, "TEXT", text.encode("utf-8"))
        for file, text in zip(_script_names(name, panel), texts, strict=True)
    ]
    main = Frozen(f"{name}.amxd", "JSON", device_patcher(name, panel))
    return write_device(panel["kind"], main, frozen)


def device_patcher(name: str, panel: Panel) -> bytes:
    """The JSON text of the patcher of one device."""
    scripts = _script_names(name, panel)
    return patcher_text(panel, wire(panel, scripts[0]), scripts)


def draw_devices(states: Mapping[str, Panel], panels: Mapping[str, Panel]) -> dict[str, str]:
    """Pictures in SVG, one of each state, by its name.

    Args:
        states: what the script has said to a device, and which `panel` it is.
        panels: by name.
    """
    return {
        name: picture(json.loads(device_patcher(state["panel"], panels[state["panel"]])), state)
        for name, state in states.items()
    }


def _script_names(name: str, panel: Panel) -> list[str]:
    """The files that the patcher names: its script, and where it has a roll the script of that."""
    return [f"{name}.js", ROLL_SCRIPT] if _has_roll(panel) else [f"{name}.js"]


def _has_roll(panel: Panel) -> bool:
    return any(entry["kind"] == "roll" for entry in panel["indicators"])
