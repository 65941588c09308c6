# SPDX-License-Identifier: Apache-2.0
"""Where each step of a window stands: all that the network knows of it besides hits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.drum_space.config import MAX_BARS, MAX_STEPS, PLACE_FEATURES
from models.errors import BadClip
from models.percussion.steps import Steps

Reals = NDArray[np.float32]
Whole = NDArray[np.int64]

_SHARE, _STRENGTH, _TEMPO = 6, 7, 9  # their places among the features


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The places of a window's steps; a leading batch axis is allowed.

    Attributes:
        index: number of the step in the window.
        place: number of the step in its bar.
        bar: number of the bar in the window, 0 or 1.
        features: place in pulse, beat and bar, metre, tempo and feel, [..., steps, features].
    """

    index: Whole
    place: Whole
    bar: Whole
    features: Reals

    def __len__(self) -> int:
        return int(self.index.shape[-1])

    @property
    def bar_shares(self) -> Reals:
        """How far through its bar each step is, 0 to 1, [..., steps]."""
        return np.asarray(self.features[..., _SHARE], np.float32)

    @property
    def strengths(self) -> Reals:
        """How strong each step is in its bar, 0 to 1, [..., steps]."""
        return np.asarray(self.features[..., _STRENGTH], np.float32)

    def at_tempo(self, tempo_bpm: float) -> Frame:
        """The same places at another tempo."""
        features = self.features.copy()
        features[..., _TEMPO] = np.log2(tempo_bpm / 120)
        return replace(self, features=features)


def frame_of(steps: Steps, tempo_bpm: float) -> Frame:
    """The frame of a window's steps.

    Raises:
        BadClip: there are none, or more than fit a window.
    """
    count = len(steps)
    bars = steps.bars - steps.bars[:1]
    if not 0 < count <= MAX_STEPS or bars[-1] >= MAX_BARS:
        raise BadClip(
            f"A window of {count} steps is too long: read at most {MAX_BARS} bars and "
            f"{MAX_STEPS} steps at once.",
            where="loop_end_beats",
        )
    index = np.arange(count)
    step_beats = np.where(steps.bar_beats % 0.25, 0.125, 0.25)
    place = np.minimum(np.rint(steps.places_beats / step_beats), MAX_STEPS - 1).astype(np.int64)
    return Frame(index, place, bars.astype(np.int64), _features(steps, tempo_bpm))


def _features(steps: Steps, tempo_bpm: float) -> Reals:
    place, bar, pulse = steps.places_beats, steps.bar_beats, steps.pulse_beats
    rows = [
        *_circle(place / pulse),
        *_circle(place),
        *_circle(2 * place),
        place / bar,
        steps.strengths,
        bar / 4,
        np.full(len(steps), np.log2(tempo_bpm / 120)),
        np.full(len(steps), steps.feel == "swung_eighths"),
        np.full(len(steps), steps.feel == "swung_sixteenths"),
        pulse == 1.5,
        np.full(len(steps), len(steps) / MAX_STEPS),
    ]
    assert len(rows) == PLACE_FEATURES
    return np.stack(rows, axis=-1).astype(np.float32)


def _circle(turns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sine and cosine of a place on a circle."""
    return np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)


def windows(steps: Steps) -> Iterator[slice]:
    """The windows of a clip in order: two bars each where they fit, else one, else a part of one.

    Windows do not overlap: hits never depend on hits before them but through the point of their
    window, so that there is no state to carry over.
    """
    edges = [0, *(np.flatnonzero(np.diff(steps.bars)) + 1).tolist(), len(steps)]
    start = 0
    while start < len(steps):
        bar = int(np.searchsorted(edges, start, side="right")) - 1
        fitting = [e for e in edges[bar + 1 : bar + 1 + MAX_BARS] if e - start <= MAX_STEPS]
        stop = fitting[-1] if fitting else start + MAX_STEPS
        yield slice(start, stop)
        start = stop
