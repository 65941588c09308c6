# SPDX-License-Identifier: Apache-2.0
"""Build the Max for Live devices and their pictures: `python max_for_live/build.py [--check]`.

Needs nothing but Python. What is built is committed; `--check` only compares, and a test runs it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main(arguments: Sequence[str]) -> int:
    """Write the devices, or with `--check` tell whether they are current; the exit code."""
    files = built()
    old = [path for path, data in files.items() if not _is_current(path, data)]
    if "--check" in arguments:
        names = ", ".join(path.name for path in old)
        print(f"Out of date: {names}. Run max_for_live/build.py." if old else "Current.")
        return 1 if old else 0
    for path in old:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(files[path])
        print(f"{path.name}: {len(files[path])} bytes")
    return 0


def built() -> dict[Path, bytes]:
    """Every device and picture by where it belongs."""
    from max_for_live.builder.device import build_device, draw_devices, read_sources

    sources = read_sources(FOLDER, version())
    devices = {
        FOLDER / "devices" / f"{name}.amxd": build_device(name, sources) for name in sources.panels
    }
    states = json.loads((FOLDER / "pictures" / "states.json").read_text(encoding="utf-8"))
    pictures = {
        FOLDER / "pictures" / f"{name}.svg": text.encode("utf-8")
        for name, text in draw_devices(states, sources.panels).items()
    }
    return {**devices, **pictures}


def version() -> str:
    """The version of nextbar, read without importing it."""
    text = (FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "([^"]+)"', text, re.MULTILINE)
    if not found:
        raise ValueError("pyproject.toml has no version.")
    return found.group(1)


def _is_current(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() == data


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER.parent))
    sys.exit(main(sys.argv[1:]))
