# SPDX-License-Identifier: Apache-2.0
"""From files to questions and back: which clips a command is asked about, and the songs after it.

A command about one clip is put to each sounding track of a file on its own, and the output has
all tracks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.cli.sources import Source, first_melodic, label
from bridge.core.commands import COMMANDS
from models.clip import Clip
from models.engine import Answer
from models.errors import BadArgument, BadClip
from models.midi import Part, Song, song_of_answer

# Asked once for each track; the answer takes the place of the track in its song.
EACH_TRACK = frozenset({"continue", "infill", "vary", "groove"})


@dataclass(frozen=True, slots=True)
class Question:
    """The clips of one request; `track` is the place of the first in the first source's song."""

    clips: tuple[Clip, ...]
    track: int = 0
    label: str = ""


def questions(command: str, sources: Sequence[Source], voices: str = "") -> tuple[Question, ...]:
    """What to ask about the files.

    Args:
        command: its name in the command table.
        sources: the files, in the order given.
        voices: for harmonise: which voice each clip is.

    Raises:
        BadArgument: the tracks of the files don't go together.
        BadClip: there are too many.
    """
    if command in EACH_TRACK:
        return _for_each_track(sources)
    if command == "interpolate":
        return _pairs(*sources)
    clips = tuple(clip for source in sources for clip in source.clips)
    if command == "harmonise" and clips:
        clips = _voices(clips, voices)
    elif command in {"drumify", "audio"}:
        clips = clips[:1]
    most = COMMANDS[command].clips[1]
    if len(clips) > most:
        raise BadClip(
            f"There are {len(clips)} sounding tracks; {command} takes at most {most}: choose them "
            "with --track 1,2.",
            where="track",
        )
    return (Question(clips),)


def _for_each_track(sources: Sequence[Source]) -> tuple[Question, ...]:
    """Each track of the first file, with what the second file gives as a model."""
    source = sources[0]
    model = sources[1].clips if len(sources) > 1 else ()
    return tuple(
        Question((clip, *_alike(clip, model)), index, label(clip, index))
        for index, clip in zip(source.tracks, source.clips, strict=True)
    )


def _alike(clip: Clip, model: Sequence[Clip]) -> tuple[Clip, ...]:
    """The first clip of the model that is of the same kind, else its first."""
    same = [other for other in model if other.kind == clip.kind]
    return tuple((same or list(model))[:1])


def _pairs(first: Source, second: Source) -> tuple[Question, ...]:
    counts = len(first.tracks), len(second.tracks)
    if counts[0] != counts[1]:
        raise BadArgument(
            f"{first.path} has {counts[0]} sounding tracks and {second.path} {counts[1]}; "
            "choose one of each with --track.",
            where="track",
        )
    pairs = zip(first.tracks, first.clips, second.clips, strict=True)
    return tuple(Question((a, b), index, label(a, index)) for index, a, b in pairs)


def _voices(clips: tuple[Clip, ...], voices: str) -> tuple[Clip, ...]:
    """The first melodic clip is the melody, unless several voices are named."""
    count = len(voices.split(",")) if voices else 1
    if count == 1:
        return (first_melodic(clips),)
    melodic = [clip for clip in clips if clip.kind == "melodic"]
    return tuple(melodic[:count])


def songs(
    command: str,
    sources: Sequence[Source],
    asked: Sequence[Question],
    answers: Sequence[Answer],
    *,
    joined: bool = False,
    role: str = "",
) -> tuple[Song, ...]:
    """The songs of one take: one, or for interpolate one a step.

    Args:
        command: its name in the command table.
        sources: the files.
        asked: the questions.
        answers: one answer for each question.
        joined: the answers to continue begin with their source.
        role: what a new part is; it chooses the part's sound.
    """
    if command in EACH_TRACK:
        new = {q.track: a.parts[0] for q, a in zip(asked, answers, strict=True)}
        after = command == "continue" and not joined
        return (_alone(sources[0].song, new) if after else _replaced(sources[0].song, new),)
    if command == "interpolate":
        steps = zip(*(answer.parts for answer in answers), strict=True)
        tracks = [question.track for question in asked]
        song = sources[0].song
        return tuple(_alone(song, dict(zip(tracks, step, strict=True))) for step in steps)
    parts = (part for answer in answers for part in answer.parts)
    return (song_of_answer(parts, command, role, _program(sources, asked)),)


def _program(sources: Sequence[Source], asked: Sequence[Question]) -> int | None:
    """The sound of the track that the first clip of the question came from."""
    asked_first = asked[0].clips[:1]
    for source in sources:
        for index in source.tracks:
            if source.song.parts[index].clip in asked_first:
                return source.song.parts[index].program
    return None


def _replaced(song: Song, new: dict[int, Clip]) -> Song:
    """The song with other clips in these tracks; all other events stay."""
    parts = (replace(part, clip=new[i]) if i in new else part for i, part in enumerate(song.parts))
    return replace(song, parts=tuple(parts))


def _alone(song: Song, new: dict[int, Clip]) -> Song:
    """Only these tracks, with their channels and sounds, but no events: those belong elsewhere."""
    old = song.parts
    parts = (Part(clip, old[i].channel, old[i].program) for i, clip in new.items())
    return Song(tuple(parts), song.ticks_per_beat)
