# SPDX-License-Identifier: Apache-2.0
"""Receiving half of the packed form: chunks in, whole messages out, each once and in order. Pure.

The sender has one message on its way at a time, so there is one to put together at most. A
message that can't be had (too large, never finished) counts as received, and the error stands
in its place: so the conversation goes on.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from bridge.doors.osc.frames import (
    CHUNK_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_MISSING,
    Ack,
    Chunk,
    Restart,
)
from bridge.errors import BadMessage, NextbarError, TooLarge

INCOMPLETE_S = 60.0  # twice as long as a sender tries
REMEMBERED_SESSIONS = 8


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one chunk: what to answer, and what it completed.

    Attributes:
        reply: to be sent back; None for a straggler.
        raw: the message that is complete now.
        error: why a message could not be taken.
        began: a new session began with this chunk, so the other side has restarted.
    """

    reply: Ack | Restart | None = None
    raw: bytes | None = None
    error: NextbarError | None = None
    began: bool = False


class Receiver:
    """One direction of one conversation.

    Attributes:
        held_bytes: what the unfinished message occupies.
    """

    def __init__(self, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.max_bytes = max_bytes
        self.held_bytes = 0
        self._session = ""
        self._past: deque[str] = deque(maxlen=REMEMBERED_SESSIONS)
        self._done = 0  # number of the last message received or given up
        self._parts: dict[int, bytes] = {}
        self._count = 0
        self._gap = 0  # every chunk below it is here
        self._top = 0  # none is here from it on
        self._news_s = 0.0

    def on_chunk(self, chunk: Chunk, now_s: float) -> Heard:
        """Take a chunk."""
        began = False
        if chunk.session != self._session:
            if chunk.session in self._past:
                return Heard()
            if chunk.message != 1:
                return Heard(Restart(chunk.session))
            self._begin_session(chunk.session)
            began = True
        if chunk.message <= self._done:
            return Heard(Ack(chunk.session, chunk.message, chunk.count), began=began)
        if chunk.message > self._done + 1:
            return Heard(Restart(chunk.session))
        return self._add(chunk, now_s, began)

    def expire(self, now_s: float) -> NextbarError | None:
        """Give up a message whose rest never came, with the error that says so."""
        if not self._parts or now_s - self._news_s <= INCOMPLETE_S:
            return None
        have, count = len(self._parts), self._count
        self._finish()
        return BadMessage(f"Only {have} of {count} chunks of a message came; send it again.")

    def _begin_session(self, session: str) -> None:
        if self._session:
            self._past.append(self._session)
        self._session, self._done = session, 0
        self._drop()

    def _add(self, chunk: Chunk, now_s: float, began: bool) -> Heard:
        if not self._parts:
            self._count = chunk.count
        received = Ack(chunk.session, chunk.message, chunk.count)
        error = self._fault(chunk)
        if error:
            self._finish()
            return Heard(received, error=error, began=began)
        if chunk.index not in self._parts:
            self._parts[chunk.index] = chunk.data
            self.held_bytes += len(chunk.data)
            self._top = max(self._top, chunk.index + 1)
            self._news_s = now_s
        if len(self._parts) < self._count:
            return Heard(self._ack(chunk), began=began)
        raw = b"".join(self._parts[i] for i in range(self._count))
        self._finish()
        return Heard(received, raw=raw, began=began)

    def _fault(self, chunk: Chunk) -> NextbarError | None:
        if chunk.count != self._count:
            return BadMessage("The chunks of one message must all name the same count.")
        most = -(-self.max_bytes // CHUNK_BYTES)
        if chunk.count > most or self.held_bytes + len(chunk.data) > self.max_bytes:
            return TooLarge(f"A message may have {self.max_bytes} bytes in {most} chunks.")
        return None

    def _ack(self, chunk: Chunk) -> Ack:
        """What has arrived; where too many are missing, only as far as can be listed."""
        while self._gap in self._parts:
            self._gap += 1
        top = max(self._gap, self._top)
        missing: list[int] = []
        for index in range(self._gap, top):
            if index not in self._parts:
                if len(missing) == MAX_MISSING:
                    return Ack(chunk.session, chunk.message, index, tuple(missing))
                missing.append(index)
        return Ack(chunk.session, chunk.message, top, tuple(missing))

    def _finish(self) -> None:
        self._done += 1
        self._drop()

    def _drop(self) -> None:
        self._parts, self._count, self.held_bytes = {}, 0, 0
        self._gap = self._top = 0
