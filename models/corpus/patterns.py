# SPDX-License-Identifier: Apache-2.0
"""Drum patterns of styles that no free collection holds: house, techno, trap, breaks, and so on.

They are drawn from plain rules of each style, on a grid and with programmed dynamics. They serve
as pattern vocabulary in training, never to measure anything, and never as examples of timing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType

from models.clip import Clip, Note

KICK, STICK, SNARE, CLAP, CLOSED, OPEN, CRASH, RIDE = 36, 37, 38, 39, 42, 46, 49, 51
TOMS = (50, 47, 43)
_BAR = 16  # steps, all in 4/4
_STEP_BEATS = 0.25


@dataclass(slots=True)
class _Bar:
    """Hits of one bar: (step, pitch) → velocity; a roll's steps are fractions."""

    hits: dict[tuple[float, int], float] = field(default_factory=dict)

    def add(self, pitch: int, steps: str | tuple[float, ...], velocity: float) -> None:
        """Strike a pad at steps, given as numbers or as a picture such as `x...x...`."""
        drawn = isinstance(steps, str)
        places = [n for n, mark in enumerate(steps) if mark == "x"] if drawn else steps
        for place in places:
            self.hits[(float(place), pitch)] = velocity

    def drop(self, pitch: int, first: float = 0) -> None:
        """Silence a pad from a step on."""
        for key in [key for key in self.hits if key[1] == pitch and key[0] >= first]:
            del self.hits[key]


def pattern(rng: Random, bars: int = 4) -> Clip:
    """A drum clip of a style drawn at random, named for it; its last bar may end in a fill.

    Args:
        rng: the source of chance.
        bars: how many, each of four beats.
    """
    style = rng.choice(sorted(STYLES))
    tempo, make = STYLES[style]
    base = make(rng)
    notes: list[Note] = []
    for number in range(bars):
        bar = _Bar(dict(base.hits))
        if number % 2:
            _answer(bar, rng)
        if number == bars - 1 and rng.random() < 0.6:
            _fill(bar, rng)
        if number == 0 and rng.random() < 0.3:
            bar.add(CRASH, (0,), 110)
        notes += _notes(bar, number)
    return Clip(
        tuple(notes), bars * 4.0, tempo_bpm=float(rng.randint(*tempo)), kind="drums", name=style
    )


def _notes(bar: _Bar, number: int) -> list[Note]:
    start = number * _BAR * _STEP_BEATS
    return [
        Note(pitch, start + step * _STEP_BEATS, 0.1, velocity)
        for (step, pitch), velocity in sorted(bar.hits.items())
        if 0 <= step < _BAR
    ]


def _answer(bar: _Bar, rng: Random) -> None:
    """The second bar of two: one kick or one hat more or less."""
    choice = rng.randrange(4)
    if choice == 0:
        bar.add(KICK, (float(rng.choice((7, 10, 11, 14, 15))),), 95)
    elif choice == 1:
        bar.add(OPEN, (14,), 90)
        bar.hits.pop((14.0, CLOSED), None)
    elif choice == 2:
        bar.add(SNARE, (float(rng.choice((7, 9, 15))),), 45)


def _fill(bar: _Bar, rng: Random) -> None:
    """The last beats: a roll, a run down the toms, or a breath."""
    first = rng.choice((8, 12, 12, 14))
    kind = rng.choice(("roll", "toms", "breath", "claps"))
    for pad in (CLOSED, OPEN) if kind != "breath" else (KICK, CLOSED, OPEN):
        bar.drop(pad, first)
    places = range(first, _BAR)
    if kind == "roll":
        for place in places:
            bar.add(SNARE, (place,), 60 + 50 * (place - first) / (_BAR - first))
    elif kind == "toms":
        for place in places:
            bar.add(TOMS[min(2, (place - first) * 3 // (_BAR - first))], (place,), 100)
    elif kind == "claps":
        bar.add(CLAP, tuple(float(p) for p in places if rng.random() < 0.6), 100)


def _house(rng: Random) -> _Bar:
    bar = _Bar()
    bar.add(KICK, "x...x...x...x...", 118)
    bar.add(rng.choice((CLAP, SNARE)), "....x.......x...", 105)
    bar.add(OPEN, "..x...x...x...x.", 95)
    closed = ("x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx", ".x.x.x.x.x.x.x.x", "x..xx..xx..xx..x")
    if rng.random() < 0.8:
        bar.add(CLOSED, rng.choice(closed), 72)
    if rng.random() < 0.4:
        bar.add(STICK, rng.choice(("...x..x....x..x.", "..x..x....x..x..")), 60)
    return bar


def _techno(rng: Random) -> _Bar:
    bar = _Bar()
    bar.add(KICK, "x...x...x...x...", 122)
    bar.add(CLOSED, rng.choice(("..x...x...x...x.", "xxxxxxxxxxxxxxxx", "..xx..xx..xx..xx")), 80)
    if rng.random() < 0.6:
        bar.add(CLAP, rng.choice(("....x.......x...", "............x...")), 100)
    if rng.random() < 0.5:
        bar.add(RIDE, rng.choice(("..x...x...x...x.", "x.x.x.x.x.x.x.x.")), 85)
    if rng.random() < 0.5:
        places = tuple(float(p) for p in rng.sample(range(16), rng.randint(2, 5)))
        bar.add(rng.choice(TOMS), places, 75)
    return bar


def _trap(rng: Random) -> _Bar:
    bar = _Bar()
    bar.add(KICK, rng.choice(("x.....x...x.....", "x..x......x..x..", "x.........x..x..")), 118)
    bar.add(rng.choice((SNARE, CLAP)), "........x.......", 115)
    bar.add(CLOSED, rng.choice(("x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx")), 82)
    if rng.random() < 0.7:
        first = rng.choice((3, 6, 7, 11, 14))
        fine = rng.choice((1 / 2, 1 / 3))
        count = round(rng.choice((1, 2)) / fine)
        for number in range(count):
            bar.add(CLOSED, (first + number * fine,), 60 + 40 * number / count)
    if rng.random() < 0.4:
        bar.add(OPEN, (float(rng.choice((2, 6, 10, 14))),), 85)
    return bar


def _breakbeat(rng: Random) -> _Bar:
    bar = _Bar()
    kicks = ("x.x.......xx....", "x.........x..x..", "x..x..x...x.....", "x.x...x...x.....")
    bar.add(KICK, rng.choice(kicks), 112)
    bar.add(SNARE, "....x.......x...", 116)
    bar.add(SNARE, rng.choice((".......x.x.....x", ".......x.x......", "..x....x......x.", "")), 48)
    bar.add(rng.choice((CLOSED, RIDE)), rng.choice(("x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx")), 80)
    return bar


def _drum_and_bass(rng: Random) -> _Bar:
    bar = _Bar()
    bar.add(KICK, rng.choice(("x.........x.....", "x.....x...x.....", "x.x.......x.....")), 118)
    bar.add(SNARE, "....x.......x...", 118)
    bar.add(SNARE, rng.choice(("", ".......x........", ".........x.....x")), 45)
    bar.add(CLOSED, rng.choice(("x.x.x.x.x.x.x.x.", "..x...x...x...x.", "xxxxxxxxxxxxxxxx")), 80)
    return bar


def _hip_hop(rng: Random) -> _Bar:
    bar = _Bar()
    kicks = ("x......x..x.....", "x.....x.x.......", "x..x....x.x.....", "x.........x....x")
    bar.add(KICK, rng.choice(kicks), 112)
    bar.add(rng.choice((SNARE, SNARE, CLAP)), "....x.......x...", 110)
    bar.add(CLOSED, rng.choice(("x.x.x.x.x.x.x.x.", "x.xxx.x.x.xxx.x.", "x...x...x...x...")), 78)
    if rng.random() < 0.4:
        bar.add(OPEN, rng.choice(("......x.........", "..............x.")), 85)
    return bar


def _garage(rng: Random) -> _Bar:
    bar = _Bar()
    bar.add(KICK, rng.choice(("x.........x.....", "x.....x...x.....", "x..........x..x.")), 115)
    bar.add(rng.choice((SNARE, CLAP)), "....x.......x...", 108)
    bar.add(CLOSED, rng.choice(("..x...x...x...x.", ".xx..xx..xx..xx.", "..xx..x...xx..x.")), 78)
    bar.add(STICK, rng.choice(("", "...x......x.....", ".......x..x....x")), 62)
    return bar


def _dembow(rng: Random) -> _Bar:
    bar = _Bar()
    bar.add(KICK, "x...x...x...x...", 115)
    bar.add(rng.choice((SNARE, STICK)), "...x..x....x..x.", 100)
    bar.add(CLOSED, rng.choice(("x.x.x.x.x.x.x.x.", "..x...x...x...x.", "")), 74)
    return bar


# Tempo range in quarter notes a minute, and what makes a bar.
STYLES: Mapping[str, tuple[tuple[int, int], Callable[[Random], _Bar]]] = MappingProxyType(
    {
        "house": ((118, 128), _house),
        "techno": ((126, 142), _techno),
        "trap": ((130, 150), _trap),
        "breakbeat": ((96, 136), _breakbeat),
        "drum and bass": ((168, 176), _drum_and_bass),
        "hip-hop": ((76, 98), _hip_hop),
        "garage": ((128, 136), _garage),
        "dembow": ((88, 100), _dembow),
    }
)
