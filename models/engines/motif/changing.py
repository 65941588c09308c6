# SPDX-License-Identifier: Apache-2.0
"""Goes through a loop bar by bar and changes a share of its notes, equal bars mostly alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from random import Random
from typing import Protocol

from models.engines.motif.grid import BarGrid
from models.engines.motif.sketch import Sketch

_HEARTBEAT_NOTES = 32
_OWN_WAY = 0.25  # chance that a repeated bar is not varied like its model


class Line(Protocol):
    """What knows how one note of a loop may change."""

    def protect(self, place: int) -> float:
        """How readily a note changes, 0-1: what carries the music is spared more often."""

    def change(self, place: int, rng: Random, more: int = 0) -> None:
        """Change one note where there is room; `more` is 1 to add notes, -1 to take some away."""


def change_bars(
    line: Line,
    sketch: Sketch,
    grid: BarGrid,
    rng: Random,
    amount: float,
    more: Callable[[Random], int],
) -> Iterator[None]:
    """Change notes with a chance of about `amount` each; yields as heartbeat.

    What repeats in the source mostly repeats in the variation too; the last bar goes its own way,
    as turnarounds do.
    """
    seed = rng.getrandbits(32)
    models: dict[tuple[tuple[int, int, int], ...], int] = {}
    places = range(len(sketch.notes))
    by_bar = groupby(places, key=lambda place: grid.bar_at(sketch.notes[place][1].start_beats))
    for bar, group in by_bar:
        inside = list(group)
        notes = [sketch.notes[place][1] for place in inside]
        ticks = [grid.snap(note.start_beats) for note in notes]
        tune = tuple(
            (note.pitch, at - bar, tick) for note, (at, tick) in zip(notes, ticks, strict=True)
        )
        model = models.setdefault(tune, bar)
        own = inside[-1] == places[-1] or rng.random() < _OWN_WAY
        bar_rng = Random(f"{seed}/{bar}/own" if own else f"{seed}/{model}")
        for place in inside:
            spared = line.protect(place)
            chance = amount * (spared + (1 - spared) * amount)
            if bar_rng.random() < chance and sketch.free(sketch.notes[place][0]):
                line.change(place, bar_rng, more(bar_rng))
            if place % _HEARTBEAT_NOTES == 0:
                yield
