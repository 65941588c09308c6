# SPDX-License-Identifier: Apache-2.0
"""Whole sequences read by the tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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


def followed(ids: Sequence[int]) -> Iterator[Tracker]:
    """The tracker behind each token; it is one tracker, a token further each time."""
    tracker = Tracker(first_target_bar(ids))
    for token in ids:
        tracker.step(token)
        yield tracker


def tracker_behind(ids: Sequence[int]) -> Tracker:
    """The tracker behind the last token."""
    tracker = Tracker(first_target_bar(ids))
    for token in ids:
        tracker.step(token)
    return tracker


def read(ids: Sequence[int]) -> tuple[Tracker, list[Features], list[int]]:
    """A whole sequence at once.

    Returns:
        The tracker behind it, and for each token its features and the bit mask of what sounds.
    """
    tracker = Tracker(first_target_bar(ids))
    features, sounding = [], []
    for tracker in followed(ids):
        features.append(tracker.features())
        sounding.append(tracker.sounding)
    return tracker, features, sounding
