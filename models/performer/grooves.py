# SPDX-License-Identifier: Apache-2.0
"""Grooves: the feel of one clip, taken by place in the bar and lane, given to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from statistics import fmean
from types import MappingProxyType

import numpy as np

from models.clip import Clip
from models.errors import BadArgument, BadClip
from models.metre import Metre
from models.percussion.steps import Steps, read_steps
from models.performer.applying import Change, applied
from models.performer.performing import MOST_AMOUNT
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


def groove_of(clip: Clip) -> Groove:
    """The feel of what a clip's loop plays; swing is part of it.

    Raises:
        BadClip: the loop plays nothing, or its metre changes.
    """
    notes = clip.playing()
    if not notes:
        raise BadClip(
            "The groove clip plays nothing in its loop; give one that does.", where="clip"
        )
    metre = _one_metre(clip, "groove")
    steps = read_steps(clip)
    numbers, _ = steps.nearest([note.start_beats for note in notes])
    lanes = lanes_of(clip, np.array([note.pitch for note in notes]))
    usual = _usual_velocity([note.velocity for note in notes], lanes.tolist())
    found: dict[Cell, list[Touch]] = defaultdict(list)
    for note, number, lane in zip(notes, numbers.tolist(), lanes.tolist(), strict=True):
        place = _place(steps, number)
        touch = Touch(note.start_beats - _straight(steps, number), note.velocity - usual[lane])
        bar = int(steps.bars[number])
        for key in ((bar, lane), (_ANY, lane), (bar, _ANY), (_ANY, _ANY)):
            found[key[0], place, key[1]].append(touch)
    touches = {cell: _mean(touches) for cell, touches in found.items()}
    return Groove(metre, int(steps.bars[-1]) + 1, MappingProxyType(touches))


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
    inside = [
        i
        for i, note in enumerate(clip.notes)
        if not note.mute and clip.loop_start_beats <= note.start_beats < clip.loop_end_beats
    ]
    if not inside or not amount:
        return clip
    steps = read_steps(clip)
    numbers, _ = steps.nearest([clip.notes[i].start_beats for i in inside])
    lanes = lanes_of(clip, np.array([clip.notes[i].pitch for i in inside])).tolist()
    usual = _usual_velocity([clip.notes[i].velocity for i in inside], lanes)
    changes = {}
    for index, number, lane in zip(inside, numbers.tolist(), lanes, strict=True):
        touch = groove.touch(int(steps.bars[number]), _place(steps, number), lane)
        if touch is None or index in stays:
            continue
        note = clip.notes[index]
        later = float(np.clip(touch.later_beats, -_FURTHEST_BEATS, _FURTHEST_BEATS))
        moved = _straight(steps, number) + later - note.start_beats
        louder = usual[lane] + touch.louder - note.velocity
        changes[index] = Change(
            note.start_beats + amount * moved * timing,
            note.velocity + amount * louder * dynamics,
            cell=index,
        )
    return applied(clip, changes)


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


def _place(steps: Steps, number: int) -> int:
    return round(float(steps.places_beats[number]) * _PER_BEAT)


def _straight(steps: Steps, number: int) -> float:
    """Where a step would stand without swing, in clip time."""
    number_in_bar = int(np.searchsorted(steps.bars, steps.bars[number]))
    bar_start = steps.times_beats[number_in_bar] - steps.places_beats[number_in_bar]
    return float(bar_start + steps.places_beats[number])


def _usual_velocity(velocities: list[float], lanes: list[int]) -> dict[int, float]:
    """The mean velocity of each lane."""
    by_lane: dict[int, list[float]] = defaultdict(list)
    for velocity, lane in zip(velocities, lanes, strict=True):
        by_lane[lane].append(velocity)
    return {lane: fmean(found) for lane, found in by_lane.items()}


def _mean(touches: list[Touch]) -> Touch:
    return Touch(fmean(t.later_beats for t in touches), fmean(t.louder for t in touches))
