# SPDX-License-Identifier: Apache-2.0
"""What a grammar knows before the first token: the room that each target cell has.

Ticks here count from the scene's first bar. A cell that must get `need` more onsets keeps its last
`need` free ticks in reserve: `deadline(need)` is the first of them. Notes may ring past a deadline
only as long as a voice stays free for what must still come. So a rule that was given can always
be kept, and the grammar never has to break one to go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.tokens.encode import Layout
from models.tokens.grid import bar_starts_ticks
from models.tokens.rules import PartRules
from models.tokens.scene import Cell
from models.tokens.vocabulary import TICKS_PER_QUARTER

Ring = tuple[int, int, int]  # start, end, pitch


@dataclass(slots=True)
class CellPlan:
    """One target cell.

    Attributes:
        cell: what the scene says of it.
        low, high: first and last + 1 tick that may be written.
        limit: where its notes must have ended.
        need: onsets that it must get.
        free: ticks at which a note can begin, ascending, when nothing written rings.
        voices: at each tick from `low`, how many notes may ring once one begins there.
        rhythm: forced onsets: (tick, places in the duration table), or None.
        groups: forced pitches, descending, struck together, or None.
        later: (deadline, voices that may ring past it) of later cells that need notes.
    """

    cell: Cell
    low: int
    high: int
    limit: int
    need: int = 0
    free: tuple[int, ...] = ()
    voices: list[int] = field(default_factory=list)
    rhythm: tuple[tuple[int, tuple[int, ...]], ...] | None = None
    groups: tuple[tuple[int, ...], ...] | None = None
    later: tuple[tuple[int, int], ...] = ()

    @property
    def given(self) -> bool:
        """Whether its rhythm or its pitches are forced."""
        return self.cell.hint in {"rhythm", "pitches"}

    def deadline(self, need: int) -> tuple[int, int]:
        """The tick from which on `need` free ticks are left, and how many voices may ring past."""
        tick = self.free[len(self.free) - need]
        return tick, min(self.voices[t - self.low] for t in self.free[-need:]) - 1


@dataclass(slots=True)
class PartPlan:
    """One part that is written in: its rules, pitches, what stands, and its cells in order."""

    rules: PartRules
    drums: bool
    pitches: tuple[int, ...]
    standing: tuple[Ring, ...]
    cells: list[CellPlan]


def part_plan(layout: Layout, part: int, rules: PartRules) -> PartPlan:
    """The plan of one part, without what hints force.

    Raises:
        BadArgument: the rules leave no pitch.
    """
    starts = bar_starts_ticks(layout.bars)
    drums = layout.scene.parts[part].drums
    cells = []
    for cell in (cell for cell in layout.scene.cells if cell.part == part):
        low, high = layout.scene.span(cell)
        start = starts[cell.bar]
        cells.append(CellPlan(cell, start + low, start + high, start + high))
    plan = PartPlan(rules, drums, rules.pitches(drums=drums), _standing(layout, part), cells)
    _set_limits(plan)
    for cell_plan in cells:
        _set_room(plan, cell_plan)
    for index, cell_plan in enumerate(cells):
        needing = (later for later in cells[index + 1 :] if later.need)
        cell_plan.later = tuple(later.deadline(later.need) for later in needing)
    return plan


def _standing(layout: Layout, part: int) -> tuple[Ring, ...]:
    """Kept notes, those that ring into the first bar included; a drum takes one tick."""
    starts = bar_starts_ticks(layout.bars)
    drums = layout.scene.parts[part].drums
    found = [
        (
            starts[bar] + note.tick,
            starts[bar] + note.tick + (1 if drums else note.ticks),
            note.pitch,
        )
        for bar, notes in enumerate(layout.standing[part])
        for note in notes
    ]
    origin = layout.bars[0].start_beats
    for note in () if drums else layout.scene.parts[part].clip.notes:
        early = origin - note.start_beats > 0.5 / TICKS_PER_QUARTER  # else it is on the first tick
        if early and note.end_beats > origin and not note.mute:
            end = round((note.end_beats - origin) * TICKS_PER_QUARTER)
            found.append((0, max(1, end), note.pitch))
    return tuple(sorted(found))


def _set_limits(plan: PartPlan) -> None:
    """Notes end where the run of cells ends, and before a cell whose notes are forced."""
    end, following = -1, None
    for cell in reversed(plan.cells):
        if cell.high != (following.low if following else None):
            end = cell.high + plan.rules.overhang_ticks
        cell.limit = end
        following = cell
    for index, cell in enumerate(plan.cells):
        for later in plan.cells[index + 1 :]:
            both = cell.cell.hint == later.cell.hint == "rhythm"
            if (cell.given or later.given) and not both:
                cell.limit = min(cell.limit, later.low)
                break


def _set_room(plan: PartPlan, cell: CellPlan) -> None:
    """At each tick how many voices may ring, and where a note can begin at all."""
    polyphony = min(plan.rules.polyphony, len(plan.pitches))
    cell.voices = [polyphony] * (cell.high - cell.low)
    if any(start < cell.high and end > cell.low for start, end, _ in plan.standing):
        for tick in range(cell.low, cell.high):
            cell.voices[tick - cell.low] = _voices(plan, tick)
    cell.free = tuple(
        tick for tick in range(cell.low, cell.high) if cell.voices[tick - cell.low] > 0
    )
    cell.need = min(plan.rules.min_notes, len(cell.free))


def _voices(plan: PartPlan, tick: int) -> int:
    """Voices left by what stands at a tick, in number and in pitches."""
    stands = [pitch for start, end, pitch in plan.standing if start <= tick < end]
    unused = len(plan.pitches) - len(set(stands).intersection(plan.pitches))
    return min(plan.rules.polyphony - len(stands), unused)
