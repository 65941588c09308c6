# SPDX-License-Identifier: Apache-2.0
"""Build the Max for Live devices: `python max_for_live/build.py`; `--check` only compares.

Needs nothing but Python. What is built is committed, and a test runs `--check`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main(arguments: Sequence[str]) -> int:
    """Write the devices, or with `--check` tell whether they are current; the exit code."""
    checking = "--check" in arguments
    old = [path.name for path, data in built().items() if not _is_current(path, data)]
    if checking:
        print(f"Out of date: {', '.join(old)}. Run max_for_live/build.py." if old else "Current.")
        return 1 if old else 0
    for path, data in built().items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        print(f"{path.name}: {len(data)} bytes")
    return 0


def built() -> dict[Path, bytes]:
    """Every device by where it belongs."""
    from max_for_live.builder.device import build_device, read_sources

    sources = read_sources(FOLDER, version())
    return {
        FOLDER / "devices" / f"{name}.amxd": build_device(name, sources) for name in sources.panels
    }


def version() -> str:
    """The version of nextbar, read without importing it."""
    text = (FOLDER.parent / "bridge" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if not found:
        raise ValueError("bridge/__init__.py has no __version__.")
    return found.group(1)


def _is_current(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() == data


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER.parent))
    sys.exit(main(sys.argv[1:]))
