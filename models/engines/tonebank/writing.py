# SPDX-License-Identifier: Apache-2.0
"""The notes that tonebank plays: a given clip, or chords of its own with parts by the rules."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from models.clip import Clip, Note
from models.edit import repeat
from models.engine import Request, Result
from models.engines.rules import Rules
from models.engines.tonebank.words import USUAL, Wanted
from models.notation import metre_of

# Degrees of the scale that the chords stand on, and what stands for them in minor.
_MAJOR = ((0, 7, 9, 5), (0, 9, 5, 7), (0, 5, 9, 7), (9, 5, 0, 7))
_MINOR = ((0, 8, 3, 10), (0, 5, 8, 7), (0, 3, 10, 8), (0, 10, 8, 10))
_MAJOR_SCALE, _MINOR_SCALE = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_LOWEST_CHORD = 52


@dataclass(frozen=True, slots=True)
class Part:
    """Notes and the sound that plays them; `kit` for drums."""

    clip: Clip
    sound: str


def parts_of(
    request: Request, wanted: Wanted, heard: Sequence[Note], seed: str
) -> Iterator[Part | None]:
    """The parts of one take; None now and then, where there is nothing yet.

    Args:
        request: as the host asks it.
        wanted: what the words ask for.
        heard: notes drawn from a sound that is given; empty without one.
        seed: of this take.
    """
    rng = random.Random(seed)
    sounds = dict(wanted.sounds)
    if request.clips:
        source = repeat(request.clips[0], request.args["bars"])
        sound = "kit" if source.kind == "drums" else sounds.pop("chords", "rhodes")
        yield Part(source, sound)
        sounds.pop("drums" if source.kind == "drums" else "chords", None)
    elif heard:
        source = _frame(request, tuple(heard))
        yield Part(source, sounds.pop("counter", "pluck"))
    else:
        source = _frame(request, _chords(request, wanted, rng))
        sounds = sounds or dict(USUAL)
    if source.kind == "drums" or not source.notes:
        sounds = {}
    for role, sound in sounds.items():
        if role == "chords" and sound in {"pad", "strings", "organ"} and not request.clips:
            yield Part(source, sound)  # held, as these sounds want it
        else:
            yield from _accompanied(source, role, sound, request.seed ^ rng.randrange(2**30))


def _accompanied(source: Clip, role: str, sound: str, seed: int) -> Iterator[Part | None]:
    args: dict[str, Any] = {
        "role": role,
        "adventure": 0.5,
        "density": 1.0,
        "low_pitch": None,
        "high_pitch": None,
        "scale_lock": True,
        "similarity": 0.5,
        "style": "",
    }
    for event in Rules().generate(Request("accompany", (source,), args, seed)):
        if isinstance(event, Result):
            yield Part(event.answers[0].parts[0], sound)
        else:
            yield None


def _frame(request: Request, notes: tuple[Note, ...]) -> Clip:
    args = request.args
    metre = metre_of(args["metre"])
    return Clip(notes, args["bars"] * metre.bar_beats, metre=metre, tempo_bpm=args["tempo_bpm"])


def _chords(request: Request, wanted: Wanted, rng: random.Random) -> tuple[Note, ...]:
    """One chord a bar, in close position, held."""
    roots = rng.choice(_MINOR if wanted.minor else _MAJOR)
    scale = _MINOR_SCALE if wanted.minor else _MAJOR_SCALE
    tonic = rng.randrange(12) if wanted.tonic is None else wanted.tonic
    bar_beats = metre_of(request.args["metre"]).bar_beats
    notes = []
    for bar in range(request.args["bars"]):
        step = scale.index(roots[bar % len(roots)])
        for third in (0, 2, 4, 6):
            pitch_class = (tonic + scale[(step + third) % 7]) % 12
            pitch = _LOWEST_CHORD + (pitch_class - _LOWEST_CHORD) % 12
            notes.append(Note(pitch, bar * bar_beats, bar_beats, 78.0, origin="new"))
    return tuple(notes)
