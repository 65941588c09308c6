# SPDX-License-Identifier: Apache-2.0
"""Distance: how different two candidates sound, 0 the same to 1 nothing in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from models.engines.clip.ask import Cells
from models.engines.clip.portrait import dice
from models.tokens.vocabulary import TICKS_PER_QUARTER

DISTINCT = 0.12  # takes nearer than this sound like one take
_NOTES, _RHYTHM, _CONTOUR = 0.5, 0.25, 0.25  # shares of the distance; they add up to 1
_SPAN_SEMITONES = 12  # contours that run so far apart on average have nothing in common


@dataclass(frozen=True, slots=True)
class Outline:
    """What two candidates are compared by.

    Attributes:
        notes: (cell, tick, pitch) on a grid of 1/24 beat.
        rhythm: (cell, tick).
        contour: mean pitch of each (cell, beat), less the mean of all.
    """

    notes: frozenset[tuple[int, int, int]]
    rhythm: frozenset[tuple[int, int]]
    contour: dict[tuple[int, int], float]


def outline(cells: Cells) -> Outline:
    """Of the new notes of each cell."""
    notes = frozenset(
        (index, round(note.start_beats * TICKS_PER_QUARTER), note.pitch)
        for index, cell in enumerate(cells)
        for note in cell
    )
    beats: dict[tuple[int, int], list[int]] = {}
    for index, tick, pitch in notes:
        beats.setdefault((index, tick // TICKS_PER_QUARTER), []).append(pitch)
    centre = fmean(pitch for _, _, pitch in notes) if notes else 0.0
    contour = {beat: fmean(pitches) - centre for beat, pitches in beats.items()}
    return Outline(notes, frozenset((index, tick) for index, tick, _ in notes), contour)


def distance(left: Outline, right: Outline) -> float:
    """How far apart two candidates are: notes, onsets, and the way the pitch moves."""
    return (
        _NOTES * (1 - dice(left.notes, right.notes))
        + _RHYTHM * (1 - dice(left.rhythm, right.rhythm))
        + _CONTOUR * _apart(left.contour, right.contour)
    )


def distinct(outlines: Sequence[Outline], takes: int, least: float = DISTINCT) -> list[int]:
    """Places of at most so many outlines, from the first on, no two nearer than `least`."""
    chosen: list[int] = []
    for place, one in enumerate(outlines):
        if len(chosen) == takes:
            break
        if all(distance(one, outlines[other]) >= least for other in chosen):
            chosen.append(place)
    return chosen


def _apart(left: dict[tuple[int, int], float], right: dict[tuple[int, int], float]) -> float:
    """Mean distance of two contours where both are known, in spans; 1 where they never meet."""
    both = left.keys() & right.keys()
    if not both:
        return float(bool(left or right))
    return min(1.0, fmean(abs(left[beat] - right[beat]) for beat in both) / _SPAN_SEMITONES)
