# SPDX-License-Identifier: Apache-2.0
"""Which weights the package ships: their hash and licence, known without reading them."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights" / "clip.int8.safetensors"
WEIGHTS_SHA256 = "b921b40f2a3582a9596d763936ccc4d4c1c1200b22123e18ee042d9a75459a5a"
WEIGHTS_LICENCE = "Apache-2.0"
