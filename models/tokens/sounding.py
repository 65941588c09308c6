# SPDX-License-Identifier: Apache-2.0
"""Sets of pitches or ticks, such as what sounds, as the network takes them; to train and to decode.

Numpy is imported when it is needed, so that tokens and grammar do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.tokens.vocabulary import LONGEST_BAR_TICKS

if TYPE_CHECKING:
    import numpy as np

MASK_BYTES = 16  # 128 pitches, a bit each
BAR_BYTES = LONGEST_BAR_TICKS // 8  # the ticks of a bar, a bit each


def packed_pitches(masks: Sequence[int]) -> np.ndarray[Any, Any]:
    """Bit masks of 128 pitches, such as `Tracker.sounding`, as bytes (T, 16), low pitches first."""
    return _packed(masks, MASK_BYTES)


def packed_ticks(masks: Sequence[int]) -> np.ndarray[Any, Any]:
    """Bit masks of 168 ticks, such as `Tracker.strikes`, as bytes (T, 21), early ticks first."""
    return _packed(masks, BAR_BYTES)


def _packed(masks: Sequence[int], size: int) -> np.ndarray[Any, Any]:
    import numpy as np

    data = b"".join(mask.to_bytes(size, "little") for mask in masks)
    return np.frombuffer(data, np.uint8).reshape(-1, size)


def unpacked(packed: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The bits of packed masks, of any leading shape, as 0/1 (..., 128) or (..., 168) of uint8."""
    import numpy as np

    return np.unpackbits(packed, axis=-1, bitorder="little")


def pitch_bits(masks: Sequence[int]) -> np.ndarray[Any, Any]:
    """Bit masks of 128 pitches as 0/1 (T, 128) of uint8."""
    return unpacked(packed_pitches(masks))


def tick_bits(masks: Sequence[int]) -> np.ndarray[Any, Any]:
    """Bit masks of a bar's ticks as 0/1 (T, 168) of uint8."""
    return unpacked(packed_ticks(masks))
