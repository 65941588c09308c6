# SPDX-License-Identifier: Apache-2.0
"""Voices: which voice each given clip is, whether it is one line, and how high it lies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from models.clip import Clip
from models.errors import BadArgument, BadClip
from models.theory.score import Sound, skyline
from models.theory.steps import Steps
from models.theory.voiceleading import RANGES, VOICES

_LEGATO_BEATS = 0.13  # this much overlap is legato playing, not a second voice
_LEGATO_SHARE = 0.35  # the same as a share of the note that is overlapped


def named_voices(text: str, clips: Sequence[Clip]) -> dict[int, Clip]:
    """Voice number (0 soprano to 3 bass) to its clip, in the order the clips came.

    Raises:
        BadArgument: the names don't fit the clips.
        BadClip: a clip is of drums.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in VOICES:
            raise BadArgument(
                f"{name or 'Nothing'} is not a voice; name each clip one of {', '.join(VOICES)}.",
                where="voices",
            )
    if len(set(names)) < len(names):
        raise BadArgument("voices names a voice twice; each clip is another one.", where="voices")
    if len(names) != len(clips):
        raise BadArgument(
            f"voices names {len(names)} and there are {len(clips)} clips; name one for each, "
            "such as soprano,bass.",
            where="voices",
        )
    if len(names) == len(VOICES):
        raise BadArgument("All four voices are given; leave out the one to write.", where="voices")
    if any(clip.kind == "drums" for clip in clips):
        raise BadClip("A drum clip can't be a voice; give a melody.", where="clips")
    return {VOICES.index(name): clip for name, clip in zip(names, clips, strict=True)}


def check_lines(sounds: Mapping[int, Sequence[Sound]]) -> Steps[dict[int, Sequence[Sound]]]:
    """Each voice as a line; overlaps as small as legato playing makes them are cut.

    Raises:
        BadClip: a clip plays several notes at once, or none.
    """
    lines: dict[int, Sequence[Sound]] = {}
    for voice, heard in sounds.items():
        if not heard:
            raise BadClip(
                f"Nothing sounds in the {VOICES[voice]}; draw in a note within its loop.",
                where="clips",
            )
        for sound, following in itertools.pairwise(heard):
            overlap = sound.end_beats - following.start_beats
            length = sound.end_beats - sound.start_beats
            if overlap > 0 and overlap > min(_LEGATO_BEATS, _LEGATO_SHARE * length):
                raise BadClip(
                    f"The {VOICES[voice]} plays several notes at once at beat "
                    f"{following.start_beats:g}; give one line a clip.",
                    where="clips",
                )
        yield
        lines[voice] = yield from skyline(heard)
    return lines


def shifted_ranges(lines: Mapping[int, Sequence[Sound]]) -> list[tuple[int, int]]:
    """The four ranges, moved by octaves to where the given voices lie."""
    shifts = []
    for voice, line in lines.items():
        pitches = sorted(sound.pitch for sound in line)
        middle, (low, high) = pitches[len(pitches) // 2], RANGES[voice]
        below, above = max(low - middle, 0), max(middle - high, 0)
        shifts.append(math.ceil(above / 12) - math.ceil(below / 12))
    shift = 12 * min(shifts, key=abs)
    while RANGES[3][0] + shift < 0:
        shift += 12
    while RANGES[0][1] + shift > 127:
        shift -= 12
    return [(low + shift, high + shift) for low, high in RANGES]
