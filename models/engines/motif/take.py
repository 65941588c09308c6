# SPDX-License-Identifier: Apache-2.0
"""One take while it is made: its spans, its clip, and what makes it differ from another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.clip import Clip, Note


@dataclass(frozen=True, slots=True)
class TakeSpan:
    """The notes written or edited in one span, `index` of `count`."""

    index: int
    count: int
    start_beats: float
    end_beats: float
    notes: tuple[Note, ...]


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
        return frozenset((n.pitch, round(n.start_beats * 12)) for n in self.written)
