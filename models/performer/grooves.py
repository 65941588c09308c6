# SPDX-License-Identifier: Apache-2.0
"""Grooves: the feel of one clip, taken by place in the bar and lane, given to another."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from types import MappingProxyType

import numpy as np

from models.clip import Clip, Note
from models.errors import BadArgument, BadClip
from models.metre import EPSILON_BEATS, Metre
from models.percussion.steps import read_steps
from models.performer.applying import Change, applied
from models.performer.performing import MOST_AMOUNT
from models.performer.places import bars_of
from models.performer.reading import lanes_of

Cell = tuple[int, int, int]  # bar, eighth of a beat in the bar, lane

_ANY = -2  # in place of a bar or lane: the mean over all
_PER_BEAT = 8  # places in a beat
_FURTHEST_BEATS = 0.24


@dataclass(frozen=True, slots=True)
class Touch:
    """How a place is played: later by so many beats, louder by so much than its lane usually."""

    later_beats: float
    louder: float


@dataclass(frozen=True, slots=True)
class Groove:
    """The feel of a clip.

    Attributes:
        metre: of its bars.
        bars: after so many it begins again.
        touches: by bar, place in the bar and lane; -2 stands for all bars or lanes.
    """

    metre: Metre
    bars: int
    touches: Mapping[Cell, Touch]

    def touch(self, bar: int, place: int, lane: int) -> Touch | None:
        """How a place is played: as in that bar, else as in other bars, else as by other lanes.

        A place between two that are played, such as a sixteenth among swung eighths, moves as
        they do.
        """
        bar %= self.bars
        for key in ((bar, lane), (_ANY, lane), (bar, _ANY), (_ANY, _ANY)):
            found = self.touches.get((key[0], place, key[1]))
            if found is not None:
                return found
        return self._between(place)

    def _between(self, place: int) -> Touch | None:
        """Between its neighbours within a beat; None where nothing is played near."""
        around = round(self.metre.bar_beats * _PER_BEAT)
        sides = []
        for step in (-1, 1):
            for away in range(1, _PER_BEAT):
                near = self.touches.get((_ANY, (place + step * away) % around, _ANY))
                if near is not None:
                    sides.append((away, near.later_beats))
                    break
        if len(sides) < 2:
            return None
        (before, early), (after, late) = sides
        return Touch((early * after + late * before) / (before + after), 0.0)


@dataclass(frozen=True, slots=True)
class _Struck:
    """A note that plays in a loop.

    Attributes:
        index: its number in the clip.
        note: itself.
        bar, place: of its step, counted as a groove does.
        lane: as `models.performer.columns` counts them.
        straight_beats: where its step would stand without swing, in clip time.
        usual: mean velocity of its lane in the clip.
    """

    index: int
    note: Note
    bar: int
    place: int
    lane: int
    straight_beats: float
    usual: float


def groove_of(clip: Clip) -> Groove:
    """The feel of what a clip's loop plays; swing is part of it.

    Raises:
        BadClip: the loop plays nothing, or its metre changes.
    """
    metre = _one_metre(clip, "groove")
    struck = _struck(clip)
    if not struck:
        raise BadClip(
            "The groove clip plays nothing in its loop; choose one that does.", where="notes"
        )
    found: dict[Cell, list[Touch]] = defaultdict(list)
    for one in struck:
        touch = Touch(one.note.start_beats - one.straight_beats, one.note.velocity - one.usual)
        for bar, lane in product((one.bar, _ANY), (one.lane, _ANY)):
            found[bar, one.place, lane].append(touch)
    touches = {cell: _mean(touches) for cell, touches in found.items()}
    return Groove(metre, math.ceil(clip.loop_beats / metre.bar_beats), MappingProxyType(touches))


def transfer(
    groove: Groove,
    clip: Clip,
    amount: float = 1.0,
    stays: Set[int] = frozenset(),
    *,
    dynamics: bool = True,
    timing: bool = True,
) -> Clip:
    """A clip with the feel of another; notes outside the loop and muted ones stay.

    Args:
        groove: repeats where the clip is longer.
        clip: any clip in the groove's metre; a place that the groove doesn't play stays.
        amount: 0 changes nothing, 1 takes the groove whole, up to 2.
        stays: numbers in `clip.notes` of notes that must not change.
        dynamics: whether velocities may change.
        timing: whether onsets may change.

    Raises:
        BadArgument: the amount is out of range.
        BadClip: the metres differ.
    """
    if not 0 <= amount <= MOST_AMOUNT:
        raise BadArgument(f"amount is {amount}; it must be 0 to {MOST_AMOUNT:g}.", where="amount")
    metre = _one_metre(clip, "clip")
    if metre != groove.metre:
        raise BadClip(
            f"The groove is in {groove.metre} and the clip in {metre}; choose a groove clip "
            f"in {metre}.",
            where="metre",
        )
    changes = {}
    cells: dict[tuple[int, float], int] = {}  # doubled notes stay together
    for one in _struck(clip) if amount else ():
        touch = groove.touch(one.bar, one.place, one.lane)
        if touch is None or one.index in stays:
            continue
        start, velocity = one.note.start_beats, one.note.velocity
        later = min(max(touch.later_beats, -_FURTHEST_BEATS), _FURTHEST_BEATS)
        moved = amount * timing * (one.straight_beats + later - start)
        louder = amount * dynamics * (one.usual + touch.louder - velocity)
        cell = cells.setdefault((one.note.pitch, start), one.index)
        changes[one.index] = Change(start + moved, velocity + louder, cell)
    return applied(clip, changes) if changes else clip


def _struck(clip: Clip) -> list[_Struck]:
    """The notes that play in a clip's loop, on the steps of its own swing."""
    inside = [
        (index, note)
        for index, note in enumerate(clip.notes)
        if not note.mute and clip.loop_start_beats <= note.start_beats < clip.loop_end_beats
    ]
    if not inside:
        return []
    steps = read_steps(clip)
    numbers, _ = steps.nearest([note.start_beats for _, note in inside])
    times = steps.times_beats[numbers]
    bar_starts, *_ = bars_of(times + EPSILON_BEATS, clip.metre, clip.metre_changes)
    places = steps.places_beats[numbers]
    lanes = lanes_of(clip, np.array([note.pitch for _, note in inside])).tolist()
    velocities: dict[int, list[float]] = defaultdict(list)
    for (_, note), lane in zip(inside, lanes, strict=True):
        velocities[lane].append(note.velocity)
    usual = {lane: fmean(found) for lane, found in velocities.items()}
    rows = zip(
        inside,
        steps.bars[numbers].tolist(),
        np.rint(places * _PER_BEAT).astype(int).tolist(),
        lanes,
        (bar_starts + places).tolist(),
        strict=True,
    )
    return [
        _Struck(index, note, bar, place, lane, straight, usual[lane])
        for (index, note), bar, place, lane, straight in rows
    ]


def _one_metre(clip: Clip, what: str) -> Metre:
    """The metre of a clip's loop.

    Raises:
        BadClip: it changes.
    """
    metres = {clip.metre_at(clip.loop_start_beats)}
    metres |= {bar.metre for bar in clip.bars()}
    if len(metres) > 1:
        raise BadClip(
            f"The {what}'s metre changes within its loop; set the loop to bars of one metre.",
            where="metre",
        )
    return metres.pop()


def _mean(touches: list[Touch]) -> Touch:
    return Touch(fmean(t.later_beats for t in touches), fmean(t.louder for t in touches))
