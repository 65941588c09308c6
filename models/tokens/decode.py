# SPDX-License-Identifier: Apache-2.0
"""Token ids of the target as notes, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence

from models.clip import Note
from models.tokens import vocabulary as v
from models.tokens.encode import Encoded
from models.tokens.reading import tracker_behind
from models.tokens.scene import Scene
from models.tokens.state import RawNote

DRUM_TICKS = 6  # a drum is struck, not held: a sixteenth, as DAWs draw it
DEFAULT_VELOCITY = 100.0


def decode(scene: Scene, encoded: Encoded, target: Sequence[int]) -> tuple[tuple[Note, ...], ...]:
    """The notes of each target cell, all of origin `new`.

    Args:
        scene: the question.
        encoded: its tokens; only the context is read.
        target: what was written behind GEN.
    """
    tracker = tracker_behind((*encoded.context, *target))
    return tuple(cell_notes(scene, index, raw) for index, raw in enumerate(tracker.written))


def cell_notes(scene: Scene, index: int, raw: Sequence[RawNote]) -> tuple[Note, ...]:
    """The notes of one target cell, by onset and pitch; for streaming, as soon as it ended.

    Where MICRO moves onsets, notes end half a tick early, so that a note that comes early still
    begins after the one before it has ended.

    Args:
        scene: the question.
        index: place in `scene.cells`.
        raw: `Tracker.written[index]`.
    """
    cell = scene.cells[index]
    bar = scene.bars[cell.bar]
    drums = scene.parts[cell.part].drums
    first = scene.span(cell)[0] if _opens(scene, index) else -1
    ends = _drum_ends(raw, scene.span(cell)[1]) if drums else {}
    notes = []
    for note in sorted(raw, key=lambda note: (note.tick, note.pitch)):
        late = _late_ticks(note, first)
        end = ends.get((note.tick, note.pitch), note.tick + note.ticks)
        ticks = end - note.tick - (late + 0.5 if note.micro else 0)
        start = bar.start_beats + (note.tick + late) / v.TICKS_PER_QUARTER
        velocity = v.velocity_of(note.velocity) if note.velocity else DEFAULT_VELOCITY
        notes.append(Note(note.pitch, start, ticks / v.TICKS_PER_QUARTER, velocity, origin="new"))
    return tuple(notes)


def _opens(scene: Scene, index: int) -> bool:
    """Whether what lies before the cell is not its part's to write."""
    cell = scene.cells[index]
    before = (c for c in scene.cells[:index] if c.part == cell.part and c.bar == cell.bar - 1)
    whole = any(scene.span(c)[1] == scene.bars[c.bar].ticks for c in before)
    return scene.span(cell)[0] > 0 or not whole


def _late_ticks(note: RawNote, first: int) -> float:
    """How late MICRO makes a note, in ticks; never before the first tick that may be written."""
    if not note.micro:
        return 0.0
    late = (note.micro - v.MICRO - v.MICRO_STEPS) / (2 * v.MICRO_STEPS)
    most = 0.5 - 0.5 / v.MICRO_STEPS  # short of half a tick, so that the tick stays the nearest
    return max(0.0 if note.tick == first else -most, min(late, most))


def _drum_ends(raw: Sequence[RawNote], high: int) -> dict[tuple[int, int], int]:
    """Where each hit ends: after a sixteenth, at the pad's next hit, or at the end of the cell."""
    ends = {}
    following: dict[int, int] = {}
    for note in sorted(raw, key=lambda note: -note.tick):
        limit = following.get(note.pitch, high)
        ends[note.tick, note.pitch] = min(note.tick + DRUM_TICKS, limit)
        following[note.pitch] = note.tick
    return ends


def velocities_said(raw: Sequence[RawNote]) -> tuple[float | None, ...]:
    """The velocities in the order of `cell_notes`; None where the tokens carry none."""
    ordered = sorted(raw, key=lambda note: (note.tick, note.pitch))
    return tuple(v.velocity_of(note.velocity) if note.velocity else None for note in ordered)
