# SPDX-License-Identifier: Apache-2.0
"""Playing: one step of a morph as a clip, from the voices that were written for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from models.clip import Clip, Note, Scale, note_order
from models.melody_space.layout import Layout
from models.melody_space.lines import Strike, strikes_of
from models.melody_space.pairs import KeyPath, Pair
from models.melody_space.symbols import Symbols, to_line
from models.melody_space.touch import Touch, played

_SHORTEST_BEATS = 1 / 24

Play = tuple[KeyPath, Scale | None, Sequence[int]]  # path of keys, scale, chord shapes


def clip_of(
    layout: Layout,
    voices: Sequence[Symbols],
    pairs: Sequence[Pair],
    touches: tuple[Touch, Touch],
    play: Play,
) -> Clip:
    """One step as a clip in the frame of the nearer end."""
    key_path, scale, shapes = play
    notes: list[Note] = []
    for symbols, pair in zip(voices, pairs, strict=True):
        line = to_line(symbols, pair.base_at(layout.share, key_path), shapes)
        for strike in strikes_of(layout.frame, line):
            notes += strike_notes(layout, strike, touches)
    if scale is not None:
        notes = [replace(note, pitch=nearest_in(scale, note.pitch)) for note in notes]
    return framed(layout, notes)


def nearest_in(scale: Scale, pitch: int) -> int:
    """The pitch of a scale nearest to `pitch`, on the keyboard; the lower one of two."""
    able = (p for p in range(max(0, pitch - 11), min(127, pitch + 11) + 1) if p in scale)
    return min(able, key=lambda p: (abs(p - pitch), p))


def strike_notes(layout: Layout, strike: Strike, touches: tuple[Touch, Touch]) -> list[Note]:
    """The notes of one strike of a step, played between both phrases."""
    bar = int(np.searchsorted(layout.frame.bar_ticks[1:-1], strike.start, side="right"))
    first = int(layout.frame.bar_ticks[bar])
    own = Strike(strike.start - first, strike.end - first, strike.pitches)
    near = tuple(
        touch.nearest(source, own.start, own.pitches[0])
        for touch, source in zip(touches, layout.sources[bar], strict=True)
    )
    at = layout.frame.bars[bar].start_beats
    return played(own, at, (near[0], near[1]), layout.share)


def framed(layout: Layout, notes: Sequence[Note]) -> Clip:
    """A step's notes in the frame of the nearer end, none outside it or upon another."""
    clip = layout.nearer.clip
    bars = layout.frame.bars
    low, end = bars[0].start_beats, bars[-1].end_beats
    marker = clip.start_marker_beats
    return replace(
        clip,
        notes=tuple(_inside(notes, low, end)),
        length_beats=end if end > 0 else clip.length_beats,
        loop_end_beats=end,
        start_marker_beats=marker if marker < end else clip.loop_start_beats,
    )


def _inside(notes: Sequence[Note], low: float, high: float) -> Iterator[Note]:
    """Notes inside the frame, in order; of one pitch none overlaps the next."""
    following: dict[int, float] = {}
    found: list[Note] = []
    for note in sorted(notes, key=note_order, reverse=True):
        start = min(max(note.start_beats, low), high - _SHORTEST_BEATS)
        limit = following.get(note.pitch, high)
        if limit - start < _SHORTEST_BEATS - 1e-9:
            continue  # struck again at once
        found.append(
            replace(note, start_beats=start, duration_beats=min(note.duration_beats, limit - start))
        )
        following[note.pitch] = start
    yield from reversed(found)
