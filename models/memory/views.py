# SPDX-License-Identifier: Apache-2.0
"""Viewpoints: what a decision is compared by, and which contexts it is foreseen from.

After Conklin & Witten, "Multiple viewpoint systems for music prediction" (1995), and Pearce, "The
construction and evaluation of statistical models of melodic structure" (2005), carried over to
chords, drums and bars. A view is a shift, so that symbol = answer - shift, and its contexts, the
longest first. A view that can say nothing has no contexts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from typing import NamedTuple

from models.memory.stream import BEGIN, END, FIRST, LENGTH, LOWER, MORE, WHERE, State

NONE = -99
UP = 504  # keeps steps above zero, since Python hashes -1 and -2 alike; a multiple of 12


class View(NamedTuple):
    """One viewpoint at one decision."""

    shift: int
    contexts: Sequence[tuple[Hashable, ...]]


def views(kind: int, state: State) -> list[View]:
    """The viewpoints of a decision; their number and order depend on kind and drums alone."""
    maker = _DRUMS[kind] if state.drums else _PITCHED[kind]
    return maker(state)


def next_onset(bar: dict[int, list[tuple[int, int]]] | None, tick: int) -> int:
    """The next onset behind a tick; `END` if there is none."""
    if not bar:
        return END
    ticks = list(bar)
    place = bisect_right(ticks, tick)
    return ticks[place] if place < len(ticks) else END


def _last(values: Sequence[int], count: int) -> tuple[int, ...]:
    """The last values, latest first; NONE where there are fewer."""
    found = tuple(reversed(values[-count:]))
    return found + (NONE,) * (count - len(found))


def _where(state: State) -> list[View]:
    size, tick = state.bar_ticks, state.tick
    one, two, three = _last(state.onsets, 3)
    length = state.chord[0][1] if state.chord else _last(state.lengths, 1)[0]
    before, earlier = _last(state.lengths, 2)
    back = [next_onset(state.back(lag), tick) for lag in (1, 2)]
    start = tick == BEGIN
    near = UP + min(state.end_ticks, size) - tick
    return [
        View(
            0,
            [
                (0, size, one, two, three, length),
                (0, size, one, two, three),
                (0, size, one, two),
                (0, size, one),
                (0, size),
            ],
        ),
        View(
            0,
            [
                (1, size, one, two, *back),
                (1, size, one, *back),
                (1, size, one, back[0]),
                (1, size, one),
            ],
        ),
        View(
            state.end_ticks,
            [
                (2, start, length, before, earlier),
                (2, start, length, before),
                (2, start, length),
                (2, start),
            ],
        ),
        View(0, [(3, size, one, near, length), (3, size, one, near), (3, size, one)]),
    ]


def _first(state: State) -> list[View]:
    tops = [chord[0] for chord in state.chords[-5:]]
    one, two, three = _last(tops, 3)
    if one == NONE:
        return [View(0, [(4,)]), View(0, []), View(state.tonic, [(6,)]), View(0, []), View(0, [])]
    steps = _last([UP + b - a for a, b in pairwise(tops)], 3)
    place, tonic = (state.tick, state.bar_ticks), state.tonic
    degree, before = UP + one - tonic, UP + two - tonic
    gap = _last(state.gaps, 1)[0]
    return [
        View(0, [(4, one, two, three), (4, one, two), (4, one), (4,)]),
        View(one, [(5, *steps), (5, *steps[:2]), (5, steps[0]), (5,)]),
        View(tonic, [(6, degree, before, place), (6, degree, before), (6, degree), (6,)]),
        View(one, [(7, degree % 12, *steps[:2]), (7, degree % 12, steps[0]), (7, degree % 12)]),
        View(one, [(8, degree % 12, gap, place), (8, degree % 12, place), (8, place)]),
    ]


def _more(state: State) -> list[View]:
    count, place = len(state.chord), (state.tick, state.bar_ticks)
    size, before = _last([len(chord) for chord in state.chords[-2:]], 2)
    shape = tuple(state.chord[0][0] - pitch for pitch, _ in state.chord)
    length = state.chord[0][1]
    return [
        View(0, [(9, count, size, before), (9, count, size), (9, count)]),
        View(0, [(10, shape, size), (10, shape), (10, count)]),
        View(0, [(11, place, count, size), (11, place, count)]),
        View(0, [(12, length, count, size), (12, length, count)]),
    ]


def _lower(state: State) -> list[View]:
    pitches = [pitch for pitch, _ in state.chord]
    last, count = pitches[-1], len(pitches)
    shape = tuple(pitches[0] - pitch for pitch in pitches)
    chord = state.chords[-1] if state.chords else ()
    degree = (last - state.tonic) % 12
    if count < len(chord):
        moved = UP + last - chord[count - 1]
        voice = View(chord[count], [(13, count, moved, shape), (13, count, moved), (13, count)])
    else:
        voice = View(0, [])
    return [
        View(last, [(14, shape, len(chord)), (14, shape), (14, count), (14,)]),
        voice,
        View(last, [(15, degree, shape), (15, degree, shape[-1]), (15, degree)]),
        View(0, [(16, *pitches[-2:]), (16, last), (16,)]),
    ]


def _length(state: State) -> list[View]:
    mate = state.chord[-2][1] if len(state.chord) > 1 else NONE
    one, two, three = _last(state.lengths, 3)
    place, gap = (state.tick, state.bar_ticks), _last(state.gaps, 1)[0]
    bar = state.back(1) or {}
    copy = bar[state.tick][0][1] if bar.get(state.tick) else NONE
    return [
        View(
            0, [(17, mate, place, one, two), (17, mate, place, one), (17, mate, place), (17, mate)]
        ),
        View(0, [(18, mate, one, two, three), (18, mate, one, two), (18, mate, one), (18, mate)]),
        View(0, [(19, mate, gap, one), (19, mate, gap)]),
        View(0, [(20, mate, place, copy), (20, mate, copy)]),
    ]


def _hits(state: State) -> tuple[int, ...]:
    return tuple(pitch for pitch, _ in state.chord)


def _pads(state: State, number: int) -> list[View]:
    """Views of drums for FIRST, MORE and LOWER: pads so far, what was struck before, a bar ago."""
    hits, place = _hits(state), (state.tick, state.bar_ticks)
    before = state.chords[-2:]
    one = before[-1] if before else ()
    two = before[-2] if len(before) > 1 else ()
    back = tuple(
        tuple(pitch for pitch, _ in (state.back(lag) or {}).get(state.tick, ())) for lag in (1, 2)
    )
    n = 100 + 10 * number
    return [
        View(0, [(n, place, hits, one), (n, place, hits), (n, hits), (n,)]),
        View(0, [(n + 1, hits, one, two), (n + 1, hits, one), (n + 1, hits)]),
        View(0, [(n + 2, hits, *back, place), (n + 2, hits, *back), (n + 2, hits, back[0])]),
    ]


def _drum_where(state: State) -> list[View]:
    """As for pitches, with the pads just struck in place of how long they last."""
    size = state.bar_ticks
    one, two, three = _last(state.onsets, 3)
    hits = _hits(state)
    back = [next_onset(state.back(lag), state.tick) for lag in (1, 2)]
    return [
        View(
            0, [(120, size, one, two, three), (120, size, one, two), (120, size, one), (120, size)]
        ),
        View(0, [(121, size, one, *back), (121, size, one, back[0]), (121, size, one)]),
        View(0, [(122, size, one, hits, *back), (122, size, one, hits), (122, size, one)]),
    ]


Maker = Callable[[State], list[View]]
_PITCHED: tuple[Maker, ...] = (_where, _more, _first, _lower, _length)
_DRUMS: tuple[Maker, ...] = (
    _drum_where,
    lambda state: _pads(state, 3),
    lambda state: _pads(state, 4),
    lambda state: _pads(state, 5),
    lambda state: [],
)
assert (WHERE, MORE, FIRST, LOWER, LENGTH) == (0, 1, 2, 3, 4)
