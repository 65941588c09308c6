# SPDX-License-Identifier: Apache-2.0
"""What stays among new notes: locked ones; and what new ones keep to: a range and a scale."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from models.clip import Clip, Note, Scale
from models.engine import Request
from models.metre import EPSILON_BEATS

_SHORTEST_BEATS = 1 / 24
_TOGETHER_BEATS = 1 / 12


@dataclass(frozen=True, slots=True)
class Bounds:
    """What new notes keep to; both pitches are allowed, `scale` None leaves pitches free."""

    low_pitch: int
    high_pitch: int
    scale: Scale | None

    @classmethod
    def of(cls, request: Request, clip: Clip, *, moves: bool = False) -> Bounds:
        """Those asked for; else the range of a clip, unless it shall move."""
        args = request.args
        pitches = [note.pitch for note in clip.playing()]
        low = 0 if moves else min(pitches)
        high = 127 if moves else max(pitches)
        return cls(
            low if args["low_pitch"] is None else args["low_pitch"],
            high if args["high_pitch"] is None else args["high_pitch"],
            scale_of(clip) if args["scale_lock"] else None,
        )

    def fit(self, pitch: int, *, whole: bool = True) -> int | None:
        """The nearest allowed pitch, octaves first; None where there is none.

        Args:
            pitch: that is meant.
            whole: whether the scale counts too, or the range alone.
        """
        if self._allows(pitch) or (not whole and self.low_pitch <= pitch <= self.high_pitch):
            return pitch
        octaves = [p for p in range(pitch % 12, 128, 12) if self._allows(p)]
        able = octaves or [p for p in range(128) if self._allows(p)]
        return min(able, key=lambda p: (abs(p - pitch), p), default=None)

    def _allows(self, pitch: int) -> bool:
        inside = self.low_pitch <= pitch <= self.high_pitch
        return inside and (self.scale is None or pitch in self.scale)


def scale_of(clip: Clip) -> Scale:
    """The clip's scale, or its own pitch classes."""
    classes = {note.pitch % 12 for note in clip.playing()}
    return clip.scale or Scale(0, tuple(sorted(classes)))


def kept_in(written: Clip, source: Clip, bounds: Bounds) -> Clip:
    """What was written, its new notes within bounds; none comes upon another of its pitch."""
    own, fresh = _parted(written, source)
    if one_at_a_time(source.playing()):
        fresh = list(_line(fresh, own))
    new: list[Note] = []
    for note in fresh:
        pitch = bounds.fit(note.pitch)
        if pitch is None:
            continue
        moved = replace(note, pitch=pitch)
        if not any(_upon(moved, other) for other in (*own, *new)):
            new.append(moved)
    return written.with_notes((*own, *new))


def merged(request: Request, base: Clip, written: Clip) -> Clip:
    """A clip with its locked notes, and what was written round them.

    Where it plays one note at a time, what is written gives way to the locked notes.

    Args:
        request: with the source and what is locked in it.
        base: the source, some of its notes edited.
        written: what was made of the base.
    """
    users = {id(note) for note in request.clips[0].notes}
    own, new = _parted(written, base)
    left = {id(note) for note in own}
    stay = [note for note in base.notes if id(note) in left or locked(note, request)]
    back = [note for note in stay if id(note) not in left]
    stay = [replace(note, origin="kept") if id(note) in users else note for note in stay]
    alone = one_at_a_time(base.playing())
    return base.with_notes((*stay, *_beside(new, back, alone=alone)))


def locked(note: Note, request: Request) -> bool:
    """Whether a note must not change."""
    args = request.args
    named = note.id is not None and note.id in args["lock_ids"]
    return note.mute or note.pitch in args["lock"] or named


def _parted(written: Clip, source: Clip) -> tuple[list[Note], list[Note]]:
    """The source's very notes that are left, and all others."""
    known = {id(note) for note in source.notes}
    own = [note for note in written.notes if id(note) in known]
    return own, [note for note in written.notes if id(note) not in known]


def _beside(new: Iterable[Note], back: Sequence[Note], *, alone: bool) -> Iterator[Note]:
    """New notes that leave room for those that came back."""
    for note in new:
        near = [other for other in back if alone or other.pitch == note.pitch]
        if any(o.start_beats - EPSILON_BEATS <= note.start_beats < o.end_beats for o in near):
            continue
        ahead = (o.start_beats for o in near if o.start_beats > note.start_beats)
        room = min(ahead, default=note.end_beats) - note.start_beats
        if room >= _SHORTEST_BEATS:
            yield replace(note, duration_beats=min(note.duration_beats, room))


def _line(fresh: Iterable[Note], own: Iterable[Note]) -> Iterator[Note]:
    """Of new notes that begin together the highest, each until the next note begins."""
    starts = sorted({note.start_beats for note in own})
    following = math.inf
    for note in sorted(fresh, key=lambda note: (-note.start_beats, -note.pitch)):
        if following - note.start_beats < _TOGETHER_BEATS:
            continue
        place = bisect_left(starts, note.start_beats - EPSILON_BEATS)
        ahead = min(following, starts[place] if place < len(starts) else math.inf)
        following = note.start_beats
        room = ahead - note.start_beats
        if room >= _SHORTEST_BEATS:
            yield replace(note, duration_beats=min(note.duration_beats, room))


def one_at_a_time(notes: Sequence[Note]) -> bool:
    """Whether they are a line: none sounds on into the next, but for a legato."""
    ends = -1e9
    for note in sorted(notes, key=lambda note: note.start_beats):
        if note.start_beats < ends - 1 / 8:
            return False
        ends = max(ends, note.end_beats)
    return True


def _upon(note: Note, other: Note) -> bool:
    """Whether two notes of one pitch sound together."""
    return (
        note.pitch == other.pitch
        and note.start_beats < other.end_beats - EPSILON_BEATS
        and other.start_beats < note.end_beats - EPSILON_BEATS
    )
