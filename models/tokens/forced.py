# SPDX-License-Identifier: Apache-2.0
"""Hints that bind: the same rhythm with new notes, and the same notes in a new rhythm.

A forced rhythm is known before decoding, so it is fitted to the hard rules beforehand: a note that
would be one too many cuts an older one short, as a synthesiser steals a voice, and what can't
sound at all is left out. Onsets stay where they are.
"""

from __future__ import annotations

from models.tokens.encode import Layout, draft_of
from models.tokens.grid import bar_starts_ticks, duration_index, longest_index
from models.tokens.plan import CellPlan, PartPlan
from models.tokens.vocabulary import DURATIONS_TICKS


class _Forced:
    """One forced note while the rhythm is being fitted."""

    __slots__ = ("place", "start")

    def __init__(self, start: int, place: int) -> None:
        self.start, self.place = start, place

    @property
    def end(self) -> int:
        return self.start + DURATIONS_TICKS[self.place]


def force_hints(layout: Layout, plan: PartPlan) -> int:
    """Set `rhythm` and `groups` of the cells that have such hints.

    Returns:
        How many notes of the hints had to be left out.
    """
    lost = 0
    ringing: list[_Forced] = []
    fitted: list[tuple[CellPlan, list[list[_Forced]]]] = []
    for cell in plan.cells:
        if cell.cell.hint == "rhythm":
            onsets, dropped = _fit_rhythm(plan, cell, _onsets(layout, cell, plan.drums), ringing)
            fitted.append((cell, onsets))
            lost += dropped
        elif cell.cell.hint == "pitches":
            lost += _set_groups(plan, cell, layout)
    starts = bar_starts_ticks(layout.bars)
    for cell, onsets in fitted:  # durations are final only now
        origin = starts[cell.cell.bar]
        cell.rhythm = tuple(
            (chord[0].start - origin, tuple(note.place for note in chord)) for chord in onsets
        )
        cell.need = 0
    return lost


def _onsets(layout: Layout, cell: CellPlan, drums: bool) -> list[tuple[int, list[int]]]:
    """The hint's onsets, each with the places of its durations in the table."""
    origin = bar_starts_ticks(layout.bars)[cell.cell.bar]
    onsets: list[tuple[int, list[int]]] = []
    for note in draft_of(layout, cell.cell):
        if not onsets or onsets[-1][0] != origin + note.tick:
            onsets.append((origin + note.tick, []))
        onsets[-1][1].append(0 if drums else duration_index(note.ticks))
    return onsets


def _fit_rhythm(
    plan: PartPlan, cell: CellPlan, onsets: list[tuple[int, list[int]]], ringing: list[_Forced]
) -> tuple[list[list[_Forced]], int]:
    fitted, lost = [], 0
    for start, places in onsets:
        ringing[:] = [note for note in ringing if note.end > start]
        chord = _steal(plan, start, places, ringing)
        lost += len(places) - len(chord)
        for note in chord:
            _shorten(plan, cell, note, len(ringing) + len(chord))
        ringing.extend(chord)
        if chord:
            fitted.append(chord)
    return fitted, lost


def _steal(plan: PartPlan, start: int, places: list[int], ringing: list[_Forced]) -> list[_Forced]:
    """The chord as far as there is room, older notes cut to make it."""
    reach = start + DURATIONS_TICKS[max(places)]
    stands = sum(begin <= start < end for begin, end, _ in plan.standing)
    taken = {p for begin, end, p in plan.standing if begin < reach and end > start}
    room = min(plan.rules.polyphony - stands, len(set(plan.pitches) - taken))
    while ringing and len(ringing) + len(places) > room:
        oldest = min(ringing, key=lambda note: note.start)
        oldest.place = longest_index(start - oldest.start)
        ringing.remove(oldest)
    return [_Forced(start, place) for place in places[: max(0, room - len(ringing))]]


def _shorten(plan: PartPlan, cell: CellPlan, note: _Forced, ringing: int) -> None:
    """End before the limit and before what stands fills the part."""
    end = min(note.end, cell.limit)
    for begin, _, _ in plan.standing:
        if note.start < begin < end:
            stands = sum(b <= begin < e for b, e, _ in plan.standing)
            if stands + ringing > plan.rules.polyphony:
                end = begin
                break
    note.place = longest_index(end - note.start)


def _set_groups(plan: PartPlan, cell: CellPlan, layout: Layout) -> int:
    """Pitches struck together, without those that stand or are locked."""
    inside = [ring for ring in plan.standing if ring[0] < cell.limit and ring[1] > cell.low]
    stands = max(
        (sum(b <= tick < e for b, e, _ in inside) for tick in {cell.low, *(r[0] for r in inside)}),
        default=0,
    )
    taken = {pitch for _, _, pitch in inside} | plan.rules.locked_pitches
    room = plan.rules.polyphony - stands
    groups: list[list[int]] = []
    last, count = -1, 0
    for note in draft_of(layout, cell.cell):
        count += 1
        if note.tick != last:
            groups.append([])
            last = note.tick
        if note.pitch not in taken and len(groups[-1]) < room:
            groups[-1].append(note.pitch)
    kept = [tuple(group) for group in groups if group]
    cell.free = tuple(range(cell.low, cell.high))
    cell.voices = [room] * len(cell.free)
    cell.groups = tuple(kept[: len(cell.free)])
    cell.need = 0
    return count - sum(len(group) for group in cell.groups)
