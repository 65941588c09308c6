# SPDX-License-Identifier: Apache-2.0
"""Pushing: notes moved ahead of the beat and held over it, or from before a beat back onto it.

The space knows what is syncopated, but sooner writes another rhythm than this one pushed; so
`syncopation` pushes notes of the line itself, as a player anticipates them.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from models.clip import Clip, Note
from models.engine import Request
from models.engines.morph.staying import locked
from models.metre import EPSILON_BEATS

_ON_BEAT_BEATS = 0.09  # a played note so near a beat stands on it
_SHORTEST_BEATS = 0.1


@dataclass(frozen=True, slots=True)
class _Push:
    """A moment whose notes may go elsewhere: at `start_beats`, so much later, or earlier."""

    start_beats: float
    by_beats: float


def pushed(request: Request, clip: Clip, share: float, seed: int) -> Clip:
    """A clip with some notes of its loop pushed; locked and muted ones stay.

    Args:
        request: with what is locked.
        clip: the source, maybe edited.
        share: of the notes that could be pushed ahead of a beat, 0 to 1; below 0, of those
            that could be put onto one.
        seed: chooses which.
    """
    able = list(_ahead(request, clip) if share > 0 else _back(request, clip))
    count = math.ceil(abs(share) * len(able) - EPSILON_BEATS)
    chosen = Random(seed).sample(able, count)
    by = {push.start_beats: push.by_beats for push in chosen}
    moved = [_moved(note, by.get(note.start_beats, 0.0), request) for note in clip.notes]
    return clip.with_notes(_cut(clip.notes, moved, request))


def _ahead(request: Request, clip: Clip) -> Iterator[_Push]:
    """Moments on a beat that have room before them."""
    starts, beats, fixed = _starts(clip), _beats(clip), _fixed(request, clip)
    held = sorted({n.end_beats for n in clip.notes if locked(n, request)})
    for before, start in zip([clip.loop_start_beats - 1, *starts], starts, strict=False):
        pulse = _pulse(clip, start)
        if not _near(beats, start) or start in fixed:
            continue
        for by in (pulse / 2, pulse / 4):
            early = start - by
            room = early - before > _SHORTEST_BEATS and early >= clip.loop_start_beats
            place = bisect_right(held, early + EPSILON_BEATS)
            if room and not (place < len(held) and held[place] <= start + _ON_BEAT_BEATS):
                yield _Push(start, -by)
                break


def _back(request: Request, clip: Clip) -> Iterator[_Push]:
    """Moments off the beat that are held over the next one, on which nothing begins."""
    starts, beats, fixed = _starts(clip), _beats(clip), _fixed(request, clip)
    ends: dict[float, float] = {}
    for note in clip.playing():
        ends[note.start_beats] = min(note.end_beats, ends.get(note.start_beats, math.inf))
    for index, start in enumerate(starts):
        if _near(beats, start) or start in fixed:
            continue
        place = bisect_right(beats, start)
        if place == len(beats):
            continue
        beat = beats[place]
        following = starts[index + 1] if index + 1 < len(starts) else math.inf
        if ends[start] - beat > _SHORTEST_BEATS and following - beat > _ON_BEAT_BEATS:
            yield _Push(start, beat - start)


def _moved(note: Note, by_beats: float, request: Request) -> Note:
    """The note so much later, its end where it was."""
    if not by_beats or locked(note, request):
        return note
    start = note.start_beats + by_beats
    return replace(note, start_beats=start, duration_beats=note.end_beats - start, origin="edited")


def _cut(before: Sequence[Note], after: Sequence[Note], request: Request) -> Iterator[Note]:
    """Notes that ended where a pushed one began end where it begins now."""
    moves = [
        (old.start_beats, new.start_beats)
        for old, new in zip(before, after, strict=True)
        if new.start_beats < old.start_beats
    ]
    moves.sort()
    olds = [old for old, _ in moves]
    for old, new in zip(before, after, strict=True):
        place = bisect_left(olds, old.end_beats - _ON_BEAT_BEATS)
        free = place < len(moves) and not locked(old, request)
        if free and new.start_beats < moves[place][1]:
            limit = moves[place][1] - new.start_beats
            if new.end_beats <= moves[place][0] + _ON_BEAT_BEATS and limit < new.duration_beats:
                new = replace(new, duration_beats=limit, origin="edited")  # noqa: PLW2901 - cut
        yield new


def _starts(clip: Clip) -> list[float]:
    return sorted({note.start_beats for note in clip.playing()})


def _fixed(request: Request, clip: Clip) -> set[float]:
    """Where something begins that must stay."""
    return {n.start_beats for n in clip.notes if not n.mute and locked(n, request)}


def _beats(clip: Clip) -> list[float]:
    """The pulses of the loop's bars."""
    return [
        bar.start_beats + step * bar.metre.pulse_beats
        for bar in clip.bars()
        for step in range(round((bar.end_beats - bar.start_beats) / bar.metre.pulse_beats))
    ]


def _near(beats: Sequence[float], start: float) -> bool:
    place = bisect_left(beats, start - _ON_BEAT_BEATS)
    return place < len(beats) and beats[place] <= start + _ON_BEAT_BEATS


def _pulse(clip: Clip, start: float) -> float:
    return clip.metre_at(start).pulse_beats
