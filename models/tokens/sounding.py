# SPDX-License-Identifier: Apache-2.0
"""Sets of pitches, such as what sounds, as the network takes them; in training and inference.

Numpy is imported when it is needed, so that tokens and grammar do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MASK_BYTES = 16  # 128 pitches, a bit each


def packed_pitches(masks: Sequence[int]) -> np.ndarray[Any, Any]:
    """Bit masks of 128 pitches, such as `Tracker.sounding`, as bytes (T, 16), low pitches first."""
    import numpy as np

    data = b"".join(mask.to_bytes(MASK_BYTES, "little") for mask in masks)
    return np.frombuffer(data, np.uint8).reshape(-1, MASK_BYTES)


def unpacked_pitches(packed: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The bits of `packed_pitches`, of any leading shape, as 0/1 (..., 128) of uint8."""
    import numpy as np

    return np.unpackbits(packed, axis=-1, bitorder="little")


def pitch_bits(masks: Sequence[int]) -> np.ndarray[Any, Any]:
    """Bit masks of 128 pitches as 0/1 (T, 128) of uint8."""
    return unpacked_pitches(packed_pitches(masks))
