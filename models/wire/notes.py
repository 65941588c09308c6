# SPDX-License-Identifier: Apache-2.0
"""Notes as rows under a list of field names, so that thousands of them stay small.

A list of objects with the names that Live uses is read as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields
from itertools import repeat
from typing import Any

from models.clip import Note, Origin
from models.errors import BadClip
from models.wire.values import at, flag, number, sequence, whole

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
_REQUIRED = frozenset({"pitch", "start_beats", "duration_beats"})
_ALIASES: dict[str, str] = {
    "start_time": "start_beats",
    "start": "start_beats",
    "duration": "duration_beats",
    "note_id": "id",
    "muted": "mute",
}


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
        return _notes_of_rows(
            _field_names(data.get("fields")), sequence(data.get("rows"), "notes.rows")
        )
    return tuple(_note(item, i) for i, item in enumerate(sequence(data, "notes")))


def _notes_of_rows(fields: list[str], rows: Sequence[Any]) -> tuple[Note, ...]:
    """Notes from rows: all at once where every value is of its plain type, else one by one."""
    names = _known(fields, "notes.fields")
    quick = _notes_of_plain_rows(names, rows)
    if quick is not None:
        return quick
    columns = [(name, _NOTE_VALUE[name]) for name in names]
    notes = []
    for index, row in enumerate(rows):
        where = f"notes.rows[{index}]"
        values = sequence(row, where)
        if len(values) != len(columns):
            raise BadClip(
                f"The row has {len(values)} values for {len(columns)} fields.", where=where
            )
        try:
            notes.append(_built(zip(columns, values, strict=True)))
        except BadClip as error:
            raise BadClip(error.message, where=f"notes[{index}].{error.where}") from None
    return tuple(notes)


def _notes_of_plain_rows(names: list[str], rows: Sequence[Any]) -> tuple[Note, ...] | None:
    """Notes made column by column, for thousands of rows; None where a closer look is needed."""
    if not rows or len(set(names)) != len(names):
        return None
    if {type(row) for row in rows} != {list} or {len(row) for row in rows} != {len(names)}:
        return None
    given = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns: list[Iterable[Any]] = []
    for name, default in _DEFAULTS.items():
        column = given.get(name)
        if column is None:
            columns.append(repeat(default))
        elif not {type(value) for value in column} <= _PLAIN_TYPES.get(name, _NUMBERS):
            return None
        else:
            columns.append(column if name in _PLAIN_TYPES else map(float, column))
    if not set(given.get("origin", ())) <= _ORIGINS:
        return None
    with suppress(BadClip, OverflowError):  # the slow way finds and names the fault
        return tuple(map(Note, *columns))
    return None


def _note(data: object, index: int) -> Note:
    """One note from a mapping of field names, Live's or ours."""
    where = f"notes[{index}]"
    if not isinstance(data, Mapping):
        raise BadClip(
            "A note is an object with pitch, start_beats and duration_beats.", where=where
        )
    names = _known([str(name) for name in data], where)
    columns = [(name, _NOTE_VALUE[name]) for name in names]
    return at(where, lambda: _built(zip(columns, data.values(), strict=True)))


_Column = tuple[str, Callable[[object, str], Any]]


def _built(values: Iterable[tuple[_Column, object]]) -> Note:
    return Note(
        **{name: convert(value, name) for (name, convert), value in values if value is not None}
    )


def _known(names: Sequence[str], where: str) -> list[str]:
    """Our names of a note's fields; all that a note needs must be there, and nothing else."""
    ours = [_ALIASES.get(name, name) for name in names]
    missing, unknown = _REQUIRED - set(ours), set(ours) - set(NOTE_FIELDS)
    if missing or unknown:
        name = min(missing or unknown)
        verb = "is missing" if missing else "is not a field of a note"
        raise BadClip(f"{name} {verb}.", where=f"{where}.{name}")
    return ours


def _field_names(data: object) -> list[str]:
    names = [str(name) for name in sequence(data, "notes.fields")]
    if len(set(names)) != len(names):
        raise BadClip("notes.fields names a field twice.", where="notes.fields")
    return names


_NUMBERS: frozenset[type] = frozenset({int, float})
_PLAIN_TYPES: dict[str, frozenset[type]] = {
    "pitch": frozenset({int}),
    "mute": frozenset({bool}),
    "id": frozenset({int, type(None)}),
    "origin": frozenset({str}),
}
_ORIGINS = frozenset({"kept", "edited", "new"})
_DEFAULTS: dict[str, Any] = {
    field.name: None if field.default is MISSING else field.default for field in fields(Note)
}


def _origin(value: object, name: str) -> Origin:
    if value not in ("kept", "edited", "new"):
        raise BadClip(f"{name} must be kept, edited or new.", where=name)
    return value


_NOTE_VALUE: dict[str, Callable[[object, str], Any]] = dict.fromkeys(NOTE_FIELDS, number) | {
    "pitch": whole,
    "id": whole,
    "mute": flag,
    "origin": _origin,
}
