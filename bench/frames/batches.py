# SPDX-License-Identifier: Apache-2.0
"""Coded pieces, and windows of them as batches that depend on their number alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from frames.code import LONGEST_HELD, NONE, REACH, Alphabet, Frame, held, spelling
from frames.data import Table
from frames.network import FrameBatch

Array = np.ndarray[Any, Any]

POOL = 16  # batches that are drawn together, so that windows of like length meet
SHIFTS = tuple(range(-5, 7))  # of training: every key once
MOST_PLACE = 15
MOST_AGE = 13
FADES = (0.8, 0.97)  # what a frame's notes count less with each frame, in the two traces
NEAR = len(("own", "before", "second before", "said"))  # sources that count by distance


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece in numbers: n predictions in f frames with P pitches.

    Attributes:
        tokens: (n + 1,), START first.
        frame: (n,), which frame the prediction is about.
        place, bound, own, barred, held: (n,), see `frames.code.State` and `held`.
        flags: (n, 3), KEEP legal, END legal, KEEP refuted.
        said: (n, P), the notes of the frame so far.
        rolls: (f + 2, P), the frames after two empty ones.
        traces: (2, f, P), the frames before each, fading.
    """

    tokens: Array
    frame: Array
    place: Array
    bound: Array
    own: Array
    barred: Array
    held: Array
    flags: Array
    said: Array
    rolls: Array
    traces: Array

    @property
    def frames(self) -> int:
        """How many frames the piece has."""
        return self.rolls.shape[0] - 2

    def __len__(self) -> int:
        return len(self.frame)


def coded(alphabet: Alphabet, frames: Sequence[Frame]) -> Piece:
    """The piece of some frames."""
    lasting = held(alphabet, frames)
    tokens, rows, said = [alphabet.start], [], []
    before: Frame | None = None
    for number, frame in enumerate(frames):
        for state, token in spelling(alphabet, before, frame):
            key = state.place if alphabet.voices else state.own
            age = lasting[number - 1].get(key, 0) if number else 0
            flags = (state.keep, state.end, state.refuted)
            place = min(MOST_PLACE, state.place)
            rows.append((number, place, state.bound, state.own, state.barred, age, *flags))
            said.append(frame[: state.place])
            tokens.append(token)
        before = frame
    table = np.array(rows, np.int32).reshape(len(rows), 9)
    rolls = np.concatenate((np.zeros((2, alphabet.pitches), np.uint8), _roll(alphabet, frames)))
    return Piece(
        np.array(tokens, np.int32),
        *table[:, :6].T,
        table[:, 6:].astype(bool),
        _roll(alphabet, said),
        rolls,
        _traces(rolls[2:]),
    )


def _roll(alphabet: Alphabet, frames: Sequence[Frame]) -> Array:
    """(frames, P), 1 where a pitch is."""
    found = np.zeros((len(frames), alphabet.pitches), np.uint8)
    for row, frame in zip(found, frames, strict=True):
        row[[token for token in frame if token < alphabet.pitches]] = 1
    return found


def _traces(rolls: Array) -> Array:
    """(2, f, P): before each frame, the mean of the frames that went before, fading."""
    found = np.zeros((len(FADES), *rolls.shape), np.float16)
    for trace, fade in zip(found, FADES, strict=True):
        now = np.zeros(rolls.shape[1], np.float32)
        for number, row in enumerate(rolls[:-1]):
            now = fade * now + (1 - fade) * row
            trace[number + 1] = now
    return found


class Window(NamedTuple):
    """Predictions `begin` to `end` of a piece, transposed; those before `counted` don't count."""

    piece: Piece
    begin: int
    end: int
    shift: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches of windows of the training pieces, drawn.

    Attributes:
        table: how they are put to the network.
        pieces: the pieces, each drawn by its length.
        seed: of everything drawn.
        batch_tokens: about so many predictions in a batch.
    """

    table: Table
    pieces: Sequence[Piece]
    seed: int
    batch_tokens: int = 3584

    def batches_from(self, number: int) -> Iterator[FrameBatch]:
        """All batches from batch `number` on, without end."""
        pool, skip = divmod(number, POOL)
        while True:
            for group in self.pool(pool)[skip:]:
                yield stack(self.table, group)
            pool, skip = pool + 1, 0

    def pool(self, number: int) -> list[list[Window]]:
        """Pool `number`: `POOL` groups of windows, longer ones later before they are shuffled."""
        rng = np.random.default_rng((self.seed, number))
        drawn: list[Window] = []
        total = 0
        lengths = np.array([len(piece) for piece in self.pieces], np.float64)
        while total < POOL * self.batch_tokens:
            piece = self.pieces[int(rng.choice(len(lengths), p=lengths / lengths.sum()))]
            drawn.append(self._window(piece, rng))
            total += drawn[-1].end - drawn[-1].begin
        drawn.sort(key=lambda window: window.end - window.begin)
        groups: list[list[Window]] = [[] for _ in range(POOL)]
        passed = 0
        for window in drawn:
            groups[passed * POOL // total].append(window)
            passed += window.end - window.begin
        order = rng.permutation(POOL)
        return [groups[index] or drawn[-1:] for index in order]

    def _window(self, piece: Piece, rng: np.random.Generator) -> Window:
        size, n = self.table.window, len(piece)
        begin = int(rng.integers(-(size // 2), max(1, n - size // 2)))
        begin = max(0, min(begin, n - size))
        return Window(piece, begin, min(n, begin + size), int(rng.choice(SHIFTS)))


def covering(table: Table, pieces: Sequence[Piece]) -> list[Window]:
    """Windows in which every prediction counts once, with half a window before it if there is.

    Where they begin depends on the place in the piece alone, not on how long the piece is.
    """
    found = []
    for piece in pieces:
        begin, counted = 0, 0
        while counted < len(piece):
            end = begin + table.window
            found.append(Window(piece, begin, min(len(piece), end), 0, counted))
            begin, counted = end - table.window // 2, end
    return found


def stack(table: Table, windows: Sequence[Window]) -> FrameBatch:
    """Windows as one batch, padded on the right."""
    length = max(window.end - window.begin for window in windows)
    columns = zip(*(_row(table, window, length) for window in windows), strict=True)
    return FrameBatch(*(torch.from_numpy(np.stack(column)) for column in columns))


def _row(table: Table, window: Window, length: int) -> tuple[Array, ...]:
    piece, shift, alphabet = window.piece, window.shift, table.alphabet
    here = slice(window.begin, window.end)
    tokens = piece.tokens[window.begin : window.end + 1].astype(np.int64)
    tokens[tokens < alphabet.pitches] += shift
    weights = np.arange(window.begin, window.end) >= window.counted
    rows = (
        tokens[:-1],
        tokens[1:],
        _features(table, piece, here, shift),
        _sources(table, piece, here, shift),
        _legal(alphabet, piece, here, shift),
        weights.astype(np.float32),
    )
    padded = tuple(_pad(row, length) for row in rows)
    padded[4][len(weights) :] = True  # a softmax over nothing is not a number
    return padded


def _pad(row: Array, length: int) -> Array:
    found = np.zeros((length, *row.shape[1:]), row.dtype)
    found[: len(row)] = row
    return found


def _legal(alphabet: Alphabet, piece: Piece, here: slice, shift: int) -> Array:
    pitch = np.arange(alphabet.pitches)[None, :] - shift  # as it is untransposed
    legal = np.zeros((len(piece.frame[here]), alphabet.size), bool)
    legal[:, : alphabet.pitches] = (pitch >= REACH) & (pitch < piece.bound[here, None])
    legal[:, : alphabet.pitches] &= pitch != np.where(
        piece.barred[here] == NONE, pitch.min() - 1, piece.barred[here]
    ).reshape(-1, 1)
    legal[:, alphabet.keep], legal[:, alphabet.end] = piece.flags[here, 0], piece.flags[here, 1]
    return legal


def _sources(table: Table, piece: Piece, here: slice, shift: int) -> Array:
    """(T, S, P) in float32, transposed."""
    frame, pitches = piece.frame[here], table.alphabet.pitches
    own = np.arange(pitches) == piece.own[here, None]
    tonic = (np.arange(pitches) + table.alphabet.low - REACH) % 12 == 0
    tonic = np.broadcast_to(tonic & table.tonic, own.shape)
    roll = piece.rolls
    traces = piece.traces[:, frame] if table.history else ()
    found = (own, roll[frame + 1], roll[frame], piece.said[here], tonic, *traces)
    stacked = np.stack(found, 1).astype(np.float32)
    return np.roll(stacked, shift, -1)  # the outermost `REACH` pitches are free, but the tonic's


def scales(table: Table) -> int:
    """How many sources count by pitch class: the tonic, and the fading past."""
    return 1 + len(FADES) * table.history


def features(table: Table) -> tuple[tuple[str, int], ...]:
    """Name and size of each feature stream."""
    cycles = tuple((f"cycle {size}", size) for size in table.cycles)
    fixed = (("place", MOST_PLACE + 1), ("flags", 8), ("held", LONGEST_HELD + 1))
    shift = (("shift", 2 * REACH + 1),) if table.tonic else ()
    age = (("age", MOST_AGE + 1),) if table.history else ()
    return (*fixed, *age, ("own", table.alphabet.pitches + 1), *shift, *cycles)


def _features(table: Table, piece: Piece, here: slice, shift: int) -> Array:
    frame, own = piece.frame[here], piece.own[here]
    streams = [
        piece.place[here],
        piece.flags[here] @ np.array((1, 2, 4)),
        piece.held[here],
    ]
    if table.history:
        streams.append(np.minimum(MOST_AGE, np.log2(frame + 1).astype(np.int64)))
    streams.append(np.where(own == NONE, table.alphabet.pitches, own + shift))
    if table.tonic:
        streams.append(np.full(len(frame), shift + REACH))
    streams += [frame % size for size in table.cycles]
    return np.stack(streams, -1).astype(np.int64)
