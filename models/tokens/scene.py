# SPDX-License-Identifier: Apache-2.0
"""Scene: what is to be written, and around what.

Parts lie on one beat line, cut into bars. A cell is one part in one bar; the target is the list of
cells to be written. Everything else is context. The same type serves training, where the target
cells hold the answer, and inference, where what they hold is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from models.clip import Clip, Note, Scale
from models.errors import BadClip
from models.theory import keys
from models.tokens.grid import GridBar, grid_bars
from models.tokens.vocabulary import DRUM_ROLES, FEELS, ROLES, STYLES, TASKS

Hint = Literal["nothing", "rhythm", "pitches", "rework"]
_HINTS = ("nothing", "rhythm", "pitches", "rework")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its role and its notes on the scene's beat line.

    Attributes:
        role: one of `vocabulary.ROLES`.
        clip: its notes; the frame (loop, markers) is not read.
        locked: places in `clip.notes` of notes that stand, also inside target cells.
    """

    role: str
    clip: Clip
    locked: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise BadClip(
                f"{self.role} is not a role; use one of {', '.join(ROLES)}.", where="role"
            )

    @property
    def drums(self) -> bool:
        """Whether a pitch names a pad."""
        return self.role in DRUM_ROLES


@dataclass(frozen=True, slots=True)
class Controls:
    """Wishes for one cell; None leaves it to the network. All but `pace` have tokens.

    Attributes:
        density: 0-7, by onsets a beat (`models.tokens.controls`).
        polyphony: 1-6, most notes sounding at once; 6 means more.
        low_pitch, high_pitch: MIDI keys 0-127.
        similarity: 0-4, how alike to the draft or the bar before; 4 is the same.
        reference: which bar it repeats: 0 none, else a place in `vocabulary.REFERENCES`.
        pace: onsets a beat that whoever draws tokens leans to.
    """

    density: int | None = None
    polyphony: int | None = None
    low_pitch: int | None = None
    high_pitch: int | None = None
    similarity: int | None = None
    reference: int | None = None
    pace: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell to be written.

    Attributes:
        part: place in `Scene.parts`.
        bar: place in `Scene.bars`.
        hole: first and last + 1 tick to be written, when only a piece of the bar is; else None.
        hint: what the mask tells: nothing, the rhythm, the pitches, or a draft to rework.
        draft: the notes that the hint is taken from; None takes the part's own.
        controls: wishes.
    """

    part: int
    bar: int
    hole: tuple[int, int] | None = None
    hint: Hint = "nothing"
    draft: tuple[Note, ...] | None = None
    controls: Controls = Controls()


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be written and around what.

    Attributes:
        task: one of `vocabulary.TASKS`.
        parts: cells of a bar come in this order; `sort_parts` gives the usual one.
        bars: contiguous, on the parts' beat line.
        cells: the target, by bar and then by part.
        loop_bars: so many first bars are shown again after the last, as what the end leads into.
        tempo_bpm: quarter notes a minute; None when unknown.
        key: 0-11 major, 12-23 minor by root, 24 for explicitly none; None when unknown.
        feel, style: of the vocabulary's tables; None when unknown.
    """

    task: str
    parts: tuple[Part, ...]
    bars: tuple[GridBar, ...]
    cells: tuple[Cell, ...]
    loop_bars: int = 0
    tempo_bpm: float | None = None
    key: int | None = None
    feel: str | None = None
    style: str | None = None

    def __post_init__(self) -> None:
        _need(self.task in TASKS, f"{self.task} is not one of {', '.join(TASKS)}.", "task")
        _need(bool(self.bars) and bool(self.parts), "A scene needs a bar and a part.", "bars")
        _need(bool(self.cells), "A scene needs a cell to write.", "cells")
        places = [(cell.bar, cell.part) for cell in self.cells]
        _need(places == sorted(set(places)), "Cells must be in order, each once.", "cells")
        _need(0 <= self.loop_bars <= len(self.bars), "loop_bars exceeds the bars.", "loop_bars")
        _need(self.feel is None or self.feel in FEELS, f"There is no feel {self.feel}.", "feel")
        _need(self.style is None or self.style in STYLES, f"No style {self.style}.", "style")
        _need(self.key is None or 0 <= self.key <= 24, "key must be 0 to 24.", "key")
        for cell in self.cells:
            self._check_cell(cell)

    def _check_cell(self, cell: Cell) -> None:
        inside = 0 <= cell.part < len(self.parts) and 0 <= cell.bar < len(self.bars)
        _need(inside, f"There is no part {cell.part} in bar {cell.bar}.", "cells")
        _need(cell.hint in _HINTS, f"There is no hint {cell.hint}.", "hint")
        low, high = self.span(cell)
        ticks = self.bars[cell.bar].ticks
        _need(0 <= low < high <= ticks, f"A hole must lie in 0-{ticks} ticks.", "hole")

    def span(self, cell: Cell) -> tuple[int, int]:
        """First and last + 1 tick of the bar that the cell may write."""
        return cell.hole or (0, self.bars[cell.bar].ticks)


def _need(holds: bool, message: str, where: str) -> None:
    if not holds:
        raise BadClip(message, where=where)


def sort_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts in the order of roles in which the network learned to write them."""
    return tuple(sorted(parts, key=lambda part: ROLES.index(part.role)))


def bars_of(clip: Clip, start_beats: float, bars: int) -> tuple[GridBar, ...]:
    """So many bars of a clip's metre from `start_beats` on, as grid bars (long bars give more)."""
    found = []
    for bar in clip.bars(start_beats, start_beats + bars * 400.0):
        found.append(bar)
        if len(found) == bars:
            break
    return grid_bars(found)


def key_of_scale(scale: Scale | None) -> int | None:
    """The KEY place of a scale: minor when it has a minor third and no major one."""
    return None if scale is None else keys.key_of_scale(scale).place


def cells_of(
    parts: Sequence[int],
    bars: Iterable[int],
    *,
    hint: Hint = "nothing",
    controls: Controls | None = None,
) -> tuple[Cell, ...]:
    """Whole cells of these parts in these bars, in order."""
    wishes = controls or Controls()
    return tuple(
        Cell(part, bar, hint=hint, controls=wishes)
        for bar in sorted(bars)
        for part in sorted(parts)
    )


def without_targets(scene: Scene) -> Scene:
    """The scene as inference sees it: target cells emptied of all but locked notes.

    Useful to prove that an answer can't have been read from the question.
    """
    from models.tokens.grid import place

    parts = []
    for index, part in enumerate(scene.parts):
        gone = set()
        cells = place(part.clip.notes, scene.bars, merge=False)
        for cell in (cell for cell in scene.cells if cell.part == index):
            low, high = scene.span(cell)
            gone |= {id(p.note) for p in cells[cell.bar] if low <= p.tick < high}
        stay = [
            n for n, note in enumerate(part.clip.notes) if id(note) not in gone or n in part.locked
        ]
        notes = tuple(part.clip.notes[n] for n in stay)
        locked = frozenset(k for k, n in enumerate(stay) if n in part.locked)
        parts.append(replace(part, clip=part.clip.with_notes(notes), locked=locked))
    return replace(scene, parts=tuple(parts))
