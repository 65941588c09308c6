# SPDX-License-Identifier: Apache-2.0
"""Windows to learn from: two bars of a line of a part, from the shards of a corpus.

They are kept as arrays, padded to the most quarters that two bars can have, so that a batch is
made without reading music again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from random import Random

import numpy as np

from models.corpus.piece import Piece, PiecePart
from models.corpus.sets import set_named
from models.corpus.shards import open_shards
from models.melody_space.frame import PLACES, SLOTS, WINDOW_BARS, Array, Frame, frame_of
from models.melody_space.lines import REST, Line, read_line
from models.melody_space.symbols import centre_of
from models.melody_space.voices import voices
from models.metre import bars_between
from models.tokens.grid import grid_bars
from models.tokens.vocabulary import DRUM_ROLES

EXCERPT_BARS = 32  # of a part, where it is longer
ONE_BAR_SHARE = 0.15  # of windows
SHARES = {  # of training: lines that are tunes first, then what bands play
    "openewld-pd": 0.13,
    "openscore-lieder": 0.15,
    "fiddle-tunes": 0.17,
    "freedoom": 0.13,
    "simutrans": 0.07,
    "avmidi": 0.05,
    "mutopia": 0.12,
    "openhymnal": 0.04,
    "jsb-chorales": 0.01,
    "openscore-quartets": 0.03,
    "openscore-hauptstimme": 0.02,
    "mma-accompaniments": 0.08,
}


@dataclass(frozen=True)
class Windows:
    """Many windows.

    Attributes:
        tops, shapes: (n, 14, 6) as in `lines.Line`; what lies behind the last quarter is rest.
        open: (n, 14, 6) slots that are there.
        places, metres: (n, 14) of each quarter; -1 behind the last.
        before_tops, before_shapes: (n, 6) the quarter before.
        centre: (n,) mean pitch of the whole line.
        home: (n,) semitones to the common tonic.
        weight: (n,) how often a window is drawn.
        piece: (n,) number of its piece.
    """

    tops: Array
    shapes: Array
    open: Array
    places: Array
    metres: Array
    before_tops: Array
    before_shapes: Array
    centre: Array
    home: Array
    weight: Array
    piece: Array

    def __len__(self) -> int:
        return len(self.tops)

    def save(self, path: Path) -> None:
        """Keep them in a file."""
        half = path.with_suffix(".part.npz")
        np.savez(half, **{field.name: getattr(self, field.name) for field in fields(self)})
        os.replace(half, path)

    @classmethod
    def load(cls, path: Path) -> Windows:
        """Those that `save` kept."""
        with np.load(path) as held:
            return cls(**{field.name: held[field.name] for field in fields(cls)})


Row = tuple[Frame, slice, Line, Line, float]  # frame, window, line, quarter before, centre


def windows_of(folder: Path, split: str, seed: int = 0) -> Windows:
    """The windows of a split's pieces that may train what ships.

    Raises:
        BadFile: there is no such split.
    """
    pieces = chain.from_iterable(shard.pieces() for shard in open_shards(folder, split))
    taken = (piece for piece in pieces if piece.label.set_name in SHARES)
    return stacked(taken, seed)


def stacked(pieces: Iterator[Piece], seed: int) -> Windows:
    """The windows of pieces, each set weighted by its share."""
    rows: list[Row] = []
    homes: list[int] = []
    owners: list[tuple[str, int]] = []
    for number, piece in enumerate(pieces):
        rng = Random(f"{seed}/{piece.label.set_name}/{piece.label.path}")
        found = list(_rows(piece, rng))
        rows += found
        homes += [_home(piece)] * len(found)
        owners += [(piece.label.set_name, number)] * len(found)
    count = Counter(name for name, _ in owners)
    weight = [SHARES.get(name, 1.0) / count[name] for name, _ in owners]
    return _arrays(rows, homes, weight, [number for _, number in owners])


def may_train() -> bool:
    """Whether every set in the mix may train what ships."""
    return all(set_named(name).may_ship for name in SHARES)


def _home(piece: Piece) -> int:
    key = piece.label.key
    if key is None:
        return 0
    return ((0 if not key.minor else 9) - key.tonic + 6) % 12 - 6


def _rows(piece: Piece, rng: Random) -> Iterator[Row]:
    if piece.label.grid == "none":
        return
    for part in piece.parts:
        if part.role not in DRUM_ROLES and part.clip.notes:
            yield from _part_rows(part, rng)


def _part_rows(part: PiecePart, rng: Random) -> Iterator[Row]:
    clip = part.clip
    end = max(note.start_beats for note in clip.notes)
    bars = grid_bars(bars_between(clip.metre, clip.metre_changes, 0.0, end + 1e-6))
    first = rng.randrange(max(1, len(bars) - EXCERPT_BARS + 1))
    bars = bars[first : first + EXCERPT_BARS]
    if not bars:
        return
    frame = frame_of(bars)
    low, high = bars[0].start_beats, bars[-1].end_beats
    notes = [n for n in clip.notes if low <= n.start_beats < high]
    seen: set[bytes] = set()
    for voice in voices(frame, notes):
        line = read_line(frame, voice)
        centre = centre_of(line)
        for window in _cuts(frame, rng):
            cut = line.cut(window)
            key = cut.tops.tobytes() + cut.shapes.tobytes()
            if key in seen or not cut.struck.any():
                continue
            seen.add(key)
            before = line.cut(slice(window.start - 1, window.start))
            yield frame, window, cut, before, centre


def _cuts(frame: Frame, rng: Random) -> Iterator[slice]:
    """Two bars at a time from a random bar on, some of them cut to one."""
    first = rng.randrange(2)
    while first < len(frame.bars):
        length = 1 if rng.random() < ONE_BAR_SHARE else WINDOW_BARS
        yield frame.quarters(first, min(len(frame.bars), first + length))
        first += WINDOW_BARS


def _arrays(
    rows: Sequence[Row], homes: Sequence[int], weight: Sequence[float], pieces: Sequence[int]
) -> Windows:
    count = len(rows)
    tops = np.full((count, PLACES, SLOTS), REST, np.int8)
    shapes = np.zeros((count, PLACES, SLOTS), np.int32)
    there = np.zeros((count, PLACES, SLOTS), bool)
    places = np.full((count, PLACES), -1, np.int8)
    metres = np.full((count, PLACES), -1, np.int8)
    before_tops = np.full((count, SLOTS), REST, np.int8)
    before_shapes = np.zeros((count, SLOTS), np.int32)
    for row, (frame, window, line, before, _) in enumerate(rows):
        size = window.stop - window.start
        tops[row, :size], shapes[row, :size] = line.tops, line.shapes
        there[row, :size] = frame.open[window]
        places[row, :size] = frame.places(window)
        metres[row, :size] = frame.metres[window]
        if len(before.tops):
            before_tops[row], before_shapes[row] = before.tops[0], before.shapes[0]
    return Windows(
        tops,
        shapes,
        there,
        places,
        metres,
        before_tops,
        before_shapes,
        np.array([row[4] for row in rows], np.float32),
        np.array(homes, np.int8),
        np.array(weight, np.float64),
        np.array(pieces, np.int32),
    )
