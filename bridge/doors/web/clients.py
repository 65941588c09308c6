# SPDX-License-Identifier: Apache-2.0
"""Who listens to whose events: one client of the hub may have several connections here.

A page holds a WebSocket and makes HTTP requests under one name; the hub knows one `deliver` for
each client. Clients without a name share one for all plain HTTP requests of a machine, so that a
job started in one terminal can be cancelled from another.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from functools import partial
from typing import Protocol

from bridge.core.messages import ClientId, Event, Hub
from bridge.doors.web.outbox import Outbox
from models.errors import BadArgument

Listener = Callable[[Event], None]

GOING_AWAY = 1001  # RFC 6455, 7.4.1: the server shuts down
TRY_AGAIN_LATER = 1013  # IANA's registry of close codes: overload; here: read too slowly
REPLACED = 4001  # ours: a newer connection has the same client name

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def client_id(name: str, otherwise: str) -> ClientId:
    """The client a request names, or `otherwise` when it names none.

    Raises:
        BadArgument: the name has other characters than letters, digits, dot, dash, underscore.
    """
    if not name:
        return otherwise
    if not _NAME.fullmatch(name):
        raise BadArgument(
            "client must be 1 to 64 letters, digits, dots, dashes or underscores.", where="client"
        )
    return f"web:{name}"


class Leavable(Protocol):
    """A WebSocket session as its owner sees it."""

    def close(self, code: int) -> None:
        """End it with a close code."""


class Clients:
    """The clients of this door and their listeners."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._listeners: dict[ClientId, list[Listener]] = {}
        self.calls: set[Outbox] = set()  # HTTP requests that wait for their answer
        self.closing = False
        self._sessions: dict[ClientId, Leavable] = {}
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """A number not given before: for request ids and unnamed WebSockets."""
        return next(self._numbers)

    def join(self, client: ClientId, listener: Listener, *, snapshot: bool = False) -> None:
        """`listener` hears the client's events from now on; with `snapshot` first its jobs."""
        listeners = self._listeners.setdefault(client, [])
        listeners.append(listener)
        if snapshot or len(listeners) == 1:
            self.hub.attach(client, partial(self._deliver, client))

    def leave(self, client: ClientId, listener: Listener) -> None:
        """`listener` hears nothing more."""
        listeners = self._listeners.get(client, [])
        if listener in listeners:
            listeners.remove(listener)
        if client in self._listeners and not listeners:
            del self._listeners[client]
            self.hub.detach(client)

    def enter(self, client: ClientId, session: Leavable) -> None:
        """A WebSocket opened; an older one of the same client is closed, being likely dead."""
        older = self._sessions.get(client)
        self._sessions[client] = session
        if older:
            older.close(REPLACED)
        if self.closing:
            session.close(GOING_AWAY)

    def exit(self, client: ClientId, session: Leavable) -> None:
        """A WebSocket closed."""
        if self._sessions.get(client) is session:
            del self._sessions[client]

    async def close_all(self, within_s: float) -> None:
        """End every session and every waiting request, and give them a moment to say so."""
        self.closing = True
        for session in tuple(self._sessions.values()):
            session.close(GOING_AWAY)
        for outbox in tuple(self.calls):
            outbox.close()
        deadline = asyncio.get_running_loop().time() + within_s
        while (self._sessions or self.calls) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)

    def _deliver(self, client: ClientId, event: Event) -> None:
        for listener in tuple(self._listeners.get(client, ())):
            listener(event)
