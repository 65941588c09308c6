# SPDX-License-Identifier: Apache-2.0
"""Plain edits of clips that several engines and the host share; each returns a new clip."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from models.clip import Clip, Note
from models.errors import BadClip
from models.metre import EPSILON_BEATS


def join(source: Clip, following: Clip) -> Clip:
    """The source, untouched, with `following` after it from the next bar line on.

    The joined clip plays from the source's loop start to the end of what follows; the source's
    notes keep every field, also where they sound over the seam.
    """
    end = source.loop_end_beats
    last_bar = max(
        source.bars(end - source.metre_at(end - 1e-6).bar_beats, end + EPSILON_BEATS),
        key=lambda bar: bar.start_beats,
    )
    seam = (
        last_bar.start_beats
        if last_bar.start_beats >= end - EPSILON_BEATS
        else max(last_bar.end_beats, end)
    )
    new = (note.moved(seam) for note in following.notes)
    length = seam + following.length_beats
    return replace(source, notes=(*source.notes, *new), length_beats=length, loop_end_beats=length)


def in_a_row(clips: Sequence[Clip]) -> Clip:
    """The loops of some clips one after another in one clip, which has the first one's frame.

    Each begins on a bar line; a note that sounds past its loop's end is cut off there. Muted
    notes of the loops stay, muted.

    Raises:
        BadClip: they differ in metre.
    """
    if any(clip.metre != clips[0].metre or clip.metre_changes for clip in clips):
        raise BadClip("Clips in a row must share one metre; give clips of one metre.", where="clip")
    bar_beats = clips[0].metre.bar_beats
    notes: list[Note] = []
    start = 0.0
    for clip in clips:
        notes += _looped(clip, start)
        start += bar_beats * math.ceil(clip.loop_beats / bar_beats - EPSILON_BEATS)
    return continuation_frame(clips[0], start).with_notes(notes)


def _looped(clip: Clip, start_beats: float) -> Iterator[Note]:
    """The notes of a clip's loop, the loop moved to `start_beats`."""
    for note in clip.notes:
        if clip.loop_start_beats <= note.start_beats < clip.loop_end_beats:
            room = clip.loop_end_beats - note.start_beats
            moved = note.moved(start_beats - clip.loop_start_beats)
            yield replace(moved, duration_beats=min(note.duration_beats, room))


def repeat(source: Clip, bars: int) -> Clip:
    """`bars` new bars that repeat the source's loop, cut off at the end."""
    metre = source.metre_at(source.loop_end_beats - 1e-6)
    length_beats = bars * metre.bar_beats
    notes = []
    turn_beats = 0.0
    while turn_beats < length_beats:
        for note in source.playing():
            start = note.start_beats - source.loop_start_beats + turn_beats
            room = length_beats - start
            if room > 0:
                notes.append(
                    replace(
                        note,
                        start_beats=start,
                        id=None,
                        origin="new",
                        duration_beats=min(note.duration_beats, room),
                    )
                )
        turn_beats += source.loop_beats
    return continuation_frame(source, length_beats).with_notes(notes)


def continuation_frame(source: Clip, length_beats: float) -> Clip:
    """An empty clip for what follows `source`: its last metre and tempo, its scale and pads."""
    end = source.loop_end_beats - 1e-6
    return replace(
        source,
        notes=(),
        length_beats=length_beats,
        loop_start_beats=0.0,
        loop_end_beats=length_beats,
        start_marker_beats=0.0,
        metre=source.metre_at(end),
        metre_changes=(),
        tempo_bpm=source.tempo_at(end),
        tempo_changes=(),
    )
