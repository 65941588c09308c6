# SPDX-License-Identifier: Apache-2.0
"""Sending half of the packed form: messages in, chunks out, until each is acknowledged. Pure.

One message is on its way at a time, in a window of chunks; a chunk that is not acknowledged is
sent again after a time that doubles. When the other side has acknowledged nothing for long, the
session is over. The clock is passed in, in seconds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bridge.doors.osc.frames import MAX_MESSAGE_BYTES, Ack, Chunk, Restart, split
from bridge.errors import TooLarge

WINDOW_CHUNKS = 16  # 64 KiB in flight fits the smallest usual socket buffer
FIRST_RESEND_S = 0.05
LAST_RESEND_S = 1.0
GIVE_UP_S = 30.0
MAX_WAITING_BYTES = 2 * MAX_MESSAGE_BYTES
MAX_WAITING_MESSAGES = 4096


@dataclass(slots=True)
class _Flight:
    """A chunk that has been sent and not been acknowledged."""

    chunk: Chunk
    due_s: float
    wait_s: float = FIRST_RESEND_S


class Sender:
    """One direction of one conversation.

    Attributes:
        session: names the numbering of messages; a new one begins with message 1.
    """

    def __init__(self, new_session: Callable[[], str], reply_port: int = 0) -> None:
        self.session = new_session()
        self._new_session = new_session
        self._reply_port = reply_port
        self._waiting: deque[bytes] = deque()  # the first one is on its way
        self._waiting_bytes = 0
        self._number = 0
        self._fresh: deque[Chunk] = deque()  # of the current message, never sent
        self._flights: dict[int, _Flight] = {}
        self._news_s = 0.0  # when the other side last acknowledged something

    @property
    def idle(self) -> bool:
        """Whether everything has been acknowledged."""
        return not self._waiting

    @property
    def waiting(self) -> int:
        """How many messages are not wholly acknowledged."""
        return len(self._waiting)

    def push(self, raw: bytes, now_s: float) -> None:
        """Line up a message.

        Raises:
            TooLarge: it is too large, or too much is waiting already.
        """
        if len(raw) > MAX_MESSAGE_BYTES:
            raise TooLarge(f"A message may have {MAX_MESSAGE_BYTES} bytes, not {len(raw)}.")
        full = self._waiting_bytes + len(raw) > MAX_WAITING_BYTES
        if full or len(self._waiting) >= MAX_WAITING_MESSAGES:
            raise TooLarge("The other side takes messages more slowly than they are made.")
        self._waiting.append(raw)
        self._waiting_bytes += len(raw)
        if len(self._waiting) == 1:
            self._begin(now_s)

    def due(self, now_s: float) -> list[Chunk]:
        """The chunks to send now: those whose time is up, and new ones the window has room for."""
        chunks = []
        for flight in self._flights.values():
            if flight.due_s <= now_s:
                flight.wait_s = min(2 * flight.wait_s, LAST_RESEND_S)
                flight.due_s = now_s + flight.wait_s
                chunks.append(flight.chunk)
        while self._fresh and len(self._flights) < WINDOW_CHUNKS:
            chunk = self._fresh.popleft()
            self._flights[chunk.index] = _Flight(chunk, now_s + FIRST_RESEND_S)
            chunks.append(chunk)
        return chunks

    def next_due_s(self) -> float:
        """When `due` has something again; infinity when nothing is on its way."""
        if self._fresh and len(self._flights) < WINDOW_CHUNKS:
            return -math.inf
        return min((flight.due_s for flight in self._flights.values()), default=math.inf)

    def given_up(self, now_s: float) -> bool:
        """Whether the other side has been silent for so long that the session is over."""
        return not self.idle and now_s - self._news_s > GIVE_UP_S

    def on_ack(self, ack: Ack, now_s: float) -> None:
        """Strike off what has arrived; begin the next message when all has."""
        if ack.session != self.session or ack.message != self._number:
            return
        missing = frozenset(ack.missing)
        arrived = [i for i in self._flights if i < ack.next and i not in missing]
        for index in arrived:
            del self._flights[index]
        if arrived:
            self._news_s = now_s
        if not self._flights and not self._fresh and self._waiting:
            self._waiting_bytes -= len(self._waiting.popleft())
            if self._waiting:
                self._begin(now_s)

    def on_restart(self, restart: Restart, now_s: float) -> None:
        """The other side lost the session: say everything that it has not acknowledged anew."""
        if restart.session == self.session:
            self.session, self._number = self._new_session(), 0
            if self._waiting:
                self._begin(now_s)

    def _begin(self, now_s: float) -> None:
        self._number += 1
        self._news_s = now_s
        self._flights = {}
        self._fresh = deque(split(self.session, self._number, self._waiting[0], self._reply_port))
