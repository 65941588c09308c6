# SPDX-License-Identifier: Apache-2.0
"""Events as plain OSC messages of the types i, f and s. Pure.

An event becomes `/nextbar/<event> id field field ...`, its fields in the order of the table of
events. A list of things (takes, engines, jobs) is sent first, one message each, and stands as
their number in the event itself; so the event comes last and tells whether all has come.
`docs/osc.md` lists the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bridge.core.events import EVENTS
from bridge.core.messages import Event
from bridge.doors.osc.packets import encode, shortened
from models.wire import is_file

NOTES_IN_PACKET = 40  # about 1,100 bytes, below what any network cuts

_QUINTUPLE = ("pitch", "start_beats", "duration_beats", "velocity", "mute")
_ENGINE = ("name", "available", "commands", "doc", "reason", "install")
_JOB = ("job", "state", "command", "fraction", "stage", "position", "target")
_LISTED = ("id", "created", "command", "engine", "seed", "rank", "notes", "name", "kept")
_FILE = (
    *("path", "seconds", "bars", "metre", "tempo_bpm", "found_tempo_bpm", "sample_rate_hz"),
    *("channels", "length_samples", "peak_db", "loudness_lufs", "licence", "name"),
)
_FRACTIONS = frozenset({"seconds", "tempo_bpm", "found_tempo_bpm", "peak_db", "loudness_lufs"})

Flat = Iterator[bytes]


def flatten(event: Event) -> Flat:
    """The datagrams that say the event."""
    if event.name == "partial":
        yield from _partial(event)
        return
    kind = EVENTS.get(event.name)
    names = kind.fields if kind else tuple(event.fields)
    values: list[Any] = []
    for name in names:
        value = event.fields.get(name)
        if name in _PARTS_OF_EVENTS and isinstance(value, Sequence | Mapping):
            items = [value] if isinstance(value, Mapping) else value
            yield from _PARTS_OF_EVENTS[name](event, items)
            values.append(len(items))
            if event.name == "done":
                values.append(sum(_note_count(part) for t in items for part in t["parts"]))
        else:
            values.append(_scalar(value))
    yield _say(event.name, event.id, *values)


def _partial(event: Event) -> Flat:
    """New notes of a span; the span's chunks, if it has several, count from 0."""
    get = event.fields.get
    head = [get(name) for name in ("job", "take", "part", "index", "count")]
    span = [float(get(name, 0.0)) for name in ("start_beats", "end_beats")]
    chunks = _note_chunks(event.fields["notes"])
    for number, chunk in enumerate(chunks):
        yield _say("partial", event.id, *head, *span, number, len(chunks), *chunk)


def _takes(event: Event, takes: Sequence[Mapping[str, Any]]) -> Flat:
    for index, take in enumerate(takes):
        if "parts" in take:
            yield from _take(event, index, len(takes), take)
        else:
            fields = [_scalar(take.get(name)) for name in _LISTED]
            yield _say("listed", event.id, index, len(takes), *fields)


def _take(event: Event, index: int, count: int, take: Mapping[str, Any]) -> Flat:
    """One take: its name, then each part's frame and notes."""
    parts = take["parts"]
    if is_file(parts):
        file = parts[0]
        yield _say("take", event.id, index, count, take.get("take"), 1, 0)
        yield _say("file", event.id, index, *_told_of(file))
        return
    notes = sum(_note_count(part) for part in parts)
    yield _say("take", event.id, index, count, take.get("take"), len(parts), notes)
    for number, part in enumerate(parts):
        here = (event.id, index, number)
        yield _say("part", *here, len(parts), *_frame(part))
        chunks = _note_chunks(part.get("notes", ()))
        for at, chunk in enumerate(chunks):
            yield _say("notes", *here, at, len(chunks), *chunk)


def _told_of(file: Mapping[str, Any]) -> Iterator[Any]:
    """An audio file's path whole, and its numbers as floats where they may be fractions."""
    for name in _FILE:
        value = file.get(name)
        yield float(value or 0.0) if name in _FRACTIONS else value


def _frame(part: Mapping[str, Any]) -> list[Any]:
    """A clip without its notes; the name comes last."""
    length_beats = float(part.get("length_beats", 0.0))
    return [
        _note_count(part),
        length_beats,
        float(part.get("loop_start_beats", 0.0)),
        float(part.get("loop_end_beats", length_beats)),
        *part.get("metre", (4, 4)),
        float(part.get("tempo_bpm", 120.0)),
        str(part.get("name", "")),
    ]


def _engines(event: Event, engines: Sequence[Mapping[str, Any]]) -> Flat:
    yield from _rows(event, "engine", engines, _ENGINE)


def _jobs(event: Event, jobs: Sequence[Mapping[str, Any]]) -> Flat:
    """Jobs; one that was asked for by name brings its takes or its error."""
    for index, job in enumerate(jobs):
        outcome = job.get("outcome", {})
        yield from _takes(event, outcome.get("takes", ()))
        fields = [_scalar(job.get(name)) for name in _JOB]
        yield _say("job", event.id, index, len(jobs), *fields, outcome.get("message", ""))


def _rows(
    event: Event, address: str, items: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> Flat:
    for index, item in enumerate(items):
        fields = [_scalar(item.get(name)) for name in names]
        yield _say(address, event.id, index, len(items), *fields)


_PARTS_OF_EVENTS: dict[str, Callable[[Event, Sequence[Mapping[str, Any]]], Flat]] = {
    "takes": _takes,
    "take": _takes,
    "engines": _engines,
    "jobs": _jobs,
}


def _note_count(part: Mapping[str, Any]) -> int:
    return len(part.get("notes", {}).get("rows", ()))


def _note_chunks(notes: Mapping[str, Any]) -> list[list[Any]]:
    """Notes as lists of quintuples, 40 notes each; at least one list, so that silence is told."""
    columns = [notes["fields"].index(name) for name in _QUINTUPLE] if notes else []
    rows = notes["rows"] if notes else ()
    flat = [list(_quintuple(row, columns)) for row in rows]
    starts = range(0, max(len(flat), 1), NOTES_IN_PACKET)
    return [[v for row in flat[at : at + NOTES_IN_PACKET] for v in row] for at in starts]


def _quintuple(row: Sequence[Any], columns: Iterable[int]) -> Iterator[Any]:
    pitch, start, duration, velocity, mute = (row[column] for column in columns)
    yield from (int(pitch), float(start), float(duration), float(velocity), int(mute))


def _scalar(value: Any) -> Any:
    """A field as one argument: lists become text with "; ", objects text with name=value."""
    if isinstance(value, Mapping):
        return shortened(" ".join(f"{name}={_scalar(item)}" for name, item in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return shortened("; ".join(str(_scalar(item)) for item in value))
    return shortened(value) if isinstance(value, str) else value


def _say(name: str, *args: Any) -> bytes:
    return encode(f"/nextbar/{name}", *args)
