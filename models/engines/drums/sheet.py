# SPDX-License-Identifier: Apache-2.0
"""A drum clip as windows of the drum space, with what may not change in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.clip import Clip
from models.drum_space.frame import Frame, frame_of, windows
from models.percussion.hits import DrumPart, Hits, read_part
from models.percussion.lanes import Kit, kit_of, read_kit
from models.percussion.steps import Steps

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """One window of a clip.

    Attributes:
        place: its steps in the clip.
        frame: where they stand.
        hits: [steps, lanes].
        fixed: cells that may not change.
    """

    place: slice
    frame: Frame
    hits: Hits
    fixed: Mask

    @property
    def key(self) -> tuple[bytes, ...]:
        """Equal for windows that are the same music with the same freedom."""
        arrays = (self.hits.hits, self.hits.velocities, self.hits.offsets, self.fixed)
        return (*(a.tobytes() for a in arrays), self.frame.features.tobytes())


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A drum clip, read.

    Attributes:
        part: its arrays; new hits are written on pads that are not locked.
        kit: lanes that may be struck, [lanes].
        fixed: cells that may not change, [steps, lanes].
        spans: its windows in order.
    """

    part: DrumPart
    kit: Mask
    fixed: Mask
    spans: tuple[Span, ...]

    @property
    def longest(self) -> int:
        """Steps of the longest window."""
        return max(len(span.frame) for span in self.spans)

    @property
    def free(self) -> bool:
        """Whether there is a cell that may change."""
        return not self.fixed.all()


def read_sheet(
    clip: Clip, lock: Collection[int] = (), lock_ids: Collection[int] = (), kit: Kit | None = None
) -> Sheet:
    """Read a clip.

    Args:
        clip: a drum clip.
        lock: pitches that must not change.
        lock_ids: ids of notes that must not change.
        kit: its pads by lane; read from the clip when None.

    Raises:
        BadClip: the loop is too long for a grid.
    """
    kit = read_kit(clip) if kit is None else kit
    free = kit_of({p: lane for p, lane in kit.lanes.items() if p not in lock}, clip.playing())
    part = read_part(clip, Kit(kit.lanes, free.mains))
    present = part.lane_mask
    fixed = np.zeros_like(part.hits.hits)
    fixed[:, ~present] = True
    for cell, notes in part.cells.items():
        if any(note.pitch in lock or note.id in lock_ids for note in notes):
            fixed[cell] = True
    return Sheet(part, present, fixed, spans_of(part.steps, clip, part.hits, fixed))


def spans_of(steps: Steps, clip: Clip, hits: Hits, fixed: Mask) -> tuple[Span, ...]:
    """The windows of some steps in order."""
    return tuple(
        Span(
            place,
            frame_of(steps[place], clip.tempo_at(float(steps.times_beats[place.start]))),
            hits[place],
            fixed[place],
        )
        for place in windows(steps)
    )


def freed(sheet: Sheet, fixed: Mask) -> Sheet:
    """The same clip with other cells fixed."""
    spans = tuple(replace(span, fixed=fixed[span.place]) for span in sheet.spans)
    return replace(sheet, fixed=fixed, spans=spans)
