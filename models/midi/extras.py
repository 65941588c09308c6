# SPDX-License-Identifier: Apache-2.0
"""Extras: what MIDI has no words for, in a sequencer-specific meta event of our own.

The event is FF 7F, its length, 7D (the manufacturer id for private use), `nextbar` in ASCII and
a JSON object. docs/midi-files.md describes the object, `unspoken` fills and reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from models.midi.song import TimedEvent

PREFIX = b"\xff\x7f\x7dnextbar"
VERSION = 1
ROWS_PER_EVENT = 2000  # keeps each event far below the size at which other readers give up


@dataclass(frozen=True, slots=True)
class Extras:
    """All extras of one track, from one event or several."""

    head: dict[str, Any] = field(default_factory=dict)
    notes: list[Any] = field(default_factory=list)
    muted: list[Any] = field(default_factory=list)


def is_extras(event: TimedEvent) -> bool:
    """Whether the event is one of ours."""
    return event.data.startswith(PREFIX)


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value from JSON is a whole number that a file of ours could hold."""
    return isinstance(value, int) and 0 <= value < 1 << 32


def read_extras(events: Iterable[TimedEvent]) -> Extras:
    """The extras of a track; events that are damaged or from a later version are passed over."""
    extras = Extras()
    for event in events:
        if not is_extras(event):
            continue
        try:
            data = json.loads(event.data[len(PREFIX) :])
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and data.get("version") == VERSION:
            for name in ("notes", "muted"):
                rows = data.pop(name, [])
                getattr(extras, name).extend(rows if isinstance(rows, list) else [])
            extras.head.update(data)
    return extras


def extras_events(extras: Extras) -> list[TimedEvent]:
    """The events that carry the extras; none when there is nothing to say."""
    notes, muted = list(extras.notes), list(extras.muted)
    head = dict(extras.head)
    events = []
    while head or notes or muted:
        data: dict[str, Any] = {"version": VERSION, **head}
        for name, rows in (("notes", notes), ("muted", muted)):
            if rows:
                data[name] = rows[:ROWS_PER_EVENT]
                del rows[:ROWS_PER_EVENT]
        text = json.dumps(data, separators=(",", ":"))
        events.append(TimedEvent(0, PREFIX + text.encode("ascii")))
        head = {}
    return events
