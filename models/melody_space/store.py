# SPDX-License-Identifier: Apache-2.0
"""Weight files of the melody space, and the one that ships."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from models.melody_space.config import SpaceConfig, shapes
from models.melody_space.frame import Array
from models.melody_space.space import Space
from models.weights import CONFIG, Storage, packed, read_stored, unpacked, write_stored

SHIPPED = Path(__file__).parent / "weights" / "melody_space.int8.safetensors"


@lru_cache(maxsize=2)
def read_space(path: str | os.PathLike[str] = SHIPPED, sha256: str = "") -> Space:
    """The space of a weight file.

    Raises:
        BadFile: it can't be read, is damaged, or of another network.
    """
    stored, metadata, _ = read_stored(path, sha256)
    config = SpaceConfig.from_json(metadata.pop(CONFIG, ""))
    return Space(config, dict(unpacked(stored, shapes(config))))


def write_space(
    path: str | os.PathLike[str],
    arrays: Mapping[str, Array],
    config: SpaceConfig,
    storage: Storage = "int8",
    card: Mapping[str, str] | None = None,
) -> str:
    """Write a weight file whole, and give its sha256.

    Raises:
        BadFile: the arrays are not those of this config, or a number is not finite.
    """
    stored = packed(arrays, shapes(config), storage)
    return write_stored(path, stored, {**(card or {}), CONFIG: config.to_json()})
