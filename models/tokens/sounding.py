# SPDX-License-Identifier: Apache-2.0
"""What sounds where each token stands, as the network takes it; for training and inference alike.

Numpy is imported when it is needed, so that tokens and grammar do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MASK_BYTES = 16  # 128 pitches, a bit each


def pitch_bits(masks: Sequence[int]) -> np.ndarray[Any, Any]:
    """Bit masks of 128 pitches, such as `Tracker.sounding`, as 0/1 (T, 128) of uint8."""
    import numpy as np

    data = b"".join(mask.to_bytes(MASK_BYTES, "little") for mask in masks)
    packed = np.frombuffer(data, np.uint8).reshape(-1, MASK_BYTES)
    return np.unpackbits(packed, axis=1, bitorder="little")
