# SPDX-License-Identifier: Apache-2.0
"""Duplicates: works that are one work, in one set or across sets, become one family.

Two works are joined when a piece of one equals a piece of the other but for transposition, or
when their tunes share enough windows of notes (see `fingerprints`). Families are what is split
into training, validation and test, so that no tune is trained on and tested with.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MIN_SHARED = 4  # kept windows that two tunes must share, about 16 windows of notes
MIN_CONTAINED = 0.3  # share of the shorter tune's windows
_COMMON = 30  # pieces beyond which a window is a formula and tells nothing


@dataclass(frozen=True, slots=True)
class Print:
    """What tells one piece from others: its work, signature and window hashes."""

    work: str
    signature: str
    windows: array[int]


@dataclass(frozen=True, slots=True)
class Match:
    """Two pieces, by number, that are the same; `contained` is 1 for exact copies."""

    first: int
    second: int
    contained: float
    exact: bool = False


def find_matches(prints: Sequence[Print]) -> list[Match]:
    """Pairs of pieces of different works that hold the same music."""
    return [*_exact(prints), *_near(prints)]


def families(works: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The family of each work, named after its first work in alphabetical order.

    Args:
        works: every work.
        pairs: works that are the same.
    """
    parent = {work: work for work in works}
    for first, second in pairs:
        roots = sorted((_root(parent, first), _root(parent, second)))
        parent[roots[1]] = roots[0]
    return {work: _root(parent, work) for work in parent}


def _root(parent: dict[str, str], work: str) -> str:
    while parent[work] != work:
        parent[work] = parent[parent[work]]
        work = parent[work]
    return work


def _exact(prints: Sequence[Print]) -> Iterable[Match]:
    first_with: dict[str, int] = {}
    for number, piece in enumerate(prints):
        if not piece.signature:
            continue
        first = first_with.setdefault(piece.signature, number)
        if prints[first].work != piece.work:
            yield Match(first, number, 1.0, exact=True)


def _near(prints: Sequence[Print]) -> Iterable[Match]:
    holders = _holders(prints)
    for number, piece in enumerate(prints):
        shared: Counter[int] = Counter()
        for value in piece.windows:
            shared.update(other for other in holders.get(value, ()) if other < number)
        for other, times in shared.items():
            if prints[other].work == piece.work or times < MIN_SHARED:
                continue
            contained = times / min(len(piece.windows), len(prints[other].windows))
            if contained >= MIN_CONTAINED:
                yield Match(other, number, contained)


def _holders(prints: Sequence[Print]) -> Mapping[int, array[int]]:
    """The pieces that hold each window, for windows that some but not many hold."""
    holders: defaultdict[int, array[int]] = defaultdict(lambda: array("L"))
    for number, piece in enumerate(prints):
        for value in piece.windows:
            holders[value].append(number)
    return {value: held for value, held in holders.items() if 2 <= len(held) <= _COMMON}
