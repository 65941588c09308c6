# SPDX-License-Identifier: Apache-2.0
"""Clips and engine events as plain JSON data, exact to the last bit.

Notes travel as rows under a list of field names, so that 5,000 notes stay small; a list of
objects with the names Live uses is read as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from models.clip import Clip, Kind, Note, Origin, Scale, TempoChange
from models.engine import Answer, EngineEvent, Partial, Progress, Request, Result
from models.errors import BadClip, NextbarError
from models.metre import Metre, MetreChange

NOTE_FIELDS = (
    "pitch",
    "start_beats",
    "duration_beats",
    "velocity",
    "mute",
    "probability",
    "velocity_deviation",
    "release_velocity",
    "id",
    "origin",
)
_REQUIRED = {"pitch", "start_beats", "duration_beats"}
_ALIASES: dict[str, str] = {
    "start_time": "start_beats",
    "start": "start_beats",
    "duration": "duration_beats",
    "note_id": "id",
    "muted": "mute",
}
_CLIP_NUMBERS = (
    "length_beats",
    "loop_start_beats",
    "loop_end_beats",
    "start_marker_beats",
    "tempo_bpm",
)
_CLIP_FIELDS = {
    *_CLIP_NUMBERS,
    "notes",
    "metre",
    "metre_changes",
    "tempo_changes",
    "scale",
    "kind",
    "pads",
    "name",
}

T = TypeVar("T")


def notes_to_data(notes: Iterable[Note]) -> dict[str, Any]:
    """Notes as `{"fields": [...], "rows": [[...], ...]}`."""
    rows = [[getattr(note, name) for name in NOTE_FIELDS] for note in notes]
    return {"fields": list(NOTE_FIELDS), "rows": rows}


def notes_from_data(data: object) -> tuple[Note, ...]:
    """Notes from rows with fields, or from a list of objects.

    Raises:
        BadClip: names the note and the field that is wrong.
    """
    if isinstance(data, Mapping):
        fields = _field_names(data.get("fields"))
        rows = _sequence(data.get("rows"), "notes.rows")
        return tuple(_note(_zip(fields, row, i), i) for i, row in enumerate(rows))
    return tuple(_note(item, i) for i, item in enumerate(_sequence(data, "notes")))


def clip_to_data(clip: Clip) -> dict[str, Any]:
    """A clip as JSON data."""
    data: dict[str, Any] = {name: getattr(clip, name) for name in _CLIP_NUMBERS}
    data["metre"] = _metre_to_data(clip.metre)
    data["metre_changes"] = [[c.start_beats, *_metre_to_data(c.metre)] for c in clip.metre_changes]
    data["tempo_changes"] = [[c.start_beats, c.tempo_bpm] for c in clip.tempo_changes]
    scale = clip.scale
    data["scale"] = scale and {
        "root": scale.root,
        "intervals": list(scale.intervals),
        "name": scale.name,
    }
    data.update(kind=clip.kind, pads=[list(pad) for pad in clip.pads], name=clip.name)
    data["notes"] = notes_to_data(clip.notes)
    return data


def clip_from_data(data: object) -> Clip:
    """A clip from JSON data; `length_beats` and `notes` are needed, the rest has defaults.

    Raises:
        BadClip: names the field that is missing, unknown or wrong.
    """
    if not isinstance(data, Mapping):
        raise BadClip("A clip is an object with length_beats and notes.", where="clip")
    unknown = set(data) - _CLIP_FIELDS
    if unknown:
        name = sorted(map(str, unknown))[0]
        raise BadClip(f"{name} is not a field of a clip.", where=f"clip.{name}")
    if "length_beats" not in data:
        raise BadClip("A clip needs length_beats.", where="clip.length_beats")
    return _at("clip", lambda: _clip(data))


def _clip(data: Mapping[str, Any]) -> Clip:
    given: dict[str, Any] = {n: _number(data[n], n) for n in _CLIP_NUMBERS if n in data}
    if "metre" in data:
        given["metre"] = _metre(_sequence(data["metre"], "metre"))
    given["metre_changes"] = tuple(
        MetreChange(_number(row[0], "metre_changes"), _metre(row[1:]))
        for row in _rows(data, "metre_changes", 3)
    )
    given["tempo_changes"] = tuple(
        TempoChange(*(_number(value, "tempo_changes") for value in row))
        for row in _rows(data, "tempo_changes", 2)
    )
    given["pads"] = tuple((_whole(p, "pads"), str(name)) for p, name in _rows(data, "pads", 2))
    if data.get("kind", "melodic") not in {"melodic", "drums"}:
        raise BadClip("kind must be melodic or drums.", where="kind")
    return Clip(
        notes=notes_from_data(data.get("notes", ())),
        scale=_scale(data.get("scale")),
        kind=cast(Kind, data.get("kind", "melodic")),
        name=str(data.get("name", "")),
        **given,
    )


def request_to_data(request: Request) -> dict[str, Any]:
    """A request as JSON data, for the worker and for takes."""
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
    """An engine's event as JSON data, tagged with its type."""
    if isinstance(event, Progress):
        return {
            "type": "progress",
            "fraction": event.fraction,
            "stage": event.stage,
            "notes": event.notes,
        }
    if isinstance(event, Partial):
        plain = {name: getattr(event, name) for name in _PARTIAL_NUMBERS}
        return {"type": "partial", **plain, "notes": notes_to_data(event.notes)}
    answers = [[clip_to_data(part) for part in answer.parts] for answer in event.answers]
    return {
        "type": "result",
        "answers": answers,
        "degraded": list(event.degraded),
        "stats": dict(event.stats),
    }


def event_from_data(data: Mapping[str, Any]) -> EngineEvent:
    """The event that `event_to_data` wrote."""
    if data["type"] == "progress":
        return Progress(data["fraction"], data["stage"], data["notes"])
    if data["type"] == "partial":
        plain = {name: data[name] for name in _PARTIAL_NUMBERS}
        return Partial(**plain, notes=notes_from_data(data["notes"]))
    answers = tuple(Answer(tuple(map(clip_from_data, parts))) for parts in data["answers"])
    return Result(answers, tuple(data["degraded"]), data["stats"])


_PARTIAL_NUMBERS = ("take", "part", "index", "count", "start_beats", "end_beats")


def _note(data: object, index: int) -> Note:
    """One note from a mapping of field names, Live's or ours."""
    where = f"notes[{index}]"
    if not isinstance(data, Mapping):
        raise BadClip(
            "A note is an object with pitch, start_beats and duration_beats.", where=where
        )
    given = {_ALIASES.get(name, str(name)): value for name, value in data.items()}
    missing, unknown = _REQUIRED - set(given), set(given) - set(NOTE_FIELDS)
    if missing or unknown:
        name = sorted(map(str, missing or unknown))[0]
        verb = "is missing" if missing else "is not a field of a note"
        raise BadClip(f"{name} {verb}.", where=f"{where}.{name}")
    return _at(
        where,
        lambda: Note(
            **{
                name: _NOTE_VALUE[name](value, name)
                for name, value in given.items()
                if value is not None
            }
        ),
    )


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadClip(f"{name} must be a number, not {value!r:.40}.", where=name)
    try:
        return float(value)
    except OverflowError:
        raise BadClip(f"{name} is too large.", where=name) from None


def _whole(value: object, name: str) -> int:
    number = _number(value, name)
    if not number.is_integer():  # NaN and infinity are not whole either
        raise BadClip(f"{name} must be a whole number, not {value!r:.40}.", where=name)
    return int(number)


def _flag(value: object, name: str) -> bool:
    if value not in {0, 1} if isinstance(value, int | float) else True:
        raise BadClip(f"{name} must be true or false, not {value!r:.40}.", where=name)
    return bool(value)


def _origin(value: object, name: str) -> Origin:
    if value not in {"kept", "edited", "new"}:
        raise BadClip(f"{name} must be kept, edited or new.", where=name)
    return value


_NOTE_VALUE: dict[str, Callable[[object, str], Any]] = dict.fromkeys(NOTE_FIELDS, _number) | {
    "pitch": _whole,
    "id": _whole,
    "mute": _flag,
    "origin": _origin,
}


def _metre(values: Sequence[Any]) -> Metre:
    if len(values) != 2:
        raise BadClip("A metre is two numbers, such as [6, 8].", where="metre")
    return Metre(_whole(values[0], "metre"), _whole(values[1], "metre"))


def _metre_to_data(metre: Metre) -> list[int]:
    return [metre.numerator, metre.denominator]


def _scale(data: object) -> Scale | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise BadClip("A scale is an object with root and intervals.", where="scale")
    intervals = _sequence(data.get("intervals"), "scale.intervals")
    return Scale(
        _whole(data.get("root"), "scale.root"),
        tuple(_whole(i, "scale.intervals") for i in intervals),
        str(data.get("name", "")),
    )


def _rows(data: Mapping[str, Any], name: str, width: int) -> list[Sequence[Any]]:
    """Field `name` as a list of rows of `width` values; empty when missing."""
    rows = [_sequence(row, name) for row in _sequence(data.get(name, ()), name)]
    if any(len(row) != width for row in rows):
        raise BadClip(f"Each row of {name} has {width} values.", where=name)
    return rows


def _field_names(data: object) -> list[str]:
    names = [str(name) for name in _sequence(data, "notes.fields")]
    if len(set(names)) != len(names):
        raise BadClip("notes.fields names a field twice.", where="notes.fields")
    return names


def _zip(fields: list[str], row: object, index: int) -> dict[str, Any]:
    values = _sequence(row, f"notes.rows[{index}]")
    if len(values) != len(fields):
        raise BadClip(
            f"The row has {len(values)} values for {len(fields)} fields.",
            where=f"notes.rows[{index}]",
        )
    return dict(zip(fields, values, strict=True))


def _sequence(value: object, where: str) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise BadClip(f"{where} must be a list.", where=where)
    return value


def _at(place: str, build: Callable[[], T]) -> T:
    """Run `build`; an error that it raises names its field below `place`."""
    try:
        return build()
    except NextbarError as error:
        below = f"{place}.{error.where}" if error.where else place
        raise BadClip(error.message, where=below) from None
