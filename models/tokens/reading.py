# SPDX-License-Identifier: Apache-2.0
"""A whole sequence read by the tracker at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.tokens import vocabulary as v
from models.tokens.state import Features
from models.tokens.tracker import Tracker


def first_target_bar(ids: Iterable[int]) -> int:
    """The bar of the first mask; 0 when there is none."""
    bar = -1
    for token in ids:
        if token == v.BAR:
            bar += 1
        elif v.MASK <= token <= v.REWORK:
            return bar
        elif token == v.GEN:
            break
    return 0


def read(ids: Sequence[int]) -> tuple[Tracker, list[Features], list[int]]:
    """A whole sequence at once.

    Returns:
        The tracker behind it, and for each token its features and the bit mask of what sounds.
    """
    tracker = Tracker(first_target_bar(ids))
    features, sounding = [], []
    for token in ids:
        tracker.step(token)
        features.append(tracker.features())
        sounding.append(tracker.sounding)
    return tracker, features, sounding
