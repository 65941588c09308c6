# SPDX-License-Identifier: Apache-2.0
"""Outbox: what waits to be sent to one connection, bounded, so that a slow reader costs little.

Progress of a job replaces progress that is still waiting. When events pile up nevertheless the
outbox overflows: it gives out what it has and then ends. Nothing is lost by that, since jobs and
takes can be fetched again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from bridge.core.messages import Event, error_event
from bridge.doors.web.codec import binary_frame, status_of, write_json
from bridge.errors import NextbarError

MAX_EVENTS = 1000
MAX_CHARS = 64 * 1024 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """An event as it goes out: its JSON text and the HTTP status that fits it.

    `frame` is the same event as a binary frame, where it brings samples.
    """

    text: str
    status: int
    frame: bytes = b""

    @property
    def size(self) -> int:
        """What it takes to keep it."""
        return len(self.text) + len(self.frame)


class Outbox:
    """A queue of encoded events with one reader, which calls `get` until it gives None."""

    def __init__(self, max_events: int = MAX_EVENTS, max_chars: int = MAX_CHARS) -> None:
        self.overflowed = False
        self.ended = asyncio.Event()  # no more is taken in
        self._limits = (max_events, max_chars)
        self._waiting: dict[object, Item] = {}  # in order; progress under its job's name
        self._chars = 0
        self._wake = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event; a closed outbox ignores it. Never raises."""
        if self.ended.is_set():
            return
        progress = event.name == "progress"
        key: object = ("progress", event.fields.get("job")) if progress else object()
        self._drop(key)
        item = _encode(event)
        max_events, max_chars = self._limits
        # One event alone may be over the limit: it exists already and must arrive.
        crowded = self._waiting and self._chars + item.size > max_chars
        # Sound counts by its bytes alone: who plays as it comes reads slower than it is made.
        many = not item.frame and len(self._waiting) >= max_events
        if crowded or many:
            self.overflowed = True
            self.close()
            return
        self._waiting[key] = item
        self._chars += item.size
        self._wake.set()

    def close(self) -> None:
        """Let the reader have what waits, then None."""
        self.ended.set()
        self._wake.set()

    async def get(self) -> Item | None:
        """The next event, or None after the last."""
        while not self._waiting:
            if self.ended.is_set():
                return None
            self._wake.clear()
            await self._wake.wait()
        key = next(iter(self._waiting))
        return self._drop(key)

    def _drop(self, key: object) -> Item | None:
        item = self._waiting.pop(key, None)
        if item:
            self._chars -= item.size
        return item


def _encode(event: Event) -> Item:
    try:
        text = write_json(event.to_data())
        frame = binary_frame(text, event.pcm) if event.pcm else b""
        return Item(text, status_of(event), frame)
    except (TypeError, ValueError, RecursionError):
        _log.exception("event %s can't be written as JSON", event.name)
        fault = NextbarError("The answer could not be written; the log has the details.")
        return Item(write_json(error_event(event.id, fault).to_data()), 500)
