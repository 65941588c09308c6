# SPDX-License-Identifier: Apache-2.0
"""Held-out windows of two bars, and pairs of them from different pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.melody_space.candidates import TRIPLET_SLOTS
from models.melody_space.frame import PLACES, Array
from models.melody_space.lines import Line
from models.melody_space.space import Stage
from models.melody_space.symbols import Symbols, base_of, to_symbols
from models.melody_space.windows import Windows, windows_of
from models.tokens.vocabulary import METRES

FEWEST_ONSETS = 3


@dataclass(frozen=True)
class Windowed:
    """One window: what it plays, where, and the number of its piece."""

    symbols: Symbols
    stage: Stage
    piece: int


def held_out(corpus: Path, split: str, kept: Path | None) -> Windows:
    """The windows of a split, from a file that an earlier run kept if there is one."""
    if kept is not None and kept.exists():
        return Windows.load(kept)
    found = windows_of(corpus, split)
    if kept is not None:
        found.save(kept)
    return found


def chosen(
    windows: Windows, shapes: tuple[int, ...], metre: str, kind: str, most: int | None = None
) -> list[Windowed]:
    """Whole two-bar windows in a metre, in an order that is drawn once and for all.

    Args:
        windows: of a split.
        shapes: that the network knows.
        metre: such as 4/4.
        kind: melody (no chords), chords (most onsets are), or any.
        most: so many at most.
    """
    number = METRES.index(metre)
    beats = 4 * int(metre.split("/", maxsplit=1)[0]) / int(metre.split("/")[1])
    bar = int(np.ceil(beats))
    wanted = [*range(bar), *range(PLACES // 2, PLACES // 2 + bar)]
    found = []
    rows = np.flatnonzero(windows.metres[:, 0] == number)
    for row in np.random.default_rng(0).permutation(rows):
        if len(found) == most:
            break
        places = windows.places[row][windows.places[row] >= 0]
        struck = windows.tops[row] >= 0
        if places.tolist() != wanted or struck.sum() < FEWEST_ONSETS:
            continue
        chords = (windows.shapes[row][struck] > 0).mean()
        if kind != "any" and (kind == "melody") != (chords == 0):
            continue
        if kind == "chords" and chords < 0.5:
            continue
        found.append(_windowed(windows, int(row), len(places), shapes))
    return found


def _windowed(windows: Windows, row: int, size: int, shapes: tuple[int, ...]) -> Windowed:
    base = base_of(float(windows.centre[row]), int(windows.home[row]))
    line = Line(windows.tops[row, :size].astype(np.int64), windows.shapes[row, :size])
    stage = Stage(
        windows.places[row, :size].astype(np.int64),
        windows.metres[row, :size].astype(np.int64),
        windows.open[row, :size],
    )
    return Windowed(to_symbols(line, base, shapes), stage, int(windows.piece[row]))


def straight(found: list[Windowed]) -> list[Windowed]:
    """Those without triplets, as the 5-gram and the papers see melodies."""
    return [one for one in found if not (one.symbols.states[:, TRIPLET_SLOTS] > 1).any()]


def pairs(
    found: list[Windowed], count: int, rng: np.random.Generator
) -> Iterator[tuple[Windowed, Windowed]]:
    """Random pairs from different pieces that are not the same music."""
    done = 0
    while done < count:
        left, right = (found[n] for n in rng.integers(len(found), size=2))
        if left.piece != right.piece and _differ(left.symbols, right.symbols, left.stage.open):
            done += 1
            yield left, right


def _differ(left: Symbols, right: Symbols, there: Array) -> bool:
    return bool(((left.states != right.states) & there).any())
