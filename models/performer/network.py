# SPDX-License-Identifier: Apache-2.0
"""The performer in numpy: what it says of notes. The twin of `definition`, which is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.performer.columns import Columns, Reals
from models.performer.config import MIXTURES, PerformerConfig
from models.performer.features import OFFSET_MS, Features, Matrix, features
from models.performer.mixtures import Mixtures
from models.recurrent import GRU, sigmoid

VELOCITY = 0.25  # one unit of the network's velocities, of 1
SPAN_EVENTS = 256
CONTEXT_EVENTS = 64
NARROWEST = 0.05  # width of a mixture's component, in units


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the network says of some notes.

    Attributes:
        offset_ms, velocity: medians; velocities are 0-1.
        offsets_ms, velocities: whole distributions.
    """

    offset_ms: Reals
    velocity: Reals
    offsets_ms: Mixtures
    velocities: Mixtures


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The trained network.

    Attributes:
        config: its sizes.
        arrays: its weights by name, float32.
    """

    config: PerformerConfig
    arrays: Mapping[str, NDArray[Any]]

    def __call__(self, columns: Columns) -> Answer:
        """Answer for columns in order of sequence and time; sequences don't hear each other."""
        if not len(columns):
            return answer_of(np.zeros((0, 2 + 6 * MIXTURES)))
        return answer_of(self.raw(features(columns)))

    def raw(self, given: Features) -> Matrix:
        """[notes, outputs] in the network's units."""
        note = silu(self._layer("note", given.notes))
        chord = np.zeros((len(given.events), note.shape[1]), np.float32)
        np.add.at(chord, given.event_of, note)
        event = silu(self._layer("event", np.concatenate((given.events, chord), 1)))
        heard = self._heard(event, given.sequence_of)
        both = np.concatenate((heard[given.event_of], chord[given.event_of], note), 1)
        return self._layer("answer", silu(self._layer("mix", both)))

    def _heard(self, events: Matrix, sequence_of: NDArray[np.int64]) -> Matrix:
        """What the recurrent layers make of the events; long sequences span by span."""
        spans = list(_spans(sequence_of))
        lengths = np.array([high - low for low, high, _, _ in spans])
        padded = np.zeros((len(spans), lengths.max(), events.shape[1]), np.float32)
        for row, (low, high, _, _) in enumerate(spans):
            padded[row, : high - low] = events[low:high]
        run = GRU(self.arrays, "gru.", self.config.layers, both_ways=True)
        heard, _ = run(padded, lengths)
        parts = (heard[row, first:last] for row, (_, _, first, last) in enumerate(spans))
        return np.concatenate(list(parts))

    def _layer(self, name: str, inputs: Matrix) -> Matrix:
        weights: Matrix = self.arrays[f"{name}.weight"]
        return np.asarray(inputs @ weights.T + self.arrays[f"{name}.bias"], np.float32)


def _spans(sequence_of: NDArray[np.int64]) -> Iterator[tuple[int, int, int, int]]:
    """Where spans begin and end with their context, and which part of each is meant.

    A sequence longer than a span is read in spans side by side, each hearing some events more at
    both ends, so that its answers are as if it had heard all.
    """
    edges = np.flatnonzero(np.diff(sequence_of, prepend=-1, append=-1))
    for start, end in pairwise(edges.tolist()):
        for first in range(start, end, SPAN_EVENTS):
            last = min(first + SPAN_EVENTS, end)
            low = max(start, first - CONTEXT_EVENTS)
            yield low, min(end, last + CONTEXT_EVENTS), first - low, last - low


def silu(values: Matrix) -> Matrix:
    """Each value times its logistic function."""
    return np.asarray(values * sigmoid(values), np.float32)


def answer_of(raw: NDArray[Any]) -> Answer:
    """The network's numbers as medians and distributions in milliseconds and 0-1."""
    raw = raw.astype(np.float64)
    scales = (OFFSET_MS, VELOCITY)
    found = []
    for kind, scale in enumerate(scales):
        first = 2 + 3 * MIXTURES * kind
        share, centre, width = np.split(raw[:, first : first + 3 * MIXTURES], 3, axis=1)
        share = np.exp(share - share.max(axis=1, keepdims=True, initial=0))
        share /= share.sum(axis=1, keepdims=True)
        wide = np.exp(np.clip(width, np.log(NARROWEST), 5))
        found.append(Mixtures(share, centre * scale, wide * scale))
    return Answer(raw[:, 0] * OFFSET_MS, raw[:, 1] * VELOCITY, *found)
