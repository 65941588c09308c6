# SPDX-License-Identifier: Apache-2.0
"""One take while it is made: its spans, its clip, and what makes it differ from another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from models.clip import Clip, Note, note_order


@dataclass(frozen=True, slots=True)
class TakeSpan:
    """The notes written or edited in one span, `index` of `count`."""

    index: int
    count: int
    start_beats: float
    end_beats: float
    notes: tuple[Note, ...]


def spans_of(notes: Iterable[Note], edges_beats: Sequence[float]) -> tuple[TakeSpan, ...]:
    """The notes, in order, cut at the inner edges; the first and last span take what is beyond."""
    ordered = sorted(notes, key=note_order)
    starts = [note.start_beats for note in ordered]
    cuts = [0, *(bisect_left(starts, edge) for edge in edges_beats[1:-1]), len(ordered)]
    count = len(edges_beats) - 1
    return tuple(
        TakeSpan(n, count, start, end, tuple(ordered[cuts[n] : cuts[n + 1]]))
        for n, (start, end) in enumerate(pairwise(edges_beats))
    )


@dataclass(frozen=True, slots=True)
class Take:
    """A finished take: the frame, the notes kept in their order, then the spans.

    `cost` ranks takes of one request; the lowest is best.
    """

    frame: Clip
    kept: tuple[Note, ...]
    spans: tuple[TakeSpan, ...]
    cost: float = 0.0

    @property
    def written(self) -> tuple[Note, ...]:
        """Every note that is new or edited."""
        return tuple(note for span in self.spans for note in span.notes)

    @property
    def clip(self) -> Clip:
        """The answer."""
        kept = (n if n.origin == "kept" else replace(n, origin="kept") for n in self.kept)
        return self.frame.with_notes((*kept, *self.written))

    @property
    def content(self) -> frozenset[tuple[float, ...]]:
        """What two takes are compared by: what was written, and how much was left."""
        rows = [
            (n.pitch, round(n.start_beats, 4), round(n.duration_beats, 4), round(n.velocity, 1))
            for n in self.written
        ]
        return frozenset([*rows, (float(len(self.kept)),)])

    @property
    def tune(self) -> frozenset[tuple[float, ...]]:
        """Pitches and onsets alone, to a twelfth of a beat: takes that share them sound alike."""
        return tune_of(self.written, len(self.kept))


def tune_of(written: Iterable[Note], kept: int) -> frozenset[tuple[float, ...]]:
    """The tune of a take with these notes written and so many kept."""
    return frozenset([*((n.pitch, round(n.start_beats * 12)) for n in written), (float(kept),)])
