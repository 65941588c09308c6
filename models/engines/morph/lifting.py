# SPDX-License-Identifier: Apache-2.0
"""Lifting: a melody moved higher or lower within its scale, in one piece.

The space knows how high a window lies, but moves single notes sooner than the whole line, which
breaks the tune; so `register` moves the line, and the space does the rest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from models.clip import Clip, Note, Scale
from models.engine import Request
from models.engines.morph.staying import Bounds, locked, scale_of

_OCTAVE = 12


def lifted(request: Request, semitones: float) -> Clip:
    """The source with every note that may change so much higher, in steps of its scale.

    Args:
        request: with the clip, its locks and bounds.
        semitones: how far on the mean; the nearest number of steps is taken.
    """
    clip = request.clips[0]
    free = Counter(note.pitch for note in clip.notes if not locked(note, request))
    scale = scale_of(clip)
    if not semitones or not free:
        return clip
    steps = min(
        range(-4 * _OCTAVE, 4 * _OCTAVE + 1),
        key=lambda steps: (abs(_mean(free, scale, steps) - semitones), abs(steps)),
    )
    bounds = Bounds.of(request, clip, moves=True)

    def moved(note: Note) -> Note:
        pitch = bounds.fit(min(127, max(0, _stepped(note.pitch, scale, steps))), whole=False)
        if locked(note, request) or pitch is None or pitch == note.pitch:
            return note
        return replace(note, pitch=pitch, origin="edited")

    return clip.with_notes([moved(note) for note in clip.notes])


def _mean(pitches: Counter[int], scale: Scale, steps: int) -> float:
    """How far so many steps move all of them, on the mean."""
    moved = (count * (_stepped(p, scale, steps) - p) for p, count in pitches.items())
    return sum(moved) / sum(pitches.values())


def _stepped(pitch: int, scale: Scale, steps: int) -> int:
    """A pitch so many steps of the scale higher; one beside the scale goes with the step below."""
    classes = sorted(scale.pitch_classes)
    octave, place = divmod(pitch, _OCTAVE)
    below = [c for c in classes if c <= place]
    if not below:  # it hangs on the top step of the octave before
        octave, below, place = octave - 1, classes, place + _OCTAVE
    beside = place - below[-1]
    octaves, index = divmod(len(below) - 1 + steps, len(classes))
    return _OCTAVE * (octave + octaves) + classes[index] + beside
