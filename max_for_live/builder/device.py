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
from max_for_live.builder.wiring import wire

_ROLL = "roll.js"  # of the sources; it has a box of its own


@dataclass(frozen=True, slots=True)
class Sources:
    """What the devices are made from.

    Attributes:
        panels: by the name of the device's file, without ending.
        scripts: text of the JavaScript modules by file name.
        version: of nextbar.
    """

    panels: Mapping[str, Mapping[str, Any]]
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
    script = f"{name}.js"
    frozen = [Frozen(script, "TEXT", bundle(panel, sources.scripts, sources.version).encode())]
    if any(entry["kind"] == "roll" for entry in panel["indicators"]):
        frozen.append(Frozen(ROLL_SCRIPT, "TEXT", sources.scripts[_ROLL].encode()))
    text = patcher_text(panel, wire(panel, script), [file.name for file in frozen])
    return write_device(panel["kind"], Frozen(f"{name}.amxd", "JSON", text), frozen)
