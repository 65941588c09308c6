# SPDX-License-Identifier: Apache-2.0
"""A groove with fewer hits: ghosts and hats go first, the downbeat and the backbeat last."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from random import Random

from models.clip import Note
from models.engines.motif.grid import BarGrid
from models.engines.motif.kit import GHOST_BELOW, Kit

# What a hit is worth on a pulse and between the pulses.
_WORTH = {
    "kick": (3.0, 1.6),
    "snare": (3.5, 1.6),
    "open hat": (1.8, 1.8),
    "cymbal": (2.0, 1.4),
    "hat": (1.0, 0.5),
    "tom": (1.4, 1.2),
    "other": (1.4, 1.0),
}
_DOWNBEAT = 1.5  # more for the kick that a bar stands on
_GHOST = 0.2
_PULSE_STRENGTH = 0.5  # of the metre, from which on a place is a pulse
_CHANCE = 0.35  # so that other seeds leave out other hits; the same ones in every bar


def thinned(
    notes: Sequence[Note], density: float, kit: Kit, grid: BarGrid, rng: Random
) -> list[Note]:
    """About the share `density` of the hits of each bar, in order: those worth most, one at least.

    What is left over of a bar counts for the next one, so that bars add up to the ratio.
    """

    def bar(note: Note) -> int:
        return grid.snap(note.start_beats)[0]

    taste: dict[tuple[int, int], float] = {}

    def worth(note: Note) -> float:
        chance = taste.setdefault((note.pitch, grid.snap(note.start_beats)[1]), rng.random())
        return _worth(note, kit, grid) + _CHANCE * chance

    found: list[Note] = []
    owed = rng.random()
    for _, hits in groupby(sorted(notes, key=bar), key=bar):
        ranked = sorted(hits, key=worth)
        owed += len(ranked) * density
        count = min(len(ranked), int(owed))
        owed -= count
        found += ranked[len(ranked) - count :]
    found = found or sorted(notes, key=worth)[-1:]
    return sorted(found, key=lambda note: note.start_beats)


def _worth(note: Note, kit: Kit, grid: BarGrid) -> float:
    bar, tick = grid.snap(note.start_beats)
    role = kit.role(note.pitch)
    loud = note.velocity / 127
    if role == "snare" and note.velocity < GHOST_BELOW:
        return _GHOST + loud
    strong = grid.metre(bar).strength(tick / grid.ticks_per_beat) >= _PULSE_STRENGTH
    return _WORTH[role][0 if strong else 1] + loud + _DOWNBEAT * (role == "kick" and tick == 0)
