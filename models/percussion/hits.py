# SPDX-License-Identifier: Apache-2.0
"""A drum clip as arrays of hits, velocities and offsets by step and lane, and back to notes.

Every cell remembers the notes it came from: a cell that comes back unchanged gives those very
notes, so that nothing is lost to the grid. Several notes in one cell, such as a flam or a roll
faster than the grid, ride along with the loudest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.clip import Clip, Note, note_order
from models.percussion.lanes import LANES, Kit, read_kit
from models.percussion.steps import Steps, read_steps

Mask = NDArray[np.bool_]
Reals = NDArray[np.float32]

SHORTEST_BEATS = 1 / 32
_HIT_BEATS = 0.25  # of a pad that the clip does not play


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Hits by step and lane; a leading batch axis is allowed.

    Attributes:
        hits: whether a lane is struck, bool [..., steps, lanes].
        velocities: 0-1, MIDI velocity over 127; 0 where nothing is struck.
        offsets: -1/2 to 1/2 gaps between steps, late is above 0; 0 where nothing is struck.
    """

    hits: Mask
    velocities: Reals
    offsets: Reals

    @classmethod
    def silent(cls, steps: int) -> Hits:
        """No hit at all."""
        shape = (steps, len(LANES))
        zeros = np.zeros(shape, np.float32)
        return cls(np.zeros(shape, bool), zeros, zeros.copy())

    @classmethod
    def stacked(cls, rows: Iterable[Hits]) -> Hits:
        """Windows of one length as a batch."""
        columns = zip(*((row.hits, row.velocities, row.offsets) for row in rows), strict=True)
        return cls(*(np.stack(column) for column in columns))

    @classmethod
    def joined(cls, rows: Iterable[Hits], axis: int) -> Hits:
        """Batches as one, or windows one after another where the axis is that of the steps."""
        columns = zip(*((row.hits, row.velocities, row.offsets) for row in rows), strict=True)
        return cls(*(np.concatenate(column, axis) for column in columns))

    def __getitem__(self, part: Any) -> Hits:
        """A part of it, by the leading axis."""
        return Hits(self.hits[part], self.velocities[part], self.offsets[part])

    def where(self, mask: Mask, other: Hits) -> Hits:
        """These cells where `mask` is true, those of `other` elsewhere."""
        return Hits(
            np.where(mask, self.hits, other.hits),
            np.where(mask, self.velocities, other.velocities),
            np.where(mask, self.offsets, other.offsets),
        )

    def same_as(self, other: Hits) -> Mask:
        """Cells that are equal in hit, velocity and offset."""
        equal = self.hits == other.hits
        alike = (self.velocities == other.velocities) & (self.offsets == other.offsets)
        return np.asarray(equal & (alike | ~self.hits))


@dataclass(frozen=True, slots=True, eq=False)
class DrumPart:
    """A clip's loop, read.

    Attributes:
        clip: what was read.
        kit: its pads by lane.
        steps: its grid.
        hits: its arrays, [steps, lanes].
        cells: (step, lane) → the notes there, the loudest first.
    """

    clip: Clip
    kit: Kit
    steps: Steps
    hits: Hits
    cells: Mapping[tuple[int, int], tuple[Note, ...]]

    @property
    def lane_mask(self) -> Mask:
        """Which lanes the kit has a pad for, [lanes]."""
        return np.array(self.kit.present)


def read_part(clip: Clip, kit: Kit | None = None, steps: Steps | None = None) -> DrumPart:
    """Read the notes that sound in a clip's loop; pads that sit in no lane stay out of it.

    Args:
        clip: a drum clip.
        kit: its pads by lane; read from the clip when None.
        steps: its grid; read from the clip when None.

    Raises:
        BadClip: the loop is too long for a grid.
    """
    kit = read_kit(clip) if kit is None else kit
    steps = read_steps(clip) if steps is None else steps
    notes = [note for note in clip.playing() if note.pitch in kit.lanes]
    places, offsets = steps.nearest([note.start_beats for note in notes])
    hits = Hits.silent(len(steps))
    cells: dict[tuple[int, int], list[tuple[Note, float]]] = {}
    for note, place, offset in zip(notes, places.tolist(), offsets.tolist(), strict=True):
        cells.setdefault((place, kit.lanes[note.pitch]), []).append((note, offset))
    for cell, found in cells.items():
        found.sort(key=lambda item: -item[0].velocity)
        hits.hits[cell] = True
        hits.velocities[cell] = found[0][0].velocity / 127
        hits.offsets[cell] = found[0][1]
    kept = {cell: tuple(note for note, _ in found) for cell, found in cells.items()}
    return DrumPart(clip, kit, steps, hits, MappingProxyType(kept))


def write_part(part: DrumPart, hits: Hits, fixed: Mask | None = None) -> Clip:
    """The clip with other hits; cells that are as they were give the very notes they had.

    Hits in lanes without a pad are left out, and so are those that would have to begin where a
    note of the same pitch sounds that may not be shortened.

    Args:
        part: the clip as it was read.
        hits: what it shall play, [steps, lanes].
        fixed: cells whose notes may not even be shortened; none when None.
    """
    same = hits.same_as(part.hits)
    locked = np.zeros_like(same) if fixed is None else fixed
    moved = {
        note for cell, notes in part.cells.items() if not same[cell] for note in map(id, notes)
    }
    held = {id(note) for cell, notes in part.cells.items() if locked[cell] for note in notes}
    free = {id(note) for notes in part.cells.values() for note in notes} - held
    stays = [note for note in part.clip.notes if id(note) not in moved]
    written = sorted(_written(part, hits, ~same), key=note_order)
    return part.clip.with_notes(_fitted(stays, written, free, part.clip.loop_end_beats))


def _written(part: DrumPart, hits: Hits, changed: Mask) -> list[Note]:
    """The notes of the cells that changed."""
    found: list[Note] = []
    usual, clip = _usual_beats(part), part.clip
    where = np.nonzero(changed & hits.hits)
    times = part.steps.times(where[0], hits.offsets[where].astype(np.float64))
    last_beats = clip.loop_end_beats - SHORTEST_BEATS
    onsets = np.maximum(times, clip.loop_start_beats).clip(max=last_beats).tolist()
    loud = np.clip(np.rint(hits.velocities[where] * 127), 1, 127).tolist()
    cells = zip(*(axis.tolist() for axis in where), onsets, loud, strict=True)
    for step, lane, onset, velocity in cells:
        main = part.kit.mains[lane]
        if notes := part.cells.get((step, lane)):
            found += _edited(notes, onset, velocity)
        elif main is not None:
            found.append(Note(main, onset, usual[lane], velocity, origin="new"))
    return found


def _edited(notes: tuple[Note, ...], onset_beats: float, velocity: float) -> list[Note]:
    """The notes of a cell, moved together and scaled together."""
    away = onset_beats - notes[0].start_beats
    scale = velocity / notes[0].velocity
    return [
        replace(
            note,
            start_beats=note.start_beats + away,
            velocity=min(127.0, max(1.0, note.velocity * scale)),
            origin="edited",
        )
        for note in notes
    ]


def _usual_beats(part: DrumPart) -> list[float]:
    """How long new hits of each lane are: as the clip's own on that pad, in the middle."""
    lengths: dict[int, list[float]] = {}
    for note in part.clip.notes:
        lengths.setdefault(note.pitch, []).append(note.duration_beats)
    mains = [sorted(lengths.get(-1 if p is None else p, (_HIT_BEATS,))) for p in part.kit.mains]
    return [min(found[len(found) // 2], 1.0) for found in mains]


@dataclass(slots=True)
class _Entry:
    """A note on its way into the clip; `note` becomes None when it has to go."""

    note: Note | None
    new: bool
    free: bool


def _fitted(stays: list[Note], written: list[Note], free: set[int], end_beats: float) -> list[Note]:
    """All notes; where two of one pitch would overlap, the earlier is cut or the new one goes."""
    room = [replace(n, duration_beats=_inside(n, end_beats)) for n in written]
    entries = [_Entry(note, False, id(note) in free) for note in stays]
    entries += [_Entry(note, True, True) for note in room]
    touched = {note.pitch for note in written}
    by_pitch: dict[int, list[_Entry]] = {pitch: [] for pitch in touched}
    for entry in entries:
        if entry.note is not None and entry.note.pitch in touched:
            by_pitch[entry.note.pitch].append(entry)
    for lane in by_pitch.values():
        _untangle(sorted(lane, key=lambda entry: entry.note.start_beats if entry.note else 0.0))
    return [entry.note for entry in entries if entry.note is not None]


def _inside(note: Note, end_beats: float) -> float:
    """How long a written note lasts when it ends with the loop."""
    return max(min(note.duration_beats, end_beats - note.start_beats), SHORTEST_BEATS)


def _untangle(lane: list[_Entry]) -> None:
    """Cut or drop entries of one pitch, in order of onset, that a new note overlaps with."""
    sounding: list[_Entry] = []
    for entry in lane:
        for early in sounding:
            if entry.note is not None and (entry.new or early.new):
                _part(early, entry)
        if entry.note is not None:
            begin = entry.note.start_beats
            sounding = [e for e in sounding if e.note is not None and e.note.end_beats > begin]
            sounding.append(entry)


def _part(early: _Entry, late: _Entry) -> None:
    """Make two entries of one pitch, one of them new, follow each other."""
    if early.note is None or late.note is None or early.note.end_beats <= late.note.start_beats:
        return
    length = late.note.start_beats - early.note.start_beats
    if early.free and length >= SHORTEST_BEATS:
        origin = early.note.origin if early.new else "edited"
        early.note = replace(early.note, duration_beats=length, origin=origin)
    elif late.new:
        late.note = None
    else:
        early.note = None
