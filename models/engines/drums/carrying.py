# SPDX-License-Identifier: Apache-2.0
"""Whose notes stand in the cells between two clips: the first one's, the second one's, or new ones.

Hits that both have go from one velocity and offset to the other; hits that one has are its very
notes; pads that sit in no lane are exchanged note by note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.clip import Clip, Note, Origin, note_order
from models.percussion.hits import DrumPart, Hits, read_part, write_part
from models.percussion.lanes import Kit, read_kit
from models.percussion.steps import Steps, read_steps, steps_of

Mask = NDArray[np.bool_]

_Cells = dict[tuple[int, int], tuple[Note, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two clips read on one frame.

    Attributes:
        start, end: both, as long as the longer.
        loose: the notes of each on pads that sit in no lane.
    """

    start: DrumPart
    end: DrumPart
    loose: tuple[tuple[Note, ...], tuple[Note, ...]]


def read_pair(first: Clip, second: Clip) -> Pair:
    """Read two clips of one metre; the shorter is repeated until it is as long as the longer."""
    told = [clip for clip in (first, second) if clip.pads or clip.notes]  # others have any kit
    kit = _joined(read_kit(told[0]), read_kit(told[-1]))
    frame = _frame(first, second)
    parts, loose = [], []
    for clip in (first, second):
        notes = tuple(_repeated(clip, frame))
        steps = steps_of(frame, read_steps(clip).feel)
        parts.append(read_part(frame.with_notes(notes), kit, steps))
        loose.append(tuple(note for note in notes if note.pitch not in kit.lanes))
    return Pair(parts[0], parts[1], (loose[0], loose[1]))


def _joined(first: Kit, second: Kit) -> Kit:
    """The pads of two kits; where both have a lane, new hits go to the first one's pad."""
    mains = tuple(a if a is not None else b for a, b in zip(first.mains, second.mains, strict=True))
    return Kit(MappingProxyType({**second.lanes, **first.lanes}), mains)


def _frame(first: Clip, second: Clip) -> Clip:
    """An empty clip that begins at the first one's place in its bar and lasts as the longer."""
    bar_beats = first.metre.bar_beats
    start = first.loop_start_beats % bar_beats
    end = start + max(first.loop_beats, second.loop_beats)
    pads = {**dict(second.pads), **dict(first.pads)} if first.pads or second.pads else {}
    return replace(
        first,
        notes=(),
        length_beats=end,
        loop_start_beats=start,
        loop_end_beats=end,
        start_marker_beats=start,
        tempo_changes=(),
        pads=tuple(pads.items()),
    )


def _repeated(clip: Clip, frame: Clip) -> Iterator[Note]:
    """The notes of a loop, repeated through a frame; only the first time they keep their ids."""
    turn_beats = 0.0
    while turn_beats < frame.loop_beats:
        away = frame.loop_start_beats - clip.loop_start_beats + turn_beats
        for note in clip.playing():
            begin = note.start_beats + away
            if begin >= frame.loop_end_beats:
                continue
            length = min(note.duration_beats, frame.loop_end_beats - begin)
            same = away == 0 and length == note.duration_beats
            if same:
                yield note
            else:
                known = note.id if turn_beats == 0 else None
                origin: Origin = "edited" if turn_beats == 0 else "new"
                yield replace(
                    note, start_beats=begin, duration_beats=length, id=known, origin=origin
                )
        turn_beats += clip.loop_beats


def between(pair: Pair, hits: Hits, share: float, order: NDArray[np.float64]) -> Clip:
    """The clip at a share of the way.

    Args:
        pair: both ends.
        hits: its pattern, [steps, lanes].
        share: 0 at the first clip, 1 at the second.
        order: 0-1 for each loose note of the first clip, then of the second: when it is exchanged.
    """
    steps = _steps_between(pair, share)
    nearer, other = (pair.start, pair.end) if share < 0.5 else (pair.end, pair.start)
    near, far = hits.hits & nearer.hits.hits, hits.hits & other.hits.hits & ~nearer.hits.hits
    known = nearer.hits.where(near, other.hits.where(far, Hits.silent(len(steps))))
    cells: _Cells = {**_cells(nearer, near, steps), **_cells(other, far, steps)}
    loose = _loose(pair, share, order)
    notes = [*(note for found in cells.values() for note in found), *loose]
    frame = pair.start.clip.with_notes(sorted(notes, key=note_order))
    part = DrumPart(frame, pair.start.kit, steps, known, MappingProxyType(cells))
    written = write_part(part, _wanted(pair, hits, share))
    return written.with_notes(sorted(written.notes, key=note_order))


def _cells(side: DrumPart, which: Mask, steps: Steps) -> _Cells:
    """The notes of some cells, on another grid."""
    away = (steps.times_beats - side.steps.times_beats).tolist()
    return {
        (step, lane): tuple(_moved(note, away[step]) for note in side.cells[step, lane])
        for step, lane in np.argwhere(which).tolist()
    }


def _wanted(pair: Pair, hits: Hits, share: float) -> Hits:
    """The pattern with the velocities and offsets of the ends, blended where both have a hit."""
    a, b = pair.start.hits, pair.end.hits
    both = a.hits & b.hits

    def blend(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
        mixed = np.where(one == other, one, (1 - share) * one + share * other)
        return np.asarray(mixed, np.float32)

    blended = Hits(both, blend(a.velocities, b.velocities), blend(a.offsets, b.offsets))
    found = blended.where(both, a.where(a.hits, b.where(b.hits, hits)))
    struck = hits.hits
    return Hits(struck, found.velocities * struck, found.offsets * struck)


def _steps_between(pair: Pair, share: float) -> Steps:
    """The grid; between a straight and a swung one it swings more and more."""
    a, b = pair.start.steps, pair.end.steps
    if a.feel == b.feel:
        return a
    return replace(a, times_beats=(1 - share) * a.times_beats + share * b.times_beats)


def _loose(pair: Pair, share: float, order: NDArray[np.float64]) -> list[Note]:
    """Notes on pads in no lane: the first one's go, the second one's come, one after another."""
    first, second = pair.loose
    gone = order[: len(first)] < share
    come = order[len(first) :] < share
    stay = [note for note, left in zip(first, gone, strict=True) if not left]
    return stay + [note for note, there in zip(second, come, strict=True) if there]


def _moved(note: Note, away_beats: float) -> Note:
    return note if abs(away_beats) < 1e-9 else replace(note.moved(away_beats), origin="edited")
