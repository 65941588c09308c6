# SPDX-License-Identifier: Apache-2.0
"""Small questions that the grammar asks at a step: when a voice is free, and what is due."""

from __future__ import annotations

from models.tokens.plan import CellPlan, PartPlan
from models.tokens.tracker import Tracker

Rhythm = tuple[tuple[int, tuple[int, ...]], ...]  # tick, and places in the duration table
Groups = tuple[tuple[int, ...], ...]  # pitches struck together, descending


def when_free(ringing: list[tuple[int, int]], voices: int) -> int:
    """The tick from which on fewer than `voices` notes ring."""
    if len(ringing) < voices:
        return 0
    return sorted(end for end, _ in ringing)[len(ringing) - voices]


def before_standing(plan: PartPlan, tracker: Tracker, now: int, end: int) -> int:
    """Cut `end` at the next kept note of the same pitch, or that leaves no voice."""
    for begin, _, pitch in plan.standing:
        if begin >= end:
            break
        if begin > now:
            if pitch == tracker.pitch:
                return begin
            stands = sum(b <= begin < e for b, e, _ in plan.standing)
            rings = sum(e > begin for e, _ in tracker.ringing)
            if stands + rings + 1 > plan.rules.polyphony:
                return begin
    return end


def before_due(cell: CellPlan, tracker: Tracker, end: int) -> int:
    """Cut `end` at the first deadline that needs this voice."""
    left = cell.need - tracker.notes - 1
    deadlines = (cell.deadline(left), *cell.later) if left > 0 else cell.later
    for deadline, voices in deadlines:
        if deadline >= end:
            break
        if sum(ring > deadline for ring, _ in tracker.ringing) + 1 > voices:
            return deadline
    return end


def chord_of(tracker: Tracker, rhythm: Rhythm) -> tuple[int, ...]:
    """The durations forced at this onset."""
    return next(places for tick, places in rhythm if tick == tracker.tick)


def group_index(tracker: Tracker, groups: Groups) -> int:
    """Which group is being written: the first that has notes left."""
    count = tracker.notes
    for index, group in enumerate(groups):
        if count < len(group):
            return index
        count -= len(group)
    return len(groups)


def in_group(tracker: Tracker, groups: Groups) -> int:
    """How many notes of that group are written."""
    return tracker.notes - sum(len(group) for group in groups[: group_index(tracker, groups)])
