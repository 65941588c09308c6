# SPDX-License-Identifier: Apache-2.0
"""MIDI files as inputs: read them, and choose the tracks that a command is about."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.clip import Clip
from models.errors import BadArgument, BadClip, BadFile
from models.midi import Song, read_midi
from models.places import fault_of

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read, and the places of the chosen tracks in its song."""

    path: str
    song: Song
    tracks: tuple[int, ...]

    @property
    def clips(self) -> tuple[Clip, ...]:
        """The clips of the chosen tracks."""
        return tuple(self.song.parts[index].clip for index in self.tracks)


def read_source(path: str, wanted: str = "") -> Source:
    """Read a file; `-` is standard input.

    Args:
        path: of a MIDI file.
        wanted: tracks by number (from 1) or by name, with commas; empty for all that sound.

    Raises:
        BadFile: it can't be read.
        BadClip: nothing in it sounds.
        BadArgument: it has no such track.
    """
    song = _song(path)
    tracks = _wanted(song, wanted, path) if wanted else sounding(song)
    if not tracks:
        raise BadClip(f"{_shown(path)} has no sounding note; give a file with some.", where=path)
    return Source(path, song, tracks)


def sounding(song: Song) -> tuple[int, ...]:
    """The places of the tracks with a note that is not muted."""
    parts = enumerate(song.parts)
    return tuple(i for i, part in parts if any(not note.mute for note in part.clip.notes))


def label(clip: Clip, index: int) -> str:
    """What a track is called: its name, or its number."""
    return clip.name or f"track {index + 1}"


def _song(path: str) -> Song:
    """The song, or an error that names its file, which may be one of several."""
    source = sys.stdin.buffer.read() if path == STDIN else _existing(path)
    try:
        return read_midi(source)
    except BadFile as error:
        raise BadFile(f"{_shown(path)}: {error.message}", where=path) from None


def _existing(path: str) -> Path:
    place = Path(path)
    if fault := fault_of(place):
        raise BadFile(f"{path} {fault}; give a MIDI file.", where=path)
    return place


def _wanted(song: Song, wanted: str, path: str) -> tuple[int, ...]:
    words = [word.strip() for word in wanted.split(",") if word.strip()]
    return tuple(dict.fromkeys(_track(song, word, path) for word in words))


def _track(song: Song, word: str, path: str) -> int:
    if word.isdecimal() and 1 <= int(word) <= len(song.parts):
        return int(word) - 1
    names = [part.clip.name.casefold() for part in song.parts]
    if word.casefold() in names:
        return names.index(word.casefold())
    known = ", ".join(f"{i + 1} {part.clip.name}".strip() for i, part in enumerate(song.parts))
    raise BadArgument(f"{_shown(path)} has no track {word}; it has {known}.", where="track")


def _shown(path: str) -> str:
    return "Standard input" if path == STDIN else path


def first_melodic(clips: Sequence[Clip]) -> Clip:
    """The first clip that is not drums, else the first."""
    return next((clip for clip in clips if clip.kind == "melodic"), clips[0])
