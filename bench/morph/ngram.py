# SPDX-License-Identifier: Apache-2.0
"""A 5-gram of melodies on sixteenths, the measure of cost that MusicVAE's figure 4 uses.

Interpolated with the shorter contexts by Witten and Bell (1991).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from models.melody_space.frame import Array
from models.melody_space.symbols import STATES, Symbols

ORDER = 5
SIXTEENTHS = (0, 1, 3, 5)  # slots of a quarter


def tokens(symbols: Symbols) -> list[int]:
    """One state a sixteenth."""
    return [int(state) for state in symbols.states[..., SIXTEENTHS].reshape(-1)]


class NGram:
    """Counts of contexts of every length up to four."""

    def __init__(self, music: Iterable[list[int]]) -> None:
        self._counts: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for line in music:
            padded = [-1] * (ORDER - 1) + line
            for place in range(ORDER - 1, len(padded)):
                for length in range(ORDER):
                    self._counts[tuple(padded[place - length : place])][padded[place]] += 1
        self._totals = {context: sum(c.values()) for context, c in self._counts.items()}

    def nats(self, line: list[int]) -> float:
        """-log p of a line."""
        padded = [-1] * (ORDER - 1) + line
        return float(
            -sum(
                np.log(self._chance(padded[place - ORDER + 1 : place], padded[place]))
                for place in range(ORDER - 1, len(padded))
            )
        )

    def _chance(self, context: list[int], token: int) -> float:
        chance = 1 / STATES
        for length in range(ORDER):
            key = tuple(context[len(context) - length :])
            counts = self._counts.get(key)
            if counts:
                total, kinds = self._totals[key], len(counts)
                chance = (counts[token] + kinds * chance) / (total + kinds)
        return chance


def per_slot(model: NGram, many: Symbols) -> Array:
    """Nats of each of a batch of windows."""
    pieces = zip(many.states, many.chords, strict=True)
    return np.array([model.nats(tokens(Symbols(s, c))) for s, c in pieces])
