# SPDX-License-Identifier: Apache-2.0
"""Sounds: the General MIDI programs that new parts get, so that a bass plays as a bass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from models.clip import Clip
from models.midi.song import Song, song_of

# General MIDI Level 1 programs, counted from 0. Drums need none: channel 10 says it.
ROLE_PROGRAMS: Mapping[str, int] = MappingProxyType(
    {
        "bass": 33,  # electric bass, fingered
        "chords": 4,  # electric piano 1
        "counter": 48,  # string ensemble 1
        "melody": 80,  # lead 1, square
        "lead": 80,
    }
)
CHOIR = 52  # choir aahs: what four voices are when their source has no sound of its own


def program_of(command: str, role: str = "", source: int | None = None) -> int | None:
    """The program for the parts that a command writes; None where it is not known.

    Args:
        command: its name in the command table.
        role: what the new part is, for accompany and generate.
        source: program of the part that the command was about, if a file named one.
    """
    if command in {"accompany", "generate"}:
        return ROLE_PROGRAMS.get(role)
    if command == "harmonise":
        return CHOIR if source is None else source
    return source


def song_of_answer(
    clips: Iterable[Clip], command: str, role: str = "", source: int | None = None
) -> Song:
    """A song of an answer's clips, as `song_of`, with the sounds of `program_of`."""
    song = song_of(clips)
    parts = (
        part
        if part.clip.kind == "drums"
        else replace(part, program=program_of(command, _role(part.clip, role), source))
        for part in song.parts
    )
    return replace(song, parts=tuple(parts))


def _role(clip: Clip, role: str) -> str:
    """The role of a part: parts of a trio have theirs as their names."""
    return clip.name.casefold() if role == "trio" else role
