# SPDX-License-Identifier: Apache-2.0
"""One part as the decisions that write it, token for token the network's own alphabet.

At a bar line, or behind a note, comes the next onset or the end of the cell (WHERE); behind a note
first whether another one is struck with it (MORE). A note is its pitch or pad (FIRST, or LOWER in a
chord, where pitches descend) and its length out of the table (LENGTH). The product over these
decisions is the probability of the tokens POS, PITCH, DRUM, DUR and ENDCELL, since a choice in two
steps multiplies to the choice among all of them. BAR, ROLE and END follow from the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

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


class Struck(Protocol):
    """A note on the grid."""

    @property
    def tick(self) -> int:
        """Ticks from the bar line."""

    @property
    def ticks(self) -> int:
        """How long it lasts."""

    @property
    def pitch(self) -> int:
        """MIDI key, or pad."""


@dataclass(slots=True)
class State:
    """All that was said before a decision.

    Attributes:
        drums: pitches are pads, without lengths.
        tonic: pitch class of the key that the prompt shows.
        bar_ticks: length of this bar.
        open_ticks: first tick of this bar at which nothing is asked any more: an onset from there
            on is as good as the end. The length of the bar but where only its start is written.
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
    open_ticks: int = 0
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

    def copy(self) -> State:
        """An independent state; finished bars, which never change, are shared."""
        now = {tick: list(chord) for tick, chord in self.now.items()}
        return replace(
            self,
            chord=now.get(self.tick, []),
            bars=self.bars.copy(),
            ticks_of=self.ticks_of.copy(),
            now=now,
            onsets=self.onsets.copy(),
            chords=self.chords.copy(),
            lengths=self.lengths.copy(),
            gaps=self.gaps.copy(),
            tokens=self.tokens.copy(),
        )

    def back(self, bars: int) -> dict[int, Chord] | None:
        """The bar so many bars ago, if it is as long as this one."""
        if len(self.bars) < bars or self.ticks_of[-bars] != self.bar_ticks:
            return None
        return self.bars[-bars]

    def begin_bar(self, ticks: int) -> None:
        """A bar begins, so long."""
        self.bar_ticks = self.open_ticks = ticks

    def strike(self, tick: int) -> None:
        """The next onset of the bar."""
        if self.chord:
            self._remember()
        if self.onsets:
            self.gaps.append(tick - self.onsets[-1])
        elif self.chords:
            self.gaps.append(tick + 1000)  # over a bar line
        self.tick, self.chord = tick, []
        self.onsets.append(tick)
        self.now[tick] = self.chord
        self.tokens.append(tick)

    def pitch(self, pitch: int) -> None:
        """A note at this onset; its length is still open."""
        self.tokens.append(200 + pitch)
        self.chord.append((pitch, 0))

    def last(self, length: int) -> None:
        """The length of that note, as its place in the table; drums have one too."""
        if not self.drums:
            self.tokens.append(400 + length)
        self.chord[-1] = (self.chord[-1][0], length)
        self.end_ticks = self.tick + DURATIONS_TICKS[length]

    def end_bar(self) -> None:
        """The bar is whole."""
        if self.chord:
            self._remember()
        self.bars.append(self.now)
        self.ticks_of.append(self.bar_ticks)
        self.end_ticks -= self.bar_ticks
        self.now, self.onsets, self.chord, self.tick = {}, [], [], BEGIN
        self.tokens.append(END)

    def _remember(self) -> None:
        self.chords.append(tuple(pitch for pitch, _ in self.chord))
        self.lengths.append(self.chord[0][1])


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
        for kind, answer in bar_decisions(ticks, notes, state):
            yield number, kind, answer


def bar_decisions(ticks: int, notes: Iterable[Struck], state: State) -> Iterator[tuple[int, int]]:
    """(kind, answer) of a whole bar; between two of them, and behind it, `state` moves on."""
    state.begin_bar(ticks)
    yield from note_decisions(notes, state)
    if state.chord:
        yield MORE, 0
    yield WHERE, END
    state.end_bar()


def note_decisions(notes: Iterable[Struck], state: State) -> Iterator[tuple[int, int]]:
    """(kind, answer) of notes inside a bar, in order; between two of them `state` moves on."""
    for note in notes:
        if note.tick != state.tick:
            if state.chord:
                yield MORE, 0
            yield WHERE, note.tick
            state.strike(note.tick)
            yield FIRST, note.pitch
        else:
            yield MORE, 1
            yield LOWER, note.pitch
        length = duration_index(note.ticks)
        state.pitch(note.pitch)
        if not state.drums:
            yield LENGTH, length
        state.last(length)


def valid(kind: int, state: State) -> Array:
    """What the grammar leaves, as booleans over the alphabet of a decision."""
    mask = np.ones(SIZES[kind], bool)
    if kind == WHERE:
        mask[: state.tick + 1] = False
        mask[state.open_ticks : END] = False
    elif kind == LOWER:
        mask[state.chord[-1][0] :] = False
    return mask
