# SPDX-License-Identifier: Apache-2.0
"""What a pattern costs: a 5-gram of steps with Witten-Bell smoothing, learned from training."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

ORDER = 5
SYMBOLS = 512  # sets of nine lanes


class StepModel:
    """Counts of steps after the steps before them; the window's start is a context of its own."""

    def __init__(self, windows: Iterable[NDArray[np.bool_]]) -> None:
        self._counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for window in windows:
            line = [-1] * (ORDER - 1) + symbols(window)
            for place in range(ORDER - 1, len(line)):
                for length in range(ORDER):
                    self._counts[tuple(line[place - length : place])][line[place]] += 1

    def nats(self, window: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Cost of each step."""
        line = [-1] * (ORDER - 1) + symbols(window)
        found = [
            -np.log(self._chance(line[place - ORDER + 1 : place], line[place]))
            for place in range(ORDER - 1, len(line))
        ]
        return np.array(found)

    def _chance(self, context: list[int], symbol: int) -> float:
        """Witten-Bell: as much for the shorter context as kinds of steps were seen."""
        chance = 1 / SYMBOLS
        for length in range(ORDER):
            seen = self._counts.get(tuple(context[ORDER - 1 - length :]))
            if seen is None:
                break
            total, kinds = sum(seen.values()), len(seen)
            chance = (seen[symbol] + kinds * chance) / (total + kinds)
        return chance


def symbols(window: NDArray[np.bool_]) -> list[int]:
    """Each step as one number."""
    return [int(n) for n in window @ (1 << np.arange(window.shape[-1]))]
