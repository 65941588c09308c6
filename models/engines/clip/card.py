# SPDX-License-Identifier: Apache-2.0
"""Which weights the package ships: their hash and licence, known without reading them."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights" / "clip.int8.safetensors"
WEIGHTS_SHA256 = "d1834f997d4d5494a15cc9749b64cbcd99824520ee31fe744f4cf2baef0fb913"
WEIGHTS_LICENCE = "Apache-2.0"
