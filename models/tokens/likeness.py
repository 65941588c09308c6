# SPDX-License-Identifier: Apache-2.0
"""How alike two bars are, and which earlier bar a bar repeats: SIMILARITY and REFERENCE."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from models.tokens.grid import Placed
from models.tokens.vocabulary import REFERENCES

SIMILARITY_BOUNDS = (0.2, 0.45, 0.7, 0.95)
SAME_TICKS = 1  # onsets so near count as the same: played music is never exact
REPEATS = 0.8  # from here on a bar is a repeat of an earlier one
BACK_BARS = tuple(0 if label == "new" else -int(label) for label in REFERENCES)


def similarity(left: Sequence[Placed], right: Sequence[Placed]) -> float:
    """How alike two bars are, 0 to 1: half for the onsets, half for the pitches struck at them.

    Each half is Dice's coefficient, twice the number of matches over the number of both. The same
    rhythm with other pitches is 0.5 alike; two silent bars are the same.
    """
    if not left or not right:
        return float(not left and not right)
    onsets = _dice({0: _onsets(left)}, {0: _onsets(right)})
    return (onsets + _dice(_by_pitch(left), _by_pitch(right))) / 2


def similarity_bucket(share: float) -> int:
    """The bucket, 0-4, of a similarity of 0 to 1."""
    return bisect_right(SIMILARITY_BOUNDS, share)


def similarity_asked(amount: float) -> int:
    """The bucket to ask for when a bar shall change by an amount of 0 (the same) to 1 (new)."""
    most = len(SIMILARITY_BOUNDS)
    return most - min(most, max(0, round(amount * most)))


def reference_of(heard: Sequence[Placed], earlier: Mapping[int, Sequence[Placed]]) -> int:
    """Which earlier bar is repeated: a place in `REFERENCES`, 0 where none is.

    The most similar one counts, the nearest of those that are as similar.

    Args:
        heard: the bar's notes.
        earlier: notes of earlier bars by how many bars back they lie, among `BACK_BARS`.
    """
    alike = {back: similarity(heard, notes) for back, notes in earlier.items()}
    best = max(sorted(alike), key=lambda back: alike[back], default=0)
    return BACK_BARS.index(best) if best and alike[best] >= REPEATS else 0


def _onsets(notes: Iterable[Placed]) -> list[int]:
    return sorted({note.tick for note in notes})


def _by_pitch(notes: Iterable[Placed]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for tick, pitch in sorted({(note.tick, note.pitch) for note in notes}):
        found.setdefault(pitch, []).append(tick)
    return found


def _dice(left: Mapping[int, list[int]], right: Mapping[int, list[int]]) -> float:
    size = sum(map(len, chain(left.values(), right.values())))
    return 2 * sum(_matches(ticks, right.get(key, [])) for key, ticks in left.items()) / size


def _matches(left: Sequence[int], right: Sequence[int]) -> int:
    """How many ticks of two ascending lists pair up, each used once."""
    a = b = found = 0
    while a < len(left) and b < len(right):
        gap = left[a] - right[b]
        if abs(gap) <= SAME_TICKS:
            a, b, found = a + 1, b + 1, found + 1
        else:
            a, b = a + (gap < 0), b + (gap > 0)
    return found
