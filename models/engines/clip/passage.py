# SPDX-License-Identifier: Apache-2.0
"""Passage: all parts of an ask with one candidate written in, on one line of ticks, for judging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from models.clip import Note
from models.tokens.encode import Layout, draft_of
from models.tokens.grid import GridBar, Placed
from models.tokens.vocabulary import DRUM_ROLES, METRE, METRES, TICKS_PER_QUARTER


class Hit(NamedTuple):
    """A note on the line: first and last + 1 tick from the first bar, and its pitch or pad."""

    start: int
    end: int
    pitch: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The hits that begin in one bar, by onset, the highest first.

    Attributes:
        start, end: in ticks from the first bar.
        pulse: ticks of what one taps: 24 in 4/4, 36 in 6/8.
        hits: what begins here.
    """

    start: int
    end: int
    pulse: int
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One part, bar by bar; `role` is one of `vocabulary.ROLES`."""

    role: str
    bars: tuple[Bar, ...]

    @property
    def drums(self) -> bool:
        """Whether a pitch names a pad."""
        return self.role in DRUM_ROLES

    def hits(self, places: Sequence[int]) -> list[Hit]:
        """What begins in these bars."""
        return [hit for place in places for hit in self.bars[place].hits]


def line_of(role: str, frames: Sequence[GridBar], cells: Sequence[Sequence[Placed]]) -> Line:
    """A part on the line.

    Args:
        role: of the part.
        frames: the bars.
        cells: its notes bar by bar, as `models.tokens.grid.place` gives them.
    """
    starts = accumulate((frame.ticks for frame in frames), initial=0)
    bars = []
    for frame, start, cell in zip(frames, starts, cells, strict=False):
        hits = {Hit(start + p.tick, start + p.tick + p.ticks, p.pitch) for p in cell}
        ordered = tuple(sorted(hits, key=lambda hit: (hit.start, -hit.pitch)))
        bars.append(Bar(start, start + frame.ticks, pulse_ticks(frame), ordered))
    return Line(role, tuple(bars))


def pulse_ticks(frame: GridBar) -> int:
    """Ticks of the pulse: dotted in 6/8, 9/8 and 12/8, else the denominator's note."""
    label = METRES[frame.metre - METRE]
    if label == "other":
        return TICKS_PER_QUARTER
    numerator, denominator = map(int, label.split("/"))
    unit = 4 * TICKS_PER_QUARTER // denominator
    return 3 * unit if denominator == 8 and numerator % 3 == 0 and numerator > 3 else unit


def source_lines(layout: Layout) -> list[Line]:
    """What stands in each part, and the drafts that are to be reworked."""
    scene = layout.scene
    lines = []
    for index, part in enumerate(scene.parts):
        cells: list[list[Placed]] = [list(cell) for cell in layout.standing[index]]
        for cell in scene.cells:
            if cell.part == index and cell.hint != "nothing":
                cells[cell.bar] += draft_of(layout, cell)
        lines.append(line_of(part.role, scene.bars, cells))
    return lines


def written_lines(
    layout: Layout, cells: Sequence[Sequence[Note]], source: Sequence[Line]
) -> list[Line]:
    """Each part with what stands and the new notes of a candidate.

    Args:
        layout: of the scene.
        cells: the new notes of each of the scene's cells.
        source: `source_lines` of the same layout, for the parts in which nothing is written.
    """
    scene = layout.scene
    rows = {
        part: [list(cell) for cell in layout.standing[part]]
        for part in {cell.part for cell in scene.cells}
    }
    for cell, notes in zip(scene.cells, cells, strict=True):
        low, high = scene.span(cell)
        frame = scene.bars[cell.bar]
        rows[cell.part][cell.bar] += [_placed(note, frame, low, high) for note in notes]
    return [
        line_of(part.role, scene.bars, rows[n]) if n in rows else source[n]
        for n, part in enumerate(scene.parts)
    ]


def _placed(note: Note, frame: GridBar, low: int, high: int) -> Placed:
    """On the nearest tick of its cell: a note played early stays in the cell it was written for."""
    tick = round((note.start_beats - frame.start_beats) * TICKS_PER_QUARTER)
    ticks = max(1, round(note.duration_beats * TICKS_PER_QUARTER))
    return Placed(min(high - 1, max(low, tick)), ticks, note.pitch, note)


def top_line(hits: Sequence[Hit]) -> list[Hit]:
    """The highest note of each onset."""
    top: list[Hit] = []
    for hit in hits:
        if not top or hit.start != top[-1].start:
            top.append(hit)
    return top
