# SPDX-License-Identifier: Apache-2.0
"""A scene as token ids; `models.tokens.vocabulary` says in which order.

The order is unique: onsets strictly increase in a cell, pitches descend inside an onset. So the
probability of a sequence is the probability of the music. What rounding takes away from a note
(onset within 1/48 beat, duration within the table) is handed back beside the tokens.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from models.clip import Note
from models.tokens import vocabulary as v
from models.tokens.grid import GridBar, Placed, duration_index, merged, place
from models.tokens.scene import Cell, Controls, Scene

_MASKS = {"nothing": v.MASK, "rhythm": v.RHYTHM, "pitches": v.PITCHES, "rework": v.REWORK}


class Written(NamedTuple):
    """Where one note stands in the tokens, and what rounding took from it.

    Attributes:
        at: place of its PITCH or DRUM token.
        part, bar: its cell.
        note: the note itself.
        late_beats: add it to the onset on the grid to get the note's own.
        longer_beats: add it to the duration of the table to get the note's own.
    """

    at: int
    part: int
    bar: int
    note: Note
    late_beats: float
    longer_beats: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """A scene in tokens.

    Attributes:
        context: up to and with GEN.
        target: what follows: the notes that the target cells hold, and END.
        kept: the notes said in the context; those of bars that the loop repeats come twice.
        written: the notes said in the target.
    """

    context: array[int]
    target: array[int]
    kept: tuple[Written, ...]
    written: tuple[Written, ...]


@dataclass(slots=True)
class Layout:
    """A scene's notes on its grid, target apart from what stands; shared with the grammar.

    Attributes:
        bars: the scene's, and those that the loop repeats.
        standing: by part and bar, notes that stay.
        target: by part and bar, notes of target cells.
        cells: the target cell of (part, bar).
    """

    scene: Scene
    bars: tuple[GridBar, ...]
    standing: list[list[list[Placed]]] = field(default_factory=list)
    target: list[list[list[Placed]]] = field(default_factory=list)
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)


def lay_out(scene: Scene) -> Layout:
    """Every note on the grid, sorted into those that stay and those that are to be written."""
    layout = Layout(scene, scene.bars + scene.bars[: scene.loop_bars])
    layout.cells.update({(cell.part, cell.bar): cell for cell in scene.cells})
    for index, part in enumerate(scene.parts):
        placed = place(part.clip.notes, scene.bars, merge=False)
        locked = {id(part.clip.notes[n]) for n in part.locked}
        standing, target = [], []
        for bar, notes in enumerate(placed):
            low, high = (0, 0)
            if (index, bar) in layout.cells:
                low, high = scene.span(layout.cells[index, bar])
            free = [low <= p.tick < high and id(p.note) not in locked for p in notes]
            standing.append(merged(p for p, new in zip(notes, free, strict=True) if not new))
            target.append(merged(p for p, new in zip(notes, free, strict=True) if new))
        layout.standing.append(standing + standing[: scene.loop_bars])
        layout.target.append(target)
    return layout


def draft_of(layout: Layout, cell: Cell) -> list[Placed]:
    """What the hint of a cell is taken from, on the grid, inside the cell's span."""
    if cell.draft is None:
        return layout.target[cell.part][cell.bar]
    low, high = layout.scene.span(cell)
    placed = place(cell.draft, layout.scene.bars)[cell.bar]
    return [note for note in placed if low <= note.tick < high]


def encode(scene: Scene, *, velocities: bool = False, micro: bool = False) -> Encoded:
    """The scene's tokens.

    Args:
        scene: what is to be written and around what.
        velocities: every note is followed by its VEL.
        micro: every note is followed by its MICRO, the place between two ticks.
    """
    layout = lay_out(scene)
    context = _Writer(velocities, micro)
    context.ids.extend(_header(scene, velocities=velocities, micro=micro))
    _context_bars(context, layout)
    context.ids.append(v.GEN)
    target = _Writer(velocities, micro)
    last_bar = -1
    for cell in scene.cells:
        if cell.bar != last_bar:
            target.ids.append(v.BAR)
            last_bar = cell.bar
        target.role(scene, cell.part)
        target.notes(layout.target[cell.part][cell.bar], cell.part, cell.bar, scene.bars[cell.bar])
        target.ids.append(v.ENDCELL)
    target.ids.append(v.END)
    return Encoded(context.ids, target.ids, tuple(context.written), tuple(target.written))


def _header(scene: Scene, *, velocities: bool, micro: bool) -> Iterator[int]:
    yield v.TASK + v.TASKS.index(scene.task)
    if scene.tempo_bpm is not None:
        yield v.tempo_token(scene.tempo_bpm)
    if scene.key is not None:
        yield v.KEY + scene.key
    if scene.feel is not None:
        yield v.FEEL + v.FEELS.index(scene.feel)
    if scene.style is not None:
        yield v.STYLE + v.STYLES.index(scene.style)
    if velocities:
        yield v.WITH_VELOCITY
    if micro:
        yield v.WITH_MICRO


def _context_bars(writer: _Writer, layout: Layout) -> None:
    """Every bar with a cell for every part, masked where it is to be written."""
    scene = layout.scene
    said: tuple[int, int] | None = None
    for index, bar in enumerate(layout.bars):
        if index == len(scene.bars):
            writer.ids.append(v.LOOP)
        writer.ids.append(v.BAR)
        if (bar.metre, bar.ticks) != said:
            said = (bar.metre, bar.ticks)
            writer.ids.append(bar.metre)
            if bar.metre == v.METRE_OTHER:
                writer.ids.append(v.POS + bar.ticks - 1)
        for part in range(len(scene.parts)):
            writer.role(scene, part)
            cell = layout.cells.get((part, index))
            if cell is not None:
                _mask(writer, layout, cell)
            standing = layout.standing[part][index]
            if cell is not None and standing:
                writer.ids.append(v.LOCK)
            writer.notes(standing, part, index, bar)


def _mask(writer: _Writer, layout: Layout, cell: Cell) -> None:
    """A cell to be written: where, what is known of it, and what is wished."""
    if cell.hole is not None:
        writer.ids.extend((v.HOLE, v.POS + cell.hole[0], v.POS + cell.hole[1] - 1))
    writer.ids.append(_MASKS[cell.hint])
    writer.ids.extend(control_tokens(cell.controls))
    if cell.hint == "nothing":
        return
    draft = draft_of(layout, cell)
    drums = layout.scene.parts[cell.part].drums
    if cell.hint == "rhythm":
        writer.ids.extend(_rhythm(draft, drums=drums))
    elif cell.hint == "pitches":
        writer.ids.extend(_pitches(draft, drums=drums))
    else:
        bar = layout.scene.bars[cell.bar]
        writer.notes(draft, cell.part, cell.bar, bar, hint=True)


def control_tokens(controls: Controls) -> Iterator[int]:
    """The wishes for a cell as tokens, always in this order."""
    if controls.density is not None:
        yield v.DENSITY + controls.density
    if controls.polyphony is not None:
        yield v.POLYPHONY + controls.polyphony - 1
    if controls.low_pitch is not None:
        yield v.LOW + controls.low_pitch // v.RANGE_STEP
    if controls.high_pitch is not None:
        yield v.HIGH + controls.high_pitch // v.RANGE_STEP
    if controls.similarity is not None:
        yield v.SIMILARITY + controls.similarity
    if controls.reference is not None:
        yield v.REFERENCE + controls.reference


def _rhythm(draft: Sequence[Placed], *, drums: bool) -> Iterator[int]:
    """POS and a DUR for each note struck there."""
    last = -1
    for note in draft:
        if note.tick != last:
            last = note.tick
            yield v.POS + last
        yield v.DUR if drums else v.DUR + duration_index(note.ticks)


def _pitches(draft: Sequence[Placed], *, drums: bool) -> Iterator[int]:
    """The pitches struck together, behind a POS that only counts the onsets."""
    count, last = -1, -1
    for note in draft:
        if note.tick != last:
            count, last = count + 1, note.tick
            yield v.POS + count
        yield (v.DRUM if drums else v.PITCH) + note.pitch


class _Writer:
    """Token ids as they grow, and the notes said in them."""

    def __init__(self, velocities: bool, micro: bool) -> None:
        self.ids = array("H")
        self.written: list[Written] = []
        self._velocities = velocities
        self._micro = micro
        self._drums = False

    def role(self, scene: Scene, part: int) -> None:
        """Open a cell."""
        self._drums = scene.parts[part].drums
        self.ids.append(v.ROLE + v.ROLES.index(scene.parts[part].role))

    def notes(
        self,
        notes: Sequence[Placed],
        part: int,
        bar: int,
        frame: GridBar,
        *,
        hint: bool = False,
    ) -> None:
        """The notes of one cell, in order."""
        last = -1
        for placed in notes:
            if placed.tick != last:
                last = placed.tick
                self.ids.append(v.POS + last)
            if not hint:
                self.written.append(_written(len(self.ids), part, bar, frame, placed))
            self._note(placed, frame)

    def _note(self, placed: Placed, frame: GridBar) -> None:
        self.ids.append((v.DRUM if self._drums else v.PITCH) + placed.pitch)
        if not self._drums:
            self.ids.append(v.DUR + duration_index(placed.ticks))
        if self._velocities:
            self.ids.append(v.velocity_token(placed.note.velocity))
        if self._micro:
            self.ids.append(v.MICRO + v.MICRO_STEPS + _micro_steps(placed, frame))


def _written(at: int, part: int, bar: int, frame: GridBar, placed: Placed) -> Written:
    note = placed.note
    on_grid = frame.start_beats + placed.tick / v.TICKS_PER_QUARTER
    ticks = v.DURATIONS_TICKS[duration_index(placed.ticks)]
    longer = note.duration_beats - ticks / v.TICKS_PER_QUARTER
    return Written(at, part, bar, note, note.start_beats - on_grid, longer)


def _micro_steps(placed: Placed, frame: GridBar) -> int:
    """How many sixteenths of a tick the note is late, -8 to 8."""
    late = placed.note.start_beats - frame.start_beats - placed.tick / v.TICKS_PER_QUARTER
    steps = round(late * v.TICKS_PER_QUARTER * 2 * v.MICRO_STEPS)
    return max(-v.MICRO_STEPS, min(v.MICRO_STEPS, steps))
