# SPDX-License-Identifier: Apache-2.0
"""Which drum space answers: the one that ships, or one that a user trained, by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from models.drum_space.card import WEIGHTS, WEIGHTS_SHA256, find_own, own_folder
from models.drum_space.space import DrumSpace

_Known = tuple[Path, int]


class Spaces:
    """Reads spaces, each once for as long as its file stays the same.

    Args:
        weights: a file in place of the one that ships.
        environ: says where own spaces are.
    """

    def __init__(self, weights: Path | None, environ: Mapping[str, str]) -> None:
        self._weights = weights
        self._environ = environ
        self._read: dict[_Known, DrumSpace] = {}

    def get(self, name: str) -> DrumSpace:
        """The space of a name; the one that ships for an empty one.

        Raises:
            BadArgument: there is none of that name.
            BadFile: its file can't be read.
        """
        if not name:
            return self._file(self._weights or WEIGHTS, "" if self._weights else WEIGHTS_SHA256)
        return self._file(find_own(own_folder(self._environ), name), "")

    def _file(self, path: Path, sha256: str) -> DrumSpace:
        key = (path, path.stat().st_mtime_ns if path.exists() else 0)
        if key not in self._read:
            self._read[key] = DrumSpace.read(path, sha256)
        return self._read[key]
