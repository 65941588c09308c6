# SPDX-License-Identifier: Apache-2.0
"""Lines: notes on the slots of a frame, as a top voice and the chord that hangs below each onset.

A slot is a rest, holds what sounds, or strikes: the highest pitch, and as a set of bits which
semitones below it are struck too. Chords wider than two octaves are folded up. A line is read
from strikes, groups of notes that begin and end together, of which one ends where the next begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.melody_space.frame import SLOT_TICKS, Array, Frame
from models.tokens.vocabulary import TICKS_PER_QUARTER

REST, HOLD = -1, -2
REACH = 24  # semitones below the top that a chord can hold

# Slots that a quarter uses, and how many ticks of error finer ones must save to be taken.
_STRAIGHT = (0, 6, 12, 18)
_GRIDS = ((_STRAIGHT, 0.0), ((0, 8, 16), 0.5), (SLOT_TICKS, 1.5))


@dataclass(frozen=True, slots=True)
class Strike:
    """Notes that begin and end together, in ticks from the frame's start.

    Attributes:
        start, end: in ticks; fractions are kept.
        pitches: descending.
    """

    start: float
    end: float
    pitches: tuple[int, ...]

    @property
    def shape(self) -> int:
        """Bit i - 1 for a note i semitones below the top; wide chords folded."""
        bits = 0
        for pitch in self.pitches[1:]:
            below = self.pitches[0] - pitch
            while below > REACH:
                below -= 12
            bits |= 1 << (below - 1)
        return bits


@dataclass(frozen=True, slots=True)
class Line:
    """A line on a frame.

    Attributes:
        tops: (N, 6) pitches, `REST` or `HOLD`.
        shapes: (N, 6) bits of the chord below, 0 where nothing is struck or it stands alone.
    """

    tops: Array
    shapes: Array

    def cut(self, window: slice) -> Line:
        """Some of its quarters."""
        return Line(self.tops[window], self.shapes[window])

    @property
    def struck(self) -> Array:
        """(N, 6) whether a slot strikes."""
        return np.asarray(self.tops >= 0)


def silent(frame: Frame) -> Line:
    """A line of rests."""
    shape = frame.ticks.shape
    return Line(np.full(shape, REST, np.int16), np.zeros(shape, np.int32))


def joined(lines: Iterable[Line]) -> Line:
    """Lines one after the other."""
    pieces = list(lines)
    return Line(
        np.concatenate([line.tops for line in pieces]),
        np.concatenate([line.shapes for line in pieces]),
    )


def read_line(frame: Frame, strikes: Sequence[Strike]) -> Line:
    """Strikes in order of their onsets as a line; of two on one slot the higher one stays.

    What begins before the frame and sounds into it is held.
    """
    line = silent(frame)
    tops, shapes = line.tops.reshape(-1), line.shapes.reshape(-1)
    order, ticks = _open_slots(frame)
    grids = _grids(frame, strikes)
    begun = [(_slot(frame, s.start, grids, ticks), s) for s in strikes if s.end > 0]
    limit = len(ticks)
    for index, (first, strike) in enumerate(begun):
        following = begun[index + 1][0] if index + 1 < len(begun) else limit
        if first >= limit or (following == first and begun[index + 1][1].pitches > strike.pitches):
            continue
        end = max(_slot(frame, strike.end, grids, ticks), first + 1)
        cells = order[max(0, first) : min(end, max(following, first + 1))]
        if not len(cells):
            continue
        tops[cells] = HOLD
        if strike.start > -TICKS_PER_QUARTER / 8:
            tops[cells[0]], shapes[cells[0]] = strike.pitches[0], strike.shape
    return line


def strikes_of(frame: Frame, line: Line) -> Iterator[Strike]:
    """The strikes of a line; a hold that holds nothing is a rest."""
    order, ticks = _open_slots(frame)
    tops, shapes = line.tops.reshape(-1)[order], line.shapes.reshape(-1)[order]
    ends = np.append(ticks[1:], frame.bar_ticks[-1])
    index = 0
    while index < len(tops):
        if tops[index] < 0:
            index += 1
            continue
        last = index
        while last + 1 < len(tops) and tops[last + 1] == HOLD:
            last += 1
        pitches = pitches_of(int(tops[index]), int(shapes[index]))
        yield Strike(float(ticks[index]), float(ends[last]), pitches)
        index = last + 1


def pitches_of(top: int, shape: int) -> tuple[int, ...]:
    """The pitches of a chord, descending; those below the keyboard are folded up."""
    below = (top - step for step in range(1, REACH + 1) if shape >> (step - 1) & 1)
    return tuple(sorted({top, *(p if p >= 0 else p + REACH for p in below)}, reverse=True))


def _open_slots(frame: Frame) -> tuple[Array, Array]:
    """Flat places of the open slots in order, and their ticks."""
    order = np.flatnonzero(frame.open.reshape(-1))
    return order, frame.ticks.reshape(-1)[order]


def _grids(frame: Frame, strikes: Sequence[Strike]) -> dict[int, tuple[int, ...]]:
    """For quarters that don't lie on sixteenths, by their first tick: the slots that they use."""
    starts = frame.ticks[:, 0]
    found: dict[int, list[float]] = {}
    for strike in strikes:
        place = int(np.searchsorted(starts, strike.start, side="right")) - 1
        if place >= 0:
            found.setdefault(int(starts[place]), []).append(strike.start - float(starts[place]))
    grids = {start: _grid(offsets) for start, offsets in found.items()}
    return {start: grid for start, grid in grids.items() if grid != _STRAIGHT}


def _grid(offsets: Sequence[float]) -> tuple[int, ...]:
    def cost(choice: tuple[tuple[int, ...], float]) -> float:
        slots = (*choice[0], TICKS_PER_QUARTER)
        errors = (min(abs(offset - slot) for slot in slots) for offset in offsets)
        return sum(errors) + choice[1]

    return min(_GRIDS, key=cost)[0]


def _slot(frame: Frame, tick: float, grids: dict[int, tuple[int, ...]], ticks: Array) -> int:
    """The number among the open slots of the one nearest to `tick` that its quarter uses."""
    if tick <= 0:
        return 0
    starts = frame.ticks[:, 0]
    place = min(int(np.searchsorted(starts, tick, side="right")) - 1, len(starts) - 1)
    start = int(starts[place])
    following = int(starts[place + 1]) if place + 1 < len(starts) else int(frame.bar_ticks[-1])
    slots = [start + slot for slot in grids.get(start, _STRAIGHT) if start + slot < following]
    nearest = min((*slots, following), key=lambda slot: abs(slot - tick))
    return int(np.searchsorted(ticks, nearest))
