# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI 3.1 description of the door, written from the command table.

The control page makes its forms from it, so each job also says how many clips it takes
(`x-clips`) and what a take of it consists of (`x-parts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridge import PROTOCOL, __version__
from bridge.core.commands import COMMANDS, JOB_PARAMS, Command
from bridge.core.events import EVENTS
from bridge.doors.web.codec import STATUS
from models.param import Param
from models.wire import NOTE_FIELDS

Schema = dict[str, Any]

_TYPES: dict[str, Schema] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "text": {"type": "string"},
    "choice": {"type": "string"},
    "ints": {"type": "array", "items": {"type": "integer"}},
}
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_WHOLE: Schema = {"type": "integer"}
_OBJECT: Schema = {"type": "object"}
_OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
_WHOLES = (
    *("protocol", "position", "seed", "index", "count", "part"),
    *("start_samples", "samples", "channels", "sample_rate_hz", "underruns"),
)
_NUMBERS = (
    *("uptime_s", "start_beats", "end_beats", "seconds"),
    *("tempo_bpm", "speed", "wait_s"),
)
# Fields of events by name; any other is text.
_FIELD_SCHEMAS: dict[str, Schema] = {
    **dict.fromkeys(_WHOLES, _WHOLE),
    **dict.fromkeys(_NUMBERS, _NUMBER),
    **dict.fromkeys(("ports", "stats"), _OBJECT),
    **dict.fromkeys(("engines", "jobs", "takes"), _OBJECTS),
    "fraction": {"type": "number", "minimum": 0, "maximum": 1},
    "degraded": {"type": "array", "items": _TEXT},
}
_OWN_FIELDS: dict[tuple[str, str], Schema] = {
    ("partial", "take"): _WHOLE,
    ("audio", "take"): _WHOLE,
    ("partial", "notes"): {"$ref": "#/components/schemas/Notes"},
    ("progress", "notes"): _WHOLE,
    ("take_whole", "take"): _OBJECT,
}


def describe() -> Schema:
    """The whole description."""
    paths: dict[str, Schema] = {f"/v1/{name}": _path(c) for name, c in COMMANDS.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nextbar",
            "version": __version__,
            "description": f"Protocol {PROTOCOL}. One table of commands serves every door.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {**paths, **_extra_paths()},
        "components": {
            "schemas": {**_music_schemas(), **{n: _event(n) for n in EVENTS}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _path(command: Command) -> Schema:
    path = {"post": _operation(command, "post") | {"requestBody": _request_body(command)}}
    if not command.mutates:
        parameters = [_query_parameter(param) for param in command.params]
        path["get"] = _operation(command, "get") | {"parameters": parameters}
    return path


def _operation(command: Command, method: str) -> Schema:
    return {
        "operationId": f"{method}_{command.name}",
        "summary": command.doc,
        "tags": ["jobs" if command.kind == "job" else "queries"],
        "x-clips": list(command.clips),
        "x-parts": command.parts,
        "responses": _responses(command),
    }


def _responses(command: Command) -> Schema:
    names = ["done"] if command.kind == "job" else list(EVENTS)
    good: Schema = {"description": "How it ended.", "content": {"application/json": _one_of(names)}}
    if command.kind == "job":
        stream = {"description": "Every event, one a line."} | _one_of(EVENTS)
        good["content"]["application/x-ndjson"] = {"schema": stream["schema"]}
    errors = {
        str(status): {
            "description": "Refused or failed: " + ", ".join(_codes(status)) + ".",
            "content": {"application/json": _one_of(["error", "failed"])},
        }
        for status in sorted(set(STATUS.values()))
    }
    return {"200": good, **errors}


def _codes(status: int) -> list[str]:
    return [code for code, its_status in STATUS.items() if its_status == status]


def _one_of(names: Iterable[str]) -> Schema:
    options = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return {"schema": options[0] if len(options) == 1 else {"oneOf": options}}


def _request_body(command: Command) -> Schema:
    params = (*command.params, *(JOB_PARAMS if command.kind == "job" else ()))
    properties: Schema = {param.name: _schema(param) for param in params}
    properties["id"] = {
        "type": ["integer", "string"],
        "description": "The same client and id again within 10 s is the same job.",
    }
    fewest, most = command.clips
    if most:
        clip = {"$ref": "#/components/schemas/Clip"}
        many = {"type": "array", "items": clip, "minItems": fewest, "maxItems": most}
        properties |= {"clip": clip, "clips": many}
    required = [param.name for param in params if param.required]
    schema = {"type": "object", "properties": properties, "required": required}
    return {
        "required": bool(required or fewest),
        "content": {"application/json": {"schema": schema}},
    }


def _query_parameter(param: Param) -> Schema:
    schema = _schema(param)
    doc = schema.pop("description")
    return {
        "name": param.name,
        "in": "query",
        "required": param.required,
        "description": doc,
        "schema": schema,
    }


def _schema(param: Param) -> Schema:
    schema: Schema = dict(_TYPES[param.kind])
    limits = {"minimum": param.low, "maximum": param.high}
    given = {name: limit for name, limit in limits.items() if limit is not None}
    if param.kind == "ints":
        schema["items"] = {**schema["items"], **given}
    else:
        schema |= given
    if param.choices:
        schema["enum"] = list(param.choices)
    if param.default is not None:
        schema["default"] = list(param.default) if param.kind == "ints" else param.default
    if param.unit:
        schema["x-unit"] = param.unit
    schema["description"] = param.doc + (f" In {param.unit}." if param.unit else "")
    return schema


def _event(name: str) -> Schema:
    event = EVENTS[name]
    fields = {field: _field(name, field) for field in event.fields}
    fixed: Schema = {"event": {"const": name}, "id": {"type": ["integer", "string"]}}
    return {
        "type": "object",
        "description": event.doc,
        "properties": {**fixed, **fields},
        "required": ["event", "id"],
    }


def _field(event: str, field: str) -> Schema:
    return _OWN_FIELDS.get((event, field), _FIELD_SCHEMAS.get(field, _TEXT))


def _music_schemas() -> Schema:
    notes = {
        "type": "object",
        "description": "Notes as rows under a list of field names.",
        "properties": {
            "fields": {"type": "array", "items": {"enum": list(NOTE_FIELDS)}},
            "rows": _rows("A note each."),
        },
        "required": ["fields", "rows"],
    }
    return {"Notes": notes, "Clip": _clip()}


def _clip() -> Schema:
    listed = {"type": "array", "items": {"type": "object"}}
    scale = {"root": _WHOLE, "intervals": {"type": "array", "items": _WHOLE}, "name": _TEXT}
    return {
        "type": "object",
        "description": "A clip; times in beats, a quarter note each.",
        "properties": {
            **dict.fromkeys(("length_beats", "tempo_bpm"), _NUMBER),
            **dict.fromkeys(("loop_start_beats", "loop_end_beats", "start_marker_beats"), _NUMBER),
            "metre": {"type": "array", "items": _WHOLE, "minItems": 2, "maxItems": 2},
            "metre_changes": _rows("start_beats, numerator, denominator"),
            "tempo_changes": _rows("start_beats, tempo_bpm"),
            "scale": {"type": ["object", "null"], "properties": scale},
            "kind": {"enum": ["melodic", "drums"]},
            "pads": _rows("Of a drum clip: pitch, name."),
            "name": _TEXT,
            "notes": {"anyOf": [{"$ref": "#/components/schemas/Notes"}, listed]},
        },
        "required": ["length_beats"],
    }


def _rows(doc: str) -> Schema:
    return {"type": "array", "items": {"type": "array"}, "description": doc}


def _extra_paths() -> dict[str, Schema]:
    midi: Schema = {"audio/midi": {"schema": {"type": "string", "format": "binary"}}}
    wav: Schema = {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}
    take = {"name": "take", "in": "path", "required": True, "schema": _TEXT}
    clips = {"type": "array", "items": {"$ref": "#/components/schemas/Clip"}}
    found = {"application/json": {"schema": {"properties": {"clips": clips}}}}
    return {
        "/v1/takes/{take}.mid": {
            "get": {
                "operationId": "take_midi",
                "summary": "A take as a MIDI file.",
                "parameters": [take],
                "responses": {"200": {"description": "The file.", "content": midi}},
            }
        },
        "/v1/takes/{take}.wav": {
            "get": {
                "operationId": "take_wav",
                "summary": "A take of the command audio as a WAV file.",
                "parameters": [take],
                "responses": {"200": {"description": "The file.", "content": wav}},
            }
        },
        "/v1/midi": {
            "post": {
                "operationId": "read_midi",
                "summary": "The clips in a MIDI file.",
                "requestBody": {"required": True, "content": midi},
                "responses": {"200": {"description": "Its clips.", "content": found}},
            }
        },
    }
