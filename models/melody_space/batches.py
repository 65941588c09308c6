# SPDX-License-Identifier: Apache-2.0
"""Batches of windows: most on the common tonic, some in any key or an octave off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from models.melody_space.frame import METRE_CLASSES, PLACES, Array
from models.melody_space.lines import REST, Line
from models.melody_space.network import Batch
from models.melody_space.symbols import base_of, to_symbols
from models.melody_space.windows import Windows

AWAY_SHARE = 0.2  # of windows in any key
OCTAVE_SHARE = 0.15  # an octave higher or lower than their line
SILENT_SHARE = 0.01  # of windows where nothing plays
CHORDS = 256  # shapes that the network knows


def common_shapes(windows: Windows, most: int = CHORDS) -> tuple[int, ...]:
    """The chord shapes that are struck most often; the first is the single note."""
    values, back = np.unique(windows.shapes, return_inverse=True)
    struck = windows.tops >= 0
    share = np.bincount(back.reshape(-1), (struck * windows.weight[:, None, None]).reshape(-1))
    order = sorted(range(len(values)), key=lambda i: -share[i])
    return (0, *[int(values[i]) for i in order if values[i]][: most - 1])


@dataclass(frozen=True)
class Batches:
    """Draws batches from windows.

    Attributes:
        windows: to draw from.
        shapes: chord shapes that are known.
        size: windows in a batch.
        seed: of everything drawn.
        learning: with changes of key and octave.
    """

    windows: Windows
    shapes: tuple[int, ...]
    size: int
    seed: int = 0
    learning: bool = True

    def batches_from(self, number: int) -> Iterator[Batch]:
        """All batches from `number` on, without end."""
        odds = np.cumsum(self.windows.weight)
        odds /= odds[-1]
        while True:
            rng = np.random.default_rng((self.seed, number))
            rows = np.searchsorted(odds, rng.random(self.size))
            yield self.batch(rows, rng, number)
            number += 1

    def batch(self, rows: Array, rng: np.random.Generator, number: int = 0) -> Batch:
        """Some windows as a batch."""
        chosen = self.windows
        base = self._bases(rows, rng)
        line = Line(chosen.tops[rows], chosen.shapes[rows])
        now = to_symbols(line, base[:, None, None], self.shapes)
        last = Line(chosen.before_tops[rows], chosen.before_shapes[rows])
        before = to_symbols(last, base[:, None], self.shapes)
        states, chords = now.states, now.chords
        if self.learning:
            silent = rng.random(len(rows)) < SILENT_SHARE
            states, chords = states * ~silent[:, None, None], chords * ~silent[:, None, None]
        longest = int((chosen.places[rows] >= 0).sum(1).max())
        places, metres = (
            np.where(index < 0, last, index)[:, :longest].astype(np.int64)
            for index, last in ((chosen.places[rows], PLACES), (chosen.metres[rows], METRE_CLASSES))
        )
        known = (chosen.before_tops[rows] != REST).any(1)
        return Batch(
            _tensor(states[:, :longest]),
            _tensor(chords[:, :longest]),
            _tensor(chosen.open[rows][:, :longest]),
            _tensor(places),
            _tensor(metres),
            _tensor(before.states),
            _tensor(before.chords),
            _tensor(known),
            number,
        )

    def _bases(self, rows: Array, rng: np.random.Generator) -> Array:
        home, centre = self.windows.home[rows], self.windows.centre[rows]
        bases = np.array([base_of(float(c), int(h)) for c, h in zip(centre, home, strict=True)])
        if not self.learning:
            return bases
        away = rng.random(len(rows)) < AWAY_SHARE
        octave = rng.random(len(rows)) < OCTAVE_SHARE
        bases = bases + away * rng.integers(-6, 6, len(rows))
        return np.asarray(bases + 12 * octave * rng.choice((-1, 1), len(rows)))


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
