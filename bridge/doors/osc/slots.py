# SPDX-License-Identifier: Apache-2.0
"""Clip slots: the clips that a client builds note by note with plain messages. Pure.

    /nextbar/clip/new     [s:slot] [f:length_beats] [field value ...]
    /nextbar/clip/notes   [s:slot] (i:pitch f:start f:duration f:velocity i:mute)*
    /nextbar/clip/note    [s:slot] (s:name value)*
    /nextbar/clip/set     [s:slot] field value [field value ...]
    /nextbar/clip/remove  [s:slot]

The slot is the one used last where it is not named.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.doors.osc import singles
from bridge.doors.osc.plain import read_pairs
from bridge.errors import BadMessage, TooLarge
from models.clip import Note
from models.errors import BadClip
from models.metre import Metre
from models.wire import clip_from_data, notes_from_data, notes_to_data

MAX_SLOTS = 16
MAX_NOTES = 20_000  # over all slots of a client
MAX_NAME_CHARACTERS = 64
DEFAULT_SLOT = "A"
NOTE_WIDTH = 5

_TIMES = frozenset({"length_beats", "loop_start_beats", "loop_end_beats", "start_marker_beats"})
_FIELDS = _TIMES | {"metre", "tempo_bpm", "scale", "kind", "name", "pad"}
_NOTE_TIMES = frozenset({"start_beats", "duration_beats", "start", "start_time", "duration"})


@dataclass(slots=True)
class Slot:
    """A clip being built."""

    fields: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def to_data(self) -> dict[str, Any]:
        """The clip as a message carries it; without a length it ends with the notes' last bar."""
        data = {**self.fields, "notes": notes_to_data(self.notes)}
        data.setdefault("length_beats", self._bars_beats())
        return data

    def _bars_beats(self) -> float:
        bar_beats = Metre(*self.fields.get("metre", (4, 4))).bar_beats
        end_beats = max((note.end_beats for note in self.notes), default=0.0)
        return max(1, math.ceil(end_beats / bar_beats - 1e-6)) * bar_beats


class ClipSlots:
    """The slots of one client."""

    def __init__(self) -> None:
        self._slots: dict[str, Slot] = {}
        self._last = DEFAULT_SLOT

    def apply(self, verb: str, args: Sequence[Any]) -> tuple[str, Slot]:
        """Carry out one `clip/...` message; nothing changes where it is wrong.

        Returns:
            The slot's name, and what is in it now.

        Raises:
            BadMessage: its arguments have the wrong form.
            BadClip: a value can't be, or there is no such slot.
            TooLarge: too many slots or notes.
        """
        name, rest = self._name(args)
        slot = {
            "clip/new": self._new,
            "clip/notes": self._notes,
            "clip/note": self._note,
            "clip/set": self._set,
            "clip/remove": self._remove,
        }[verb](name, rest)
        self._last = name
        return name, slot

    def chosen(self, wanted: object, *, needed: bool) -> list[str]:
        """The slots a command is about: those it names, or the one used last.

        Args:
            wanted: names as `clip` and `clips` carry them: text with spaces, or a list; or None.
            needed: whether the command can't do without a clip.
        """
        if wanted is None:
            return [self._last] if needed else []
        parts = wanted if isinstance(wanted, list) else [wanted]
        return [name for part in parts for name in _names(str(part), self._slots)]

    def clip(self, name: str) -> dict[str, Any]:
        """The clip in a slot.

        Raises:
            BadClip: there is no such slot.
        """
        return self._existing(name).to_data()

    def _name(self, args: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """The slot a message names first; fields and note fields can't be names of slots."""
        if not args or not isinstance(args[0], str) or args[0] in _RESERVED:
            return self._last, args
        if not 0 < len(args[0]) <= MAX_NAME_CHARACTERS:
            raise BadMessage(f"A slot's name has 1 to {MAX_NAME_CHARACTERS} characters.")
        return args[0], args[1:]

    def _existing(self, name: str) -> Slot:
        if name not in self._slots:
            there = ", ".join(sorted(self._slots)) or "none"
            raise BadClip(
                f"There is no clip {name:.64} here; send /nextbar/clip/new first (yours: {there}).",
                where="clip",
            )
        return self._slots[name]

    def _new(self, name: str, args: Sequence[Any]) -> Slot:
        if name not in self._slots and len(self._slots) >= MAX_SLOTS:
            raise TooLarge(f"A client may have {MAX_SLOTS} clips; remove one first.", where=name)
        if args and not isinstance(args[0], str):
            args = ["length_beats", *args]
        return self._put(name, Slot(_read_fields(args)))

    def _set(self, name: str, args: Sequence[Any]) -> Slot:
        old = self._existing(name)
        new = _read_fields(args)
        if not new:
            raise BadMessage("clip/set needs a field and its value, such as metre 6 8.")
        if "pads" in new:
            new["pads"] = [*old.fields.get("pads", ()), *new["pads"]]
        return self._put(name, Slot({**old.fields, **new}, old.notes))

    def _put(self, name: str, slot: Slot) -> Slot:
        """Store a slot whose frame is sound.

        The loop's ends may come one after the other, so they are looked at only in use.
        """
        loose = {"loop_start_beats", "loop_end_beats"}
        frame = {key: value for key, value in slot.fields.items() if key not in loose}
        clip_from_data({"length_beats": 4.0, **frame, "notes": ()})
        self._slots[name] = slot
        return slot

    def _notes(self, name: str, args: Sequence[Any]) -> Slot:
        if not args or len(args) % NOTE_WIDTH:
            raise BadMessage(
                "Notes come in groups of five: pitch, start, duration, velocity, mute; "
                f"{len(args)} values are no such groups."
            )
        rows = [_quintuple(args[at : at + NOTE_WIDTH]) for at in range(0, len(args), NOTE_WIDTH)]
        fields = ["pitch", "start_beats", "duration_beats", "velocity", "mute"]
        return self._append(name, notes_from_data({"fields": fields, "rows": rows}))

    def _note(self, name: str, args: Sequence[Any]) -> Slot:
        values = read_pairs(args)
        for key, value in zip(args[::2], args[1::2], strict=True):
            if key in _NOTE_TIMES and isinstance(value, float):
                values[key] = singles.beats(value)
        return self._append(name, notes_from_data([values]))

    def _append(self, name: str, notes: Sequence[Note]) -> Slot:
        if sum(len(s.notes) for s in self._slots.values()) + len(notes) > MAX_NOTES:
            raise TooLarge(f"A client's clips may have {MAX_NOTES} notes in all.", where=name)
        slot = self._slots.get(name) or self._new(name, ())
        slot.notes.extend(notes)
        return slot

    def _remove(self, name: str, args: Sequence[Any]) -> Slot:
        del args
        self._existing(name)
        del self._slots[name]
        return Slot()


_RESERVED = _FIELDS | _NOTE_TIMES | {
    "pitch", "velocity", "mute", "muted", "probability", "velocity_deviation",
    "release_velocity", "id", "note_id", "origin",
}  # fmt: skip


def _names(text: str, slots: dict[str, Slot]) -> list[str]:
    """`A B` names two slots, unless there is one of that very name."""
    return [text] if text in slots else text.split()


def _quintuple(values: Sequence[Any]) -> list[Any]:
    """One note's values, freed of their 32-bit rounding."""
    pitch, start, duration, velocity, mute = values
    return [
        pitch,
        _freed(start, singles.beats),
        _freed(duration, singles.beats),
        _freed(velocity, singles.number),
        mute,
    ]


def _freed(value: Any, rule: Callable[[float], float]) -> Any:
    return rule(value) if isinstance(value, float) else value


def _read_fields(args: Sequence[Any]) -> dict[str, Any]:
    """`metre 6 8 tempo_bpm 90 ...` as clip fields; a field's values go on to the next name.

    Raises:
        BadMessage: a name is unknown, or a field has no value.
    """
    groups: list[list[Any]] = []
    for value in args:
        starts = isinstance(value, str) and value in _FIELDS
        if starts and (not groups or len(groups[-1]) > 1):
            groups.append([value])
        elif groups:
            groups[-1].append(value)
        else:
            raise BadMessage(
                f"{value!r:.40} is not a field of a clip; there are {', '.join(sorted(_FIELDS))}."
            )
    fields: dict[str, Any] = {}
    for name, *values in groups:
        if not values:
            raise BadMessage(f"{name} has no value.", where=name)
        if name == "pad":
            fields.setdefault("pads", []).append(values)
        else:
            fields[name] = _field(name, values)
    return fields


def _field(name: str, values: list[Any]) -> Any:
    if name == "metre":
        return _metre(values)
    if name == "scale":
        return {"root": values[0], "intervals": values[1:]}
    if len(values) > 1:
        raise BadMessage(
            f"{name} has one value; {values[1]!r:.40} after it is not a field of a clip.",
            where=name,
        )
    return _freed(values[0], singles.beats if name in _TIMES else singles.number)


def _metre(values: list[Any]) -> list[Any]:
    if len(values) == 1 and isinstance(values[0], str):  # "6/8"
        parts = values[0][:8].split("/")
        values = [int(part) if part.isdecimal() else part for part in parts]
    return values
