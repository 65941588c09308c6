# SPDX-License-Identifier: Apache-2.0
"""Rewriting: which note of the source a new one stands for, so that it keeps the rest of it.

A note that comes out as it was is the source's own again, in every field. One that keeps its
rhythm keeps its timing and velocity, one that keeps its pitch its velocity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from models.clip import Note
from models.engines.clip.ask import Cells
from models.engines.clip.straight import Straight
from models.engines.clip.touch import Touch
from models.tokens.grid import GridBar, duration_index
from models.tokens.scene import Cell
from models.tokens.vocabulary import TICKS_PER_QUARTER

Pair = tuple[Note, Note]  # a new note on the grid, and as it is played


class Rewriting:
    """Gives new notes what they keep of those they replace."""

    def __init__(
        self,
        touch: Touch,
        free: Sequence[Straight],
        bounds_beats: tuple[float, float],
        keep: str = "",
    ) -> None:
        self._touch = touch
        self._bounds = bounds_beats
        self._keep = keep
        self._free: dict[int, list[Straight]] = {}
        for note in free:
            self._free.setdefault(note.bar, []).append(note)
        for notes in self._free.values():
            notes.sort(key=lambda note: (note.tick, -note.played.pitch))

    def play(self, notes: Sequence[Note], bar: GridBar, number: int) -> Iterator[Note]:
        """The notes of one cell: the source's own, edited ones, and new ones with its touch."""
        old = self._free.get(number, [])
        played = list(self._touch.play(notes, bar, number))
        pairs = _ordered(zip(notes, played, strict=True), bar)
        made = (self._kept_all if self._keep else self._all)(pairs, old, bar)
        yield from sorted(made, key=lambda note: (note.start_beats, note.pitch))

    def is_same(self, cells: Sequence[Cell], written: Cells, bars: Sequence[GridBar]) -> bool:
        """Whether every free note stays as it was."""
        return all(
            self._stays(notes, self._free.get(cell.bar, []), bars[cell.bar])
            for cell, notes in zip(cells, written, strict=False)
        )

    def _stays(self, notes: Sequence[Note], old: Sequence[Straight], bar: GridBar) -> bool:
        """Whether the free notes of one cell come out as they were; lengths count with `keep`."""
        if self._keep:
            pairs = _ordered(zip(notes, notes, strict=True), bar)
            return all(note.origin == "kept" for note in self._kept_all(pairs, old, bar))
        new = {(_tick(note, bar), note.pitch) for note in notes}
        return new == {(note.tick, note.played.pitch) for note in old}

    def _all(self, pairs: Sequence[Pair], old: Sequence[Straight], bar: GridBar) -> list[Note]:
        at = {(note.tick, note.played.pitch): note for note in old}
        return [self._same(new, at.pop((_tick(new[0], bar), new[0].pitch), None)) for new in pairs]

    def _kept_all(self, pairs: Sequence[Pair], old: Sequence[Straight], bar: GridBar) -> list[Note]:
        """Every old note with another pitch or place; those that were not written as they were."""
        if self._keep == "pitches":
            if len(pairs) != len(old):
                return [note.played for note in old]
            return [self._placed(new, own, bar) for new, own in zip(pairs, old, strict=True)]
        by_tick: dict[int, list[int]] = {}
        for written, _ in pairs:
            by_tick.setdefault(_tick(written, bar), []).append(written.pitch)
        made = []
        for own in old:
            pitches = by_tick.get(own.tick)
            pitch = pitches.pop(0) if pitches else own.played.pitch
            same = pitch == own.played.pitch
            made.append(own.played if same else replace(own.played, pitch=pitch, origin="edited"))
        return made

    def _placed(self, new: Pair, own: Straight, bar: GridBar) -> Note:
        """The source's own note where it stays, or moved."""
        written, played = new
        same = _tick(written, bar) == own.tick and written.pitch == own.played.pitch
        if same and (self._touch.drums or _length(written) == _length(own.on_grid)):
            return own.played
        return self._moved(played, own.played)

    def _moved(self, new: Note, own: Note) -> Note:
        """The source's note in a new place, inside the loop."""
        low, high = self._bounds
        start = min(max(new.start_beats, low), high - 1e-3)
        length = max(1e-3, min(new.duration_beats, high - start))
        return replace(own, start_beats=start, duration_beats=length, origin="edited")

    def _same(self, new: Pair, own: Straight | None) -> Note:
        """The source's own note, with another length if it got one, or the new note."""
        written, played = new
        if own is None:
            return played
        source = own.played
        if self._touch.drums or _length(written) == _length(source):
            return source
        length = min(played.duration_beats, self._bounds[1] - source.start_beats)
        return replace(source, duration_beats=max(1e-3, length), origin="edited")


def _ordered(pairs: Iterable[Pair], bar: GridBar) -> list[Pair]:
    """As the network writes them: by onset, the highest first."""
    return sorted(pairs, key=lambda pair: (_tick(pair[0], bar), -pair[0].pitch))


def _tick(note: Note, bar: GridBar) -> int:
    return round((note.start_beats - bar.start_beats) * TICKS_PER_QUARTER)


def _length(note: Note) -> int:
    return duration_index(max(1, round(note.duration_beats * TICKS_PER_QUARTER)))
