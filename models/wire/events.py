# SPDX-License-Identifier: Apache-2.0
"""Requests to engines and their events as JSON data, for workers and for takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.engine import Answer, AudioPartial, EngineEvent, Partial, Progress, Request, Result
from models.wire.audio import (
    audio_partial_from_data,
    audio_partial_to_data,
    file_from_data,
    file_to_data,
    is_file,
)
from models.wire.clips import clip_from_data, clip_to_data
from models.wire.notes import notes_from_data, notes_to_data

_PARTIAL_NUMBERS = ("take", "part", "index", "count", "start_beats", "end_beats")


def request_to_data(request: Request) -> dict[str, Any]:
    """A request as JSON data, for the worker and for takes.

    Sounds that go in are named by path in `args`; the worker reads them.
    """
    return {
        "command": request.command,
        "clips": [clip_to_data(clip) for clip in request.clips],
        "args": dict(request.args),
        "seed": request.seed,
        "takes": request.takes,
    }


def request_from_data(data: Mapping[str, Any]) -> Request:
    """The request that `request_to_data` wrote."""
    args = {name: tuple(v) if isinstance(v, list) else v for name, v in data["args"].items()}
    clips = tuple(clip_from_data(clip) for clip in data["clips"])
    return Request(data["command"], clips, args, data["seed"], data["takes"])


def event_to_data(event: EngineEvent) -> dict[str, Any]:
    """An engine's event as JSON data, tagged with its type; PCM is bytes beside it."""
    if isinstance(event, Progress):
        return {
            "type": "progress",
            "fraction": event.fraction,
            "stage": event.stage,
            "notes": event.notes,
            "seconds": event.seconds,
        }
    if isinstance(event, AudioPartial):
        return {"type": "audio", **audio_partial_to_data(event)}
    if isinstance(event, Partial):
        plain = {name: getattr(event, name) for name in _PARTIAL_NUMBERS}
        return {"type": "partial", **plain, "notes": notes_to_data(event.notes)}
    answers = [answer_to_data(answer) for answer in event.answers]
    degraded, stats = list(event.degraded), dict(event.stats)
    return {"type": "result", "answers": answers, "degraded": degraded, "stats": stats}


def event_from_data(data: Mapping[str, Any]) -> EngineEvent:
    """The event that `event_to_data` wrote."""
    if data["type"] == "progress":
        return Progress(data["fraction"], data["stage"], data["notes"], data["seconds"])
    if data["type"] == "audio":
        return audio_partial_from_data(data)
    if data["type"] == "partial":
        plain = {name: data[name] for name in _PARTIAL_NUMBERS}
        return Partial(**plain, notes=notes_from_data(data["notes"]))
    answers = tuple(answer_from_data(parts) for parts in data["answers"])
    return Result(answers, tuple(data["degraded"]), data["stats"])


def answer_to_data(answer: Answer) -> list[dict[str, Any]]:
    """The parts of a take as JSON data: clips, or one audio file."""
    if answer.file:
        return [file_to_data(answer.file)]
    return [clip_to_data(part) for part in answer.parts]


def answer_from_data(parts: Sequence[Mapping[str, Any]]) -> Answer:
    """The answer that `answer_to_data` wrote."""
    if is_file(parts):
        return Answer(file=file_from_data(parts[0]))
    return Answer(tuple(map(clip_from_data, parts)))
