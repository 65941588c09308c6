# SPDX-License-Identifier: Apache-2.0
"""Which weights the package ships: their hash and licence, known without reading them."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights" / "clip.int8.safetensors"
WEIGHTS_SHA256 = "994e747f95fcc57e22e24e374bd982a73a377547c6c9ee25a02616e2b4d79590"
WEIGHTS_LICENCE = "Apache-2.0"
