# SPDX-License-Identifier: Apache-2.0
"""One take while it is made: its spans, its clip, and what makes it differ from another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from models.clip import Clip, Note, note_order

TUNE_PER_BEAT = 12  # how finely tunes are told apart
Tune = frozenset[tuple[float, ...]]  # rows of pitch and time, and a row with the number kept


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


def spans_as_written(
    bars: Iterable[Sequence[Note] | None], edges_beats: Sequence[float]
) -> Generator[TakeSpan | None, None, tuple[TakeSpan, ...]]:
    """Cut notes as `spans_of` does while they come bar by bar.

    Yields:
        Each span one bar after its own, since micro-timing may put a note just before its bar
        line, and None for each None among `bars`.
    """
    cutter = _Cutter(edges_beats)
    written = 0
    for notes in bars:
        if notes is None:
            yield None
            continue
        yield from cutter.add(notes, full=written)
        written += 1
    yield from cutter.add((), full=len(edges_beats) - 1)
    return tuple(cutter.spans)


class _Cutter:
    """The spans that are full so far, and the notes that wait for theirs."""

    def __init__(self, edges_beats: Sequence[float]) -> None:
        self.spans: list[TakeSpan] = []
        self._edges = edges_beats
        self._waiting: list[Note] = []

    def add(self, notes: Iterable[Note], full: int) -> Iterator[TakeSpan]:
        """Take notes, then cut until `full` spans are full."""
        self._waiting = sorted((*self._waiting, *notes), key=note_order)
        count = len(self._edges) - 1
        while len(self.spans) < min(full, count):
            index = len(self.spans)
            low, high = self._edges[index : index + 2]
            last = index == count - 1
            starts = [note.start_beats for note in self._waiting]
            cut = len(starts) if last else bisect_left(starts, high)
            self.spans.append(TakeSpan(index, count, low, high, tuple(self._waiting[:cut])))
            del self._waiting[:cut]
            yield self.spans[-1]


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
    def tune(self) -> Tune:
        """Pitches and onsets alone, to a twelfth of a beat: takes that share them sound alike."""
        return tune_of(self.written, len(self.kept))


# Writes a take; yields its spans as they are full, and None as heartbeat.
Writing = Generator[TakeSpan | None, None, Take]


def tune_of(written: Iterable[Note], kept: int) -> Tune:
    """The tune of a take with these notes written and so many kept."""
    return frozenset(
        [*((n.pitch, round(n.start_beats * TUNE_PER_BEAT)) for n in written), (float(kept),)]
    )
