# SPDX-License-Identifier: Apache-2.0
"""Asking: the requests that a phrase and a choice make. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bridge.core.commands import COMMANDS
from bridge.doors.midi.steering import Choice
from models.clip import Clip
from models.metre import Metre
from models.notation import scale_of
from models.wire import clip_to_data

# Of these every new note comes in partial results, so that playing can begin with the first.
STREAMED = frozenset({"continue", "accompany", "drumify", "generate"})
# What a second clip would mean there is nothing that was played: another voice, another's groove.
_MOST_CLIPS: Mapping[str, int] = MappingProxyType({"harmonise": 1, "groove": 1})
_SHARED = ("engine", "bars", "adventure", "density", "similarity")


def answer_request(
    clips: Sequence[Clip], choice: Choice, metre: Metre, tempo_bpm: float
) -> dict[str, Any]:
    """The request for an answer to some clips; from nothing where there are none."""
    command = choice.command if clips else "generate"
    given = _given(command, choice)
    if command == "harmonise":
        given.pop("bars")  # the melody has its own
        clips = [clip for clip in clips if clip.kind == "melodic"] or clips
    if command == "generate":
        given |= {"tempo_bpm": tempo_bpm, "metre": str(metre), "scale": choice.scale}
        given["role"] = choice.role if choice.command == "generate" else "melody"
        clips = ()
    elif command == "accompany":
        given["role"] = choice.role
    most = _MOST_CLIPS.get(command, COMMANDS[command].clips[1])
    in_scale = (_in_scale(clip, choice.scale) for clip in clips[:most])
    return {"op": command, "clips": [clip_to_data(clip) for clip in in_scale], **given}


def onward_request(context: Clip | None, choice: Choice, bars: int, frame: Clip) -> dict[str, Any]:
    """The request for the next bars of endless playing; `frame` has its metre and tempo."""
    if context is None or not context.notes:
        nothing = replace(choice, command="generate", bars=bars, role="melody")
        return answer_request((), nothing, frame.metre, frame.tempo_bpm)
    given = _given("continue", replace(choice, bars=bars))
    return {"op": "continue", "clips": [clip_to_data(_in_scale(context, choice.scale))], **given}


def capture_request(clips: Sequence[Clip]) -> dict[str, Any]:
    """The request that keeps what was played."""
    return {"op": "capture", "clips": [clip_to_data(clip) for clip in clips]}


def role_of(command: str, choice: Choice, part: Clip) -> str:
    """What a part of an answer is, for its channel and its sound."""
    if part.kind == "drums" or command == "drumify":
        return "drums"
    if command in {"accompany", "generate"} and part.name.casefold() not in _VOICES:
        return choice.role if choice.command == command else "melody"
    return part.name.casefold() if part.name.casefold() in _VOICES else "melody"


_VOICES = frozenset({"soprano", "alto", "tenor", "bass", "chords", "counter", "melody"})


def _given(command: str, choice: Choice) -> dict[str, Any]:
    """What the choice says of the parameters that the command has."""
    names = {param.name for param in COMMANDS[command].params} | {"engine"}
    return {name: getattr(choice, name) for name in _SHARED if name in names}


def _in_scale(clip: Clip, scale: str) -> Clip:
    return replace(clip, scale=scale_of(scale)) if scale and clip.kind == "melodic" else clip
