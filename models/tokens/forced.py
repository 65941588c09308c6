# SPDX-License-Identifier: Apache-2.0
"""Hints that bind: the same rhythm with new notes, and the same notes in a new rhythm.

A forced rhythm is known before decoding, so it is fitted to the hard rules beforehand: a note that
would be one too many cuts an older one short, as a synthesiser steals a voice, and what can't
sound at all is left out. Onsets stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.tokens.encode import Layout, draft_of
from models.tokens.grid import bar_starts_ticks, duration_index, longest_index
from models.tokens.plan import CellPlan, PartPlan, Ring
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
    """Pitches struck together, and the places for them between the notes that stand."""
    chords = _chords(layout, cell)
    inside = [ring for ring in plan.standing if ring[0] < cell.limit and ring[1] > cell.low]
    taken: set[int] = set()
    room, free = _room_between(plan, cell, inside, chords)
    if not free:  # rather fewer notes than none
        taken = {pitch for _, _, pitch in inside}
        room, free = plan.rules.polyphony - _most(inside, cell.low), range(cell.low, cell.high)
    left = [tuple(p for p in chord if p not in taken)[: max(0, room)] for chord in chords]
    cell.free = tuple(free)
    cell.voices = [room] * (cell.high - cell.low)
    cell.groups = tuple([group for group in left if group][: len(cell.free)])
    cell.need = 0
    return sum(map(len, chords)) - sum(map(len, cell.groups))


def _chords(layout: Layout, cell: CellPlan) -> list[list[int]]:
    """The hint's pitches by onset, descending."""
    chords: dict[int, list[int]] = {}
    for note in draft_of(layout, cell.cell):
        chords.setdefault(note.tick, []).append(note.pitch)
    return list(chords.values())


def _room_between(
    plan: PartPlan, cell: CellPlan, inside: Sequence[Ring], chords: Sequence[Sequence[int]]
) -> tuple[int, Sequence[int]]:
    """Voices and ticks that suit every chord: no place where what stands has one of its pitches.

    Where the fullest chord does not fit, places for thinner ones; none where there are too few.
    """
    wanted = {pitch for chord in chords for pitch in chord}
    open_ticks = [
        tick
        for tick in range(cell.low, cell.high)
        if not any(begin <= tick < end and pitch in wanted for begin, end, pitch in inside)
    ]
    stands = {tick: sum(b <= tick < e for b, e, _ in inside) for tick in open_ticks}
    for room in range(min(plan.rules.polyphony, max(map(len, chords), default=1)), 0, -1):
        free = [tick for tick in open_ticks if plan.rules.polyphony - stands[tick] >= room]
        if len(free) >= len(chords):
            return room, free
    return 0, ()


def _most(rings: Sequence[Ring], low: int) -> int:
    """Most of these that sound at once, from a tick on."""
    begins = {low, *(begin for begin, _, _ in rings)}
    return max((sum(b <= tick < e for b, e, _ in rings) for tick in begins), default=0)
