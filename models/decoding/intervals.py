# SPDX-License-Identifier: Apache-2.0
"""The interval kernels in numpy: what `models.transformer.by_distance` does, for inference.

Shapes: R rows, W width, S rolls, P pitches, J distances, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.network import FIRST_PITCH, PITCHES, ROLLS
from models.weights import Weights

Array = np.ndarray[Any, Any]


class Intervals:
    """The kernels of a network that has some."""

    def __init__(self, weights: Weights) -> None:
        self._reach = weights.config.interval_reach
        self._kernels = np.ascontiguousarray(weights.arrays["intervals.weight"].T)  # (W, S J)

    def add(self, logits: Array, stream: Array, rolls: Array) -> None:
        """Add to the pitches' logits (R, V), where a roll has a pitch.

        Args:
            logits: changed in place.
            stream: (R, W), what the logits were made of.
            rolls: 0/1 (R, S, 128).
        """
        rows = np.flatnonzero(rolls.any(axis=(1, 2)))
        if not len(rows):
            return
        reach, distances = self._reach, 2 * self._reach + 1
        kernels = (stream[rows] @ self._kernels).reshape(len(rows), ROLLS, distances)
        padded = np.zeros((len(rows), ROLLS, PITCHES + 2 * reach), np.float32)
        padded[..., reach:-reach] = rolls[rows]
        around = np.lib.stride_tricks.sliding_window_view(padded, distances, axis=2)
        more = np.einsum("rsj,rspj->rp", kernels, around)
        logits[rows, FIRST_PITCH : FIRST_PITCH + PITCHES] += more
