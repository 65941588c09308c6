# SPDX-License-Identifier: Apache-2.0
"""A clip as JSON data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from models.clip import Clip, Kind, Scale, TempoChange
from models.errors import BadClip
from models.metre import Metre, MetreChange
from models.wire.notes import notes_from_data, notes_to_data
from models.wire.values import at, number, sequence, whole

_CLIP_NUMBERS = (
    "length_beats",
    "loop_start_beats",
    "loop_end_beats",
    "start_marker_beats",
    "tempo_bpm",
)
_CLIP_FIELDS = frozenset(
    {
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
)


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
    return at("clip", lambda: _clip(data))


def _clip(data: Mapping[str, Any]) -> Clip:
    given: dict[str, Any] = {n: number(data[n], n) for n in _CLIP_NUMBERS if n in data}
    if "metre" in data:
        given["metre"] = _metre(sequence(data["metre"], "metre"))
    given["metre_changes"] = tuple(
        MetreChange(number(row[0], "metre_changes"), _metre(row[1:]))
        for row in _rows(data, "metre_changes", 3)
    )
    given["tempo_changes"] = tuple(
        TempoChange(*(number(value, "tempo_changes") for value in row))
        for row in _rows(data, "tempo_changes", 2)
    )
    given["pads"] = tuple((whole(p, "pads"), str(name)) for p, name in _rows(data, "pads", 2))
    if data.get("kind", "melodic") not in ("melodic", "drums"):
        raise BadClip("kind must be melodic or drums.", where="kind")
    return Clip(
        notes=notes_from_data(data.get("notes", ())),
        scale=_scale(data.get("scale")),
        kind=cast(Kind, data.get("kind", "melodic")),
        name=str(data.get("name", "")),
        **given,
    )


def _metre(values: Sequence[Any]) -> Metre:
    if len(values) != 2:
        raise BadClip("A metre is two numbers, such as [6, 8].", where="metre")
    return Metre(whole(values[0], "metre"), whole(values[1], "metre"))


def _metre_to_data(metre: Metre) -> list[int]:
    return [metre.numerator, metre.denominator]


def _scale(data: object) -> Scale | None:
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise BadClip("A scale is an object with root and intervals.", where="scale")
    intervals = sequence(data.get("intervals"), "scale.intervals")
    return Scale(
        whole(data.get("root"), "scale.root"),
        tuple(whole(i, "scale.intervals") for i in intervals),
        str(data.get("name", "")),
    )


def _rows(data: Mapping[str, Any], name: str, width: int) -> list[Sequence[Any]]:
    """Field `name` as a list of rows of `width` values; empty when missing."""
    rows = [sequence(row, name) for row in sequence(data.get(name, ()), name)]
    if any(len(row) != width for row in rows):
        raise BadClip(f"Each row of {name} has {width} values.", where=name)
    return rows
