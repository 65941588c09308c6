# SPDX-License-Identifier: Apache-2.0
"""Controls as they are measured in music, and back: what a DENSITY or a RANGE asks for.

Training tells a cell what its answer measures here, and a host asks in the same words. Numbers of
the music that is in the scene now: the answer in training, the source when asking.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from models.tokens.encode import Layout, draft_of
from models.tokens.grid import Placed, duration_index
from models.tokens.likeness import BACK_BARS, reference_of, similarity, similarity_bucket
from models.tokens.scene import Cell, Controls
from models.tokens.vocabulary import DURATIONS_TICKS, TICKS_PER_QUARTER

# Onsets a beat between the 8 buckets, nearly even in proportion. The first tells silence from
# notes; the others fall between usual counts: in a 4/4 bar the buckets are 0, 1, 2-3, 4-5, 6-7,
# 8-10, 11-14 and 15 or more onsets, so half, quarter, eighth and sixteenth notes stand apart.
DENSITY_BOUNDS = (0.1, 0.45, 0.9, 1.4, 1.9, 2.6, 3.6)
MOST_POLYPHONY = 6


class Span(NamedTuple):
    """First and last + 1 tick of a pitch that sounds."""

    start: int
    end: int
    pitch: int


def density_bucket(onsets_per_beat: float) -> int:
    """The bucket, 0-7, of a number of onsets a quarter note; only silence is 0."""
    return bisect_right(DENSITY_BOUNDS, onsets_per_beat)


def density_asked(source_onsets_per_beat: float, ratio: float) -> int | None:
    """The bucket to ask for when the density of the source shall change by a ratio.

    Notes never become silence, and any other ratio than 1 moves by at least one bucket where there
    is one, so that a knob that was turned is heard.

    Args:
        source_onsets_per_beat: of the source, as `onsets_per_beat` measures it.
        ratio: 1 keeps it, 2 asks for twice as many onsets; 0 or more.

    Returns:
        None where the source is silent: there is nothing to be denser than.
    """
    source = density_bucket(source_onsets_per_beat)
    if not source:
        return None
    asked = density_bucket(source_onsets_per_beat * ratio)
    if asked == source and ratio != 1:
        asked += 1 if ratio > 1 else -1
    return min(len(DENSITY_BOUNDS), max(1, asked))


def onsets_per_beat(layout: Layout, cell: Cell) -> float:
    """Onsets a quarter note in a cell's span; notes struck together are one onset."""
    low, high = layout.scene.span(cell)
    onsets = {note.tick for note in _heard(layout, cell, cell.bar)}
    return len(onsets) * TICKS_PER_QUARTER / (high - low)


def most_sounding(onsets: Iterable[int], spans: Iterable[Span]) -> int:
    """Most pitches that sound at once at one of these ticks; a pitch struck twice sounds once."""
    every = set(spans)
    return max((len({p for a, b, p in every if a <= now < b}) for now in onsets), default=0)


def measured(layout: Layout, cell: Cell) -> Controls:
    """What a cell measures, with the notes that its part has there now.

    Density, similarity and reference are of all that begins in the cell's span, locked notes
    too. Range is that of the notes to be written, and polyphony is counted at their onsets, over
    all that sounds in the part. Similarity compares with the draft to rework, else with the bar
    before. Of silence only the density is known, and of drums no range.

    Args:
        layout: of the scene; `models.tokens.encode.lay_out` makes it.
        cell: one of the scene's; its own controls are not read.
    """
    heard = _heard(layout, cell, cell.bar)
    if not heard:
        return Controls(density=0)
    new = layout.target[cell.part][cell.bar]
    drums = layout.scene.parts[cell.part].drums
    pitches = [] if drums else [note.pitch for note in new]
    voices = most_sounding({note.tick for note in new}, _spans(layout, cell))
    earlier = _earlier(layout, cell)
    like = draft_of(layout, cell) if cell.hint == "rework" else earlier.get(1)
    return Controls(
        density=density_bucket(onsets_per_beat(layout, cell)),
        polyphony=min(MOST_POLYPHONY, voices) if voices else None,
        low_pitch=min(pitches, default=None),
        high_pitch=max(pitches, default=None),
        similarity=None if like is None else similarity_bucket(similarity(heard, like)),
        reference=reference_of(heard, earlier) if earlier else None,
    )


def _heard(layout: Layout, cell: Cell, bar: int) -> list[Placed]:
    """Notes of the cell's part in a bar that begin in the span of the cell."""
    low, high = layout.scene.span(cell)
    every = (*layout.standing[cell.part][bar], *layout.target[cell.part][bar])
    return [note for note in every if low <= note.tick < high]


def _earlier(layout: Layout, cell: Cell) -> dict[int, list[Placed]]:
    """What the bars that a reference may name hold, by how many bars back, if they are as long."""
    bars = layout.scene.bars
    backs = [back for back in BACK_BARS if 0 < back <= cell.bar]
    alike = [back for back in backs if bars[cell.bar - back].ticks == bars[cell.bar].ticks]
    return {back: _heard(layout, cell, cell.bar - back) for back in alike}


def _spans(layout: Layout, cell: Cell) -> Iterator[Span]:
    """All of the part that sounds in the bar, in ticks from its bar line, as the grammar counts.

    What stands is as long as it is, what is written as the tokens say; a drum lasts one tick.
    """
    drums, passed = layout.scene.parts[cell.part].drums, 0
    for bar in range(cell.bar, -1, -1):
        stands = ((note, note.ticks) for note in layout.standing[cell.part][bar])
        written = (
            (note, DURATIONS_TICKS[duration_index(note.ticks)])
            for note in layout.target[cell.part][bar]
        )
        for note, ticks in chain(stands, written):
            start = note.tick - passed
            if start + ticks > 0:
                yield Span(start, start + (1 if drums else ticks), note.pitch)
        passed += layout.scene.bars[bar - 1].ticks
