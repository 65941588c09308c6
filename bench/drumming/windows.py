# SPDX-License-Identifier: Apache-2.0
"""Held-out two-bar windows in 4/4, and pairs of them from different works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from models.drum_space.windows import PLAYED, Song, corpus_songs
from models.metre import Metre
from models.percussion.hits import Hits

STEPS, HOP = 32, 16
FEWEST = 8  # hits in two bars; less is a pause, easy to rebuild
OTHERS = ("freedoom", "avmidi", "simutrans")


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A window and the number of its work."""

    hits: Hits
    work: int


def held(folder: Path, split: str, sets: Sequence[str] = (PLAYED,)) -> list[Held]:
    """Every two-bar window of a split's 4/4 drums, a bar apart, on straight grids."""
    return [
        window
        for work, song in enumerate(corpus_songs(folder, split, sets))
        for window in _cut(song, work)
    ]


def _cut(song: Song, work: int) -> Iterator[Held]:
    if song.metre != Metre() or song.feel != "straight":
        return
    for start in range(0, len(song.hits.hits) - STEPS + 1, HOP):
        hits = song.hits[start : start + STEPS]
        if hits.hits.sum() >= FEWEST:
            yield Held(hits, work)


def pairs(windows: Sequence[Held], count: int, rng: Random) -> list[tuple[Hits, Hits]]:
    """Pairs of different works whose patterns differ in at least one cell in twenty."""
    found: list[tuple[Hits, Hits]] = []
    while len(found) < count:
        first, second = rng.sample(windows, 2)
        apart = (first.hits.hits != second.hits.hits).sum()
        if first.work != second.work and apart >= STEPS * 9 / 20 / 2:
            found.append((first.hits, second.hits))
    return found
