# SPDX-License-Identifier: Apache-2.0
"""Frames of music from nothing: an empty clip of so many bars, and chords as a part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.clip import Clip, Note, Scale
from models.notation import metre_of, scale_of
from models.theory.chord_names import NamedChord
from models.tokens.vocabulary import TICKS_PER_QUARTER

_LOWEST = 48  # of a chord's upper notes
_CHORD_VELOCITY = 80.0


def empty_frame(args: Mapping[str, Any], scale: Scale | None = None) -> Clip:
    """A clip without notes, as long as asked for, in the asked metre, tempo and scale.

    Raises:
        BadArgument: metre or scale can't be read.
    """
    metre = metre_of(args["metre"])
    return Clip(
        (),
        int(args["bars"]) * metre.bar_beats,
        metre=metre,
        tempo_bpm=float(args["tempo_bpm"]),
        scale=scale_of(args.get("scale", "")) or scale,
    )


def chord_notes(chords: Sequence[NamedChord], length_beats: float) -> tuple[Note, ...]:
    """The chords as held notes, spread evenly over the length, on the grid."""
    ticks = length_beats * TICKS_PER_QUARTER
    edges = [round(ticks * n / len(chords)) / TICKS_PER_QUARTER for n in range(len(chords) + 1)]
    notes = []
    for chord, start, end in zip(chords, edges, edges[1:], strict=False):
        pitches = {_LOWEST + (chord.root + step - _LOWEST) % 12 for step in chord.intervals}
        pitches.add(_LOWEST - 12 + (chord.bass - _LOWEST) % 12)
        length = min(end, length_beats) - start
        if length > 0:
            notes += [Note(pitch, start, length, _CHORD_VELOCITY) for pitch in sorted(pitches)]
    return tuple(notes)
