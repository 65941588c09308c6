# SPDX-License-Identifier: Apache-2.0
"""Codec: the parts of a piece as bytes and back, exactly.

Layout, before zlib: the length of a JSON head (4 bytes, little-endian), the head, then the
columns of each part in turn, little-endian. The head lists the frames (metre, tempo, loop ...)
that the parts share and, for each part, its role and its columns as [field, type code, ticks a
beat]. Type codes are those of Python's `array` with fixed sizes: b B h H i d. Onsets are stored as
ticks, each as the difference to the one before, and lengths as ticks, as long as dividing by the
ticks gives back the very same floats; else as doubles. Fields that all notes leave at their
default are not stored.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import accumulate
from typing import Any

from models.clip import Clip, Note, Scale, TempoChange
from models.corpus.piece import PiecePart
from models.errors import NextbarError
from models.metre import Metre, MetreChange

_TICKS = (24, 480, 960, 192, 384, 120, 1024, 96, 256, 70, 48, 4, 220, 10080)
_LIMITS = (("b", -128, 127), ("B", 0, 255), ("h", -32768, 32767), ("H", 0, 65535))
_INT_MAX = 2**31 - 1
_SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "d": 8}
_FIELDS = ("velocity", "mute", "probability", "velocity_deviation", "release_velocity")
_DEFAULTS = {field.name: field.default for field in fields(Note)}


def encode_parts(parts: Sequence[PiecePart]) -> bytes:
    """The parts as compressed bytes."""
    frames: list[dict[str, Any]] = []
    heads, columns = [], []
    for part in parts:
        frame = _frame(part.clip)
        if frame not in frames:
            frames.append(frame)
        spec, data = _columns(part.clip.notes)
        columns += data
        heads.append(
            {
                "role": part.role,
                "program": part.program,
                "frame": frames.index(frame),
                "name": part.clip.name,
                "notes": len(part.clip.notes),
                "columns": spec,
                "ids": _ids(part.clip.notes),
            }
        )
    head = json.dumps({"frames": frames, "parts": heads}, separators=(",", ":")).encode()
    return zlib.compress(b"".join((len(head).to_bytes(4, "little"), head, *columns)), 6)


def decode_parts(data: bytes) -> tuple[PiecePart, ...]:
    """The inverse of `encode_parts`.

    Raises:
        ValueError: the bytes are damaged.
    """
    try:
        raw = zlib.decompress(data)
        start = 4 + int.from_bytes(raw[:4], "little")
        head = json.loads(raw[4:start])
        parts = []
        for part in head["parts"]:
            notes, start = _notes(part, raw, start)
            clip = _clip(head["frames"][part["frame"]], part["name"], notes)
            parts.append(PiecePart(part["role"], clip, part["program"]))
        return tuple(parts)
    except (zlib.error, KeyError, IndexError, TypeError, NextbarError) as error:
        raise ValueError(f"A piece of the shard is damaged: {error}") from error


def _columns(notes: Sequence[Note]) -> tuple[list[list[Any]], list[bytes]]:
    columns = [_column("pitch", [note.pitch for note in notes])]
    columns.append(_times("start_beats", [note.start_beats for note in notes], difference=True))
    columns.append(_times("duration_beats", [note.duration_beats for note in notes]))
    for name in _FIELDS:
        values = [getattr(note, name) for note in notes]
        if any(value != _DEFAULTS[name] for value in values):
            columns.append(_column(name, values))
    return [spec for spec, _ in columns], [data for _, data in columns]


def _column(name: str, values: Sequence[float], ticks: int = 0) -> tuple[list[Any], bytes]:
    """A column in the smallest type that holds it."""
    code = "d"
    if all(value == int(value) and not _is_minus_zero(value) for value in values):
        low, high = min(values, default=0), max(values, default=0)
        fits = (c for c, least, most in _LIMITS if least <= low and high <= most)
        code = next(fits, "i" if max(-low, high) <= _INT_MAX else "d")
    stored = array(code, values if code == "d" else [int(value) for value in values])
    return [name, code, ticks], _little(stored)


def _is_minus_zero(value: float) -> bool:
    return value == 0 and str(value)[0] == "-"


def _times(
    name: str, values: Sequence[float], *, difference: bool = False
) -> tuple[list[Any], bytes]:
    """A column of beats, in ticks where that is exact."""
    for ticks in _TICKS:
        counted = [round(value * ticks) for value in values]
        exact = (c / ticks == v for c, v in zip(counted, values, strict=True))
        if all(exact) and not any(map(_is_minus_zero, values)):
            if difference:
                counted = [b - a for a, b in zip([0, *counted], counted, strict=False)]
            return _column(name, counted, ticks)
    spec, data = [name, "d", 0], _little(array("d", values))
    return spec, data


def _notes(part: dict[str, Any], raw: bytes, start: int) -> tuple[tuple[Note, ...], int]:
    """The notes of a part whose columns begin at `start`, and where they end."""
    count = part["notes"]
    columns: dict[str, list[Any]] = {}
    for name, code, ticks in part["columns"]:
        end = start + count * _SIZES[code]
        values = array(code)
        values.frombytes(raw[start:end])
        columns[name] = _restored(name, _native(values), ticks)
        start = end
    columns["id"] = part["ids"] or [None] * count
    names = list(columns)
    rows = zip(*columns.values(), strict=True)
    return tuple(Note(**dict(zip(names, row, strict=True))) for row in rows), start


def _restored(name: str, values: array[Any], ticks: int) -> list[Any]:
    """A column as the values that notes hold."""
    if name in {"start_beats", "duration_beats"}:
        if not ticks:
            return values.tolist()
        counted = accumulate(values) if name == "start_beats" else values
        return [count / ticks for count in counted]
    if name == "pitch":
        return values.tolist()
    kind = bool if name == "mute" else float
    return [kind(value) for value in values]


def _ids(notes: Iterable[Note]) -> list[int | None]:
    ids = [note.id for note in notes]
    return ids if any(number is not None for number in ids) else []


def _little(values: array[Any]) -> bytes:
    return _native(array(values.typecode, values)).tobytes()


def _native(values: array[Any]) -> array[Any]:
    """Swap the bytes of an array on machines that are big-endian."""
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _frame(clip: Clip) -> dict[str, Any]:
    """All of a clip but its notes and its name."""
    scale = clip.scale
    return {
        "beats": [
            clip.length_beats,
            clip.loop_start_beats,
            clip.loop_end_beats,
            clip.start_marker_beats,
        ],
        "metre": [clip.metre.numerator, clip.metre.denominator],
        "metres": [
            [c.start_beats, c.metre.numerator, c.metre.denominator] for c in clip.metre_changes
        ],
        "tempo": clip.tempo_bpm,
        "tempi": [[change.start_beats, change.tempo_bpm] for change in clip.tempo_changes],
        "scale": [scale.root, list(scale.intervals), scale.name] if scale else None,
        "kind": clip.kind,
        "pads": [list(pad) for pad in clip.pads],
    }


def _clip(frame: dict[str, Any], name: str, notes: tuple[Note, ...]) -> Clip:
    scale = frame["scale"]
    length_beats, loop_start_beats, loop_end_beats, start_marker_beats = frame["beats"]
    return Clip(
        notes,
        length_beats,
        loop_start_beats,
        loop_end_beats,
        start_marker_beats,
        metre=Metre(*frame["metre"]),
        metre_changes=tuple(
            MetreChange(start, Metre(top, bottom)) for start, top, bottom in frame["metres"]
        ),
        tempo_bpm=frame["tempo"],
        tempo_changes=tuple(TempoChange(start, bpm) for start, bpm in frame["tempi"]),
        scale=Scale(scale[0], tuple(scale[1]), scale[2]) if scale else None,
        kind=frame["kind"],
        pads=tuple((pitch, pad) for pitch, pad in frame["pads"]),
        name=name,
    )
