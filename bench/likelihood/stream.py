# SPDX-License-Identifier: Apache-2.0
"""One part as the decisions that write it, token for token the network's own alphabet.

At a bar line, or behind a note, comes the next onset or the end of the cell (WHERE); behind a note
first whether another one is struck with it (MORE). A note is its pitch or pad (FIRST, or LOWER in a
chord, where pitches descend) and its length out of the table (LENGTH). The product over these
decisions is the probability of the tokens POS, PITCH, DRUM, DUR and ENDCELL, since a choice in two
steps multiplies to the choice among all of them. BAR, ROLE and END follow from the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.tokens.grid import GridBar, Placed, duration_index, place
from models.tokens.scene import Part
from models.tokens.vocabulary import DURATIONS_TICKS, LONGEST_BAR_TICKS

Array = np.ndarray[Any, Any]
Chord = list[tuple[int, int]]  # (pitch, place in the table of durations), pitches descending

WHERE, MORE, FIRST, LOWER, LENGTH = range(5)
KINDS = ("where", "more", "first", "lower", "length")
END = LONGEST_BAR_TICKS  # in WHERE: the cell ends
SIZES = (LONGEST_BAR_TICKS + 1, 2, 128, 128, 32)
BEGIN = -1  # the tick before the first onset of a bar


@dataclass(slots=True)
class State:
    """All that was said before a decision.

    Attributes:
        drums: pitches are pads, without lengths.
        tonic: pitch class of the key that the prompt shows.
        bar_ticks: length of this bar.
        tick: last onset in this bar, `BEGIN` before the first.
        chord: notes struck at it so far.
        bars: finished bars, each onset → chord.
        now: this bar.
        onsets: onsets of this bar, latest last.
        chords: pitches of the earlier onsets, latest last.
        lengths: durations of the earlier onsets' first notes, latest last.
        gaps: ticks between earlier onsets, latest last.
        end_ticks: end of the note before, from this bar's line.
        tokens: what was said, as small whole numbers that tell all tokens apart.
    """

    drums: bool
    tonic: int
    bar_ticks: int = 0
    tick: int = BEGIN
    chord: Chord = field(default_factory=list)
    bars: list[dict[int, Chord]] = field(default_factory=list)
    ticks_of: list[int] = field(default_factory=list)
    now: dict[int, Chord] = field(default_factory=dict)
    onsets: list[int] = field(default_factory=list)
    chords: list[tuple[int, ...]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    end_ticks: int = 0
    tokens: list[int] = field(default_factory=list)

    def back(self, bars: int) -> dict[int, Chord] | None:
        """The bar so many bars ago, if it is as long as this one."""
        if len(self.bars) < bars or self.ticks_of[-bars] != self.bar_ticks:
            return None
        return self.bars[-bars]


@dataclass(frozen=True)
class Line:
    """One part in its bars on the grid: for each bar its length in ticks and its notes."""

    drums: bool
    bars: tuple[tuple[int, tuple[Placed, ...]], ...]

    @classmethod
    def of(cls, part: Part, grid: Sequence[GridBar]) -> Line:
        """A part on the grid; notes as `models.tokens.encode` says them."""
        cells = place(part.clip.notes, grid)
        both = zip(grid, cells, strict=True)
        return cls(part.drums, tuple((bar.ticks, tuple(cell)) for bar, cell in both))


def decisions(line: Line, state: State) -> Iterator[tuple[int, int, int]]:
    """(bar, kind, answer) in order; between two of them `state` moves on."""
    for number, (ticks, notes) in enumerate(line.bars):
        state.bar_ticks = ticks
        for index, note in enumerate(notes):
            if note.tick != state.tick:
                if index:
                    yield number, MORE, 0
                yield number, WHERE, note.tick
                _onset(state, note.tick)
                yield number, FIRST, note.pitch
            else:
                yield number, MORE, 1
                yield number, LOWER, note.pitch
            length = duration_index(note.ticks)
            state.tokens.append(200 + note.pitch)
            _pitch(state, note.pitch)
            if not line.drums:
                yield number, LENGTH, length
                state.tokens.append(400 + length)
            _finish(state, note, length)
        if notes:
            yield number, MORE, 0
        yield number, WHERE, END
        _next_bar(state)


def valid(kind: int, state: State) -> Array:
    """What the grammar leaves, as booleans over the alphabet of a decision."""
    mask = np.ones(SIZES[kind], bool)
    if kind == WHERE:
        mask[: state.tick + 1] = False
        mask[state.bar_ticks : END] = False
    elif kind == LOWER:
        mask[state.chord[-1][0] :] = False
    return mask


def _onset(state: State, tick: int) -> None:
    if state.chord:
        _remember(state)
    if state.onsets:
        state.gaps.append(tick - state.onsets[-1])
    elif state.chords:
        state.gaps.append(tick + 1000)  # over a bar line
    state.tick, state.chord = tick, []
    state.onsets.append(tick)
    state.now[tick] = state.chord
    state.tokens.append(tick)


def _pitch(state: State, pitch: int) -> None:
    state.chord.append((pitch, 0))


def _finish(state: State, note: Placed, length: int) -> None:
    state.chord[-1] = (note.pitch, length)
    state.end_ticks = state.tick + DURATIONS_TICKS[length]


def _remember(state: State) -> None:
    state.chords.append(tuple(pitch for pitch, _ in state.chord))
    state.lengths.append(state.chord[0][1])


def _next_bar(state: State) -> None:
    if state.chord:
        _remember(state)
    state.bars.append(state.now)
    state.ticks_of.append(state.bar_ticks)
    state.end_ticks -= state.bar_ticks
    state.now, state.onsets, state.chord, state.tick = {}, [], [], BEGIN
    state.tokens.append(END)
