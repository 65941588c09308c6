# SPDX-License-Identifier: Apache-2.0
"""Windows of held-out works, drawn by hash, and the scenes that ask for their last bars.

A window is some bars in a row in one metre, every part moved to beat 0. Works come in the order of
a hash of their names and take turns, so a short table and a long one agree on where they begin.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.clip import Clip, Note
from models.corpus.piece import Label, Piece
from models.corpus.shards import SUFFIX, Shard
from models.metre import Bar
from models.theory.keys import rank_keys, weigh_notes
from models.tokens.feel import feel_of
from models.tokens.grid import GridBar, grid_bars
from models.tokens.scene import Part, Scene, cells_of, sort_parts
from models.tokens.vocabulary import DRUM_ROLES

PROMPT_BARS, TRUTH_BARS = 8, 4
FEWEST_PROMPT_NOTES, FEWEST_TRUTH_NOTES = 8, 4
STEP_BARS = 4
EARLY_BEATS = 1 / 48  # a note played this much before a bar line belongs to the bar


@dataclass(frozen=True)
class Window:
    """Some bars of a piece from beat 0.

    Attributes:
        label: of the piece.
        first_bar: where it begins in the piece.
        parts: those that play in it, in the order of their cells.
        bars: all of one metre and length.
        tempo_bpm: at its beginning.
    """

    label: Label
    first_bar: int
    parts: tuple[Part, ...]
    bars: tuple[Bar, ...]
    tempo_bpm: float

    @property
    def name(self) -> str:
        """What tells it from every other window."""
        return f"{self.label.set_name}/{self.label.path}/{self.first_bar}"

    def notes(self, part: int, first: int, end: int) -> list[Note]:
        """Notes of a part that begin in bars `first` to `end` - 1."""
        low, high = self.bars[first].start_beats, self.bars[end - 1].end_beats
        every = self.parts[part].clip.notes
        return [n for n in every if low - EARLY_BEATS <= n.start_beats < high - EARLY_BEATS]


def rank(*words: object) -> int:
    """A number that depends on the words alone: what is drawn is known for good."""
    text = "/".join(map(str, ("nextbar-quality-1", *words)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def windows(
    corpus: Path, set_name: str, split: str = "test", bars: int = PROMPT_BARS + TRUTH_BARS
) -> Iterator[Window]:
    """Windows of a set, its works taking turns; none where the set has no such split."""
    path = corpus / f"{set_name}.{split}{SUFFIX}"
    if not path.exists():
        return
    shard = Shard(path)
    works: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(shard.entries):
        if entry.label.grid != "none":
            works[entry.label.work].append(number)
    order = sorted(works, key=lambda work: rank(set_name, work))
    yield from _turns(_of_work(shard, works[work], bars) for work in order)


def _turns(sources: Iterable[Iterator[Window]]) -> Iterator[Window]:
    """The first of each, then the second of each, until all are empty."""
    left = list(sources)
    while left:
        still = []
        for source in left:
            window = next(source, None)
            if window is not None:
                still.append(source)
                yield window
        left = still


def _of_work(shard: Shard, numbers: Sequence[int], bars: int) -> Iterator[Window]:
    pieces = [shard.piece(number) for number in numbers]
    places = [(piece, first) for piece in pieces for first in starts(piece, bars)]
    places.sort(key=lambda place: rank(place[0].label.set_name, place[0].label.path, place[1]))
    for piece, first in places:
        window = window_at(piece, first, bars)
        if window.parts:
            yield window


def starts(piece: Piece, count: int) -> Iterator[int]:
    """First bars of windows, `STEP_BARS` apart, where the metre holds for so many bars."""
    bars = _bars(piece)
    for first in range(0, len(bars) - count + 1, STEP_BARS):
        chosen = bars[first : first + count]
        lengths = {round(bar.end_beats - bar.start_beats, 6) for bar in chosen}
        if len({bar.metre for bar in chosen}) == 1 and len(lengths) == 1:
            yield first


def window_at(piece: Piece, first: int, count: int) -> Window:
    """So many bars of a piece from one on, moved to beat 0."""
    chosen = _bars(piece)[first : first + count]
    start = chosen[0].start_beats
    moved = tuple(
        replace(bar, start_beats=bar.start_beats - start, end_beats=bar.end_beats - start)
        for bar in chosen
    )
    tempo = piece.parts[0].clip.tempo_at(start)
    cuts = ((p.role, _cut(p.clip, start, moved, tempo)) for p in piece.parts)
    parts = sort_parts(Part(role, clip) for role, clip in cuts if clip.notes)
    return Window(piece.label, first, parts, moved, tempo)


def _bars(piece: Piece) -> list[Bar]:
    return list(piece.parts[0].clip.bars(0.0, piece.length_beats)) if piece.parts else []


def _cut(clip: Clip, start_beats: float, bars: Sequence[Bar], tempo_bpm: float) -> Clip:
    """The notes that begin in the bars, moved to beat 0."""
    length = bars[-1].end_beats
    notes = tuple(
        note.moved(-start_beats)
        for note in clip.notes
        if -EARLY_BEATS <= note.start_beats - start_beats < length - EARLY_BEATS and not note.mute
    )
    return Clip(notes, length, metre=bars[0].metre, tempo_bpm=tempo_bpm, kind=clip.kind)


def playing(window: Window, prompt: int = PROMPT_BARS) -> list[int]:
    """Parts with enough notes on both sides of the end of the prompt."""
    count = len(window.bars)
    return [
        n
        for n in range(len(window.parts))
        if len(window.notes(n, 0, prompt)) >= FEWEST_PROMPT_NOTES
        and len(window.notes(n, prompt, count)) >= FEWEST_TRUTH_NOTES
    ]


def key_told(parts: Iterable[Part], end_beats: float) -> int | None:
    """The KEY place of what is heard before a beat; None of drums and silence."""
    heard = [
        note
        for part in parts
        if part.role not in DRUM_ROLES
        for note in part.clip.notes
        if note.start_beats < end_beats
    ]
    if not heard:
        return None
    last = max(note.start_beats for note in heard)
    final = min(note.pitch for note in heard if note.start_beats == last) % 12
    return rank_keys(weigh_notes(heard), final)[0].place


def continuation(window: Window, part: int, others: Sequence[int] = ()) -> Scene:
    """The window's last bars of one part asked for, the others visible to the end.

    Tempo is told, key and feel as the prompt shows them, nothing that only the answer knows.
    """
    chosen = sorted({part, *others})
    parts = tuple(window.parts[n] for n in chosen)
    seam = window.bars[PROMPT_BARS].start_beats
    prompt = (n.start_beats for p in parts for n in p.clip.notes if n.start_beats < seam)
    grid = grid_bars(window.bars)
    first = grid_place(grid, seam)
    return Scene(
        "continue",
        parts,
        grid,
        cells_of([chosen.index(part)], range(first, len(grid))),
        tempo_bpm=window.tempo_bpm,
        key=key_told(parts, seam),
        feel=feel_of(prompt),
    )


def grid_place(grid: Sequence[GridBar], start_beats: float) -> int:
    """The grid bar that begins at a beat; long bars are several."""
    return next(n for n, bar in enumerate(grid) if bar.start_beats > start_beats - EARLY_BEATS)
