# SPDX-License-Identifier: Apache-2.0
"""The devices as they are shipped, and the panels that they are made from."""

import json
from pathlib import Path

from amxd_reader import read_device

FOLDER = Path(__file__).parents[2] / "max_for_live"
NAMES = ("nextbar", "nextbar_audio", "nextbar_selftest")


def panel(name):
    return json.loads((FOLDER / "panels" / f"{name}.json").read_text(encoding="utf-8"))


def device(name):
    return read_device((FOLDER / "devices" / f"{name}.amxd").read_bytes())


def boxes(patcher):
    return [item["box"] for item in patcher["boxes"]]


def parameter(box):
    return box.get("saved_attribute_attributes", {}).get("valueof", {})
