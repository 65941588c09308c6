# SPDX-License-Identifier: Apache-2.0
"""Patterns between two that play parts of the one and parts of the other, as they stand.

A drummer who goes over to another pattern changes the hat first, or the kick of the second bar,
and keeps the rest. Such patterns lie exactly between both, and what is played on a lane stays
something that was played.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.drum_space.frame import Frame
from models.percussion.hits import Hits

Mask = NDArray[np.bool_]

_MOST = 60  # patterns for each size of parts


def handed(start: Hits, end: Hits, frame: Frame, rng: np.random.Generator) -> Hits:
    """Patterns that have some parts of `end` and the rest of `start`, [patterns, steps, lanes].

    Parts are lanes in the whole window, in a bar, and in half a bar. In each size they are handed
    over one by one, in several random orders; there may be no pattern, and a pattern may come
    twice.

    Args:
        start: a window, [steps, lanes].
        end: another of the same frame.
        frame: of both.
        rng: the source of chance.
    """
    gone = [mask for parts in _sizes(start, end, frame) for mask in _in_turn(parts, rng)]
    masks = np.array(gone, bool).reshape(-1, *start.hits.shape)
    return end.where(masks, start)


def _sizes(start: Hits, end: Hits, frame: Frame) -> Iterator[list[Mask]]:
    """The parts in which the windows differ, from large to small."""
    halves = 2 * frame.bar + (frame.bar_shares >= 0.5)
    differ = start.hits != end.hits
    for spans in (np.zeros_like(frame.bar), frame.bar, halves):
        lanes = np.arange(differ.shape[1])
        cells = [
            (spans == span)[:, None] & (lanes == lane)
            for span in np.unique(spans)
            for lane in lanes
        ]
        yield [cell for cell in cells if (cell & differ).any()]


def _in_turn(parts: list[Mask], rng: np.random.Generator) -> Iterator[Mask]:
    """What has been handed over after each part but the last, in several orders."""
    count = len(parts) - 1
    for _ in range(-(-_MOST // count) if count > 0 else 0):
        order = rng.permutation(len(parts))
        yield from np.logical_or.accumulate([parts[number] for number in order])[:-1]
