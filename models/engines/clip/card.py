# SPDX-License-Identifier: Apache-2.0
"""Which weights the package ships: their hash and licence, known without reading them."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights" / "clip.int8.safetensors"
WEIGHTS_SHA256 = "d15bbeb3994b21c258de59d5e49b1584e4e362c01ed0309b1dc4241551cfe8db"
WEIGHTS_LICENCE = "Apache-2.0"
