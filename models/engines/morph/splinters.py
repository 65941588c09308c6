# SPDX-License-Identifier: Apache-2.0
"""Splinters: onsets nearer to each other than in either clip, where two grids met on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from models.clip import Clip, Note

_TOGETHER_BEATS = 0.06  # a strummed chord is one moment
_NEAR = 0.85  # of the least distance: less is too near
_SIXTEENTH_BEATS = 0.25


def least_gap(ends: Iterable[Clip]) -> float:
    """The least distance in beats of two moments in some clips, a sixteenth at most."""
    gaps = [
        after - before
        for clip in ends
        for before, after in pairwise(_moments(clip.playing()))
        if after - before > _TOGETHER_BEATS
    ]
    return min((*gaps, _SIXTEENTH_BEATS))


def without_splinters(clip: Clip, least_beats: float) -> Clip:
    """The clip with no two moments much nearer than that: the one on the stronger place stays."""
    gone: dict[float, float] = {}  # moment that goes → the kept one before it, or after it
    kept: list[float] = []
    for moment in _moments(clip.notes):
        near = kept and _TOGETHER_BEATS < moment - kept[-1] < _NEAR * least_beats
        if near and _strength(moment) <= _strength(kept[-1]):
            gone[moment] = kept[-1]
            continue
        if near:
            gone[kept.pop()] = moment
        kept.append(moment)
    if not gone:
        return clip
    lost = [note for note in clip.notes if note.start_beats in gone]
    stay = [note for note in clip.notes if note.start_beats not in gone]
    return clip.with_notes([_longer(note, lost, kept) for note in stay])


def _longer(note: Note, lost: Sequence[Note], kept: Sequence[float]) -> Note:
    """The note as long as it was with what cut it off and is gone."""
    ends = [n.end_beats for n in lost if abs(n.start_beats - note.end_beats) < _TOGETHER_BEATS]
    limit = min((moment for moment in kept if moment > note.start_beats), default=math.inf)
    end = min(max(ends, default=0.0), limit)
    return replace(note, duration_beats=end - note.start_beats) if end > note.end_beats else note


def _moments(notes: Iterable[Note]) -> list[float]:
    return sorted({note.start_beats for note in notes if not note.mute})


def _strength(beats: float) -> int:
    """Of a place in its quarter: the quarter, the eighth, a sixteenth, any other."""
    for strength, unit in ((3, 1.0), (2, 0.5), (1, 0.25)):
        if abs(beats - round(beats / unit) * unit) < _TOGETHER_BEATS / 2:
            return strength
    return 0
