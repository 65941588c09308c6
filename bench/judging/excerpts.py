# SPDX-License-Identifier: Apache-2.0
"""Excerpts of a corpus split, on which the clip engine's judge is measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from models.clip import Clip, Note
from models.corpus.piece import Piece
from models.corpus.sets import set_named
from models.corpus.shards import open_shards
from models.engines.clip.passage import Line, line_of
from models.tokens.grid import GridBar, grid_bars, place
from models.tokens.scene import Part, sort_parts

EARLY_BEATS = 1 / 48  # a note played this much before a bar line belongs to the bar
MOST_NOTES = 600


@dataclass(frozen=True)
class Excerpt:
    """Some bars of a piece from beat 0, the parts in scene order."""

    set_name: str
    work: str
    parts: tuple[Part, ...]
    bars: tuple[GridBar, ...]
    key: int | None
    tempo_bpm: float

    @property
    def lines(self) -> list[Line]:
        """The parts as the judge measures them."""
        return [
            line_of(part.role, self.bars, place(part.clip.notes, self.bars)) for part in self.parts
        ]


def excerpts(
    folder: Path, split: str, pieces: int, bars: int, rng: Random, *, shipped: bool = True
) -> Iterator[Excerpt]:
    """One excerpt a piece, of at most so many pieces a set, drawn by `rng`.

    Args:
        folder: with the shards.
        split: train, valid or test.
        pieces: most pieces of each set.
        bars: how many of one metre.
        rng: decides.
        shipped: only sets that may train weights that ship.
    """
    for shard in open_shards(folder, split):
        if shipped and not set_named(shard.entries[0].label.set_name).may_ship:
            continue
        numbers = list(range(len(shard)))
        rng.shuffle(numbers)
        found = 0
        for number in numbers:
            excerpt = _cut(shard.piece(number), bars, rng) if found < pieces else None
            if excerpt is not None:
                found += 1
                yield excerpt


def _cut(piece: Piece, count: int, rng: Random) -> Excerpt | None:
    """So many bars of one metre, from a place where something plays."""
    if not piece.parts:
        return None
    frame = piece.parts[0].clip
    whole = list(frame.bars(0.0, piece.length_beats))
    if len(whole) < count:
        return None
    first = rng.randrange(len(whole) - count + 1)
    chosen = whole[first : first + count]
    low, high = chosen[0].start_beats, chosen[-1].end_beats
    even = len({(bar.metre, bar.end_beats - bar.start_beats) for bar in chosen}) == 1
    grid = grid_bars(
        replace(b, start_beats=b.start_beats - low, end_beats=b.end_beats - low) for b in chosen
    )
    parts = [Part(part.role, _inside(part.clip, frame, low, high)) for part in piece.parts]
    parts = [part for part in parts if part.clip.notes]
    notes = sum(len(part.clip.notes) for part in parts)
    if not parts or not even or len(grid) != count or notes > MOST_NOTES:
        return None
    key = piece.label.key
    tonic = None if key is None else key.place
    return Excerpt(
        piece.label.set_name, piece.label.work, sort_parts(parts), grid, tonic, frame.tempo_at(low)
    )


def _inside(clip: Clip, frame: Clip, low: float, high: float) -> Clip:
    notes: list[Note] = [
        note.moved(-low)
        for note in clip.notes
        if low - EARLY_BEATS <= note.start_beats < high - EARLY_BEATS and not note.mute
    ]
    return Clip(tuple(notes), high - low, metre=frame.metre_at(low), kind=clip.kind)
