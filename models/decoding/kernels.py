# SPDX-License-Identifier: Apache-2.0
"""Interval and onset kernels in numpy: what `models.transformer.by_distance` does, for inference.

Shapes: R rows, W width, S rolls or classes of strikes, P pitches or ticks, J distances,
V vocabulary.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Kernels:
    """Kernels over distances from what is known.

    Args:
        table: (S J, W), the weights.
        reach: how far they reach either way.
        first: the token of pitch or tick 0.
    """

    def __init__(self, table: Array, reach: int, first: int) -> None:
        self._table = np.ascontiguousarray(table.T)  # (W, S J)
        self._reach, self._first = reach, first

    def add(self, logits: Array, stream: Array, known: Array) -> None:
        """Add to the logits (R, V) of pitches or places, where something is known.

        Args:
            logits: changed in place.
            stream: (R, W), what the logits were made of.
            known: 0/1 (R, S, P).
        """
        rows = np.flatnonzero(known.any(axis=(1, 2)))
        if not len(rows):
            return
        reach, distances = self._reach, 2 * self._reach + 1
        _, sources, places = known.shape
        kernels = (stream[rows] @ self._table).reshape(len(rows), sources, distances)
        padded = np.zeros((len(rows), sources, places + 2 * reach), np.float32)
        padded[..., reach:-reach] = known[rows]
        around = np.lib.stride_tricks.sliding_window_view(padded, distances, axis=2)
        more = np.einsum("rsj,rspj->rp", kernels, around)
        logits[rows, self._first : self._first + places] += more
