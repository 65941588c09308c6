# SPDX-License-Identifier: Apache-2.0
"""The ASGI application of the door: routes behind the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Scope
from starlette.websockets import WebSocket

from bridge.doors.web.clients import Clients
from bridge.doors.web.gate import Gate, error_response
from bridge.doors.web.guard import Guard
from bridge.doors.web.http import HttpRoutes
from bridge.doors.web.page import page_routes
from bridge.doors.web.socket import Session
from bridge.errors import NextbarError

# The transport of the connection from an address, while it lasts.
FindTransport = Callable[["tuple[str, int] | None"], "asyncio.WriteTransport | None"]


def build_app(
    clients: Clients, guard: Guard, max_bytes: int, find_transport: FindTransport
) -> ASGIApp:
    """Everything this door serves."""
    http = HttpRoutes(clients, max_bytes)

    async def talk(websocket: WebSocket) -> None:
        wire = _Wire(find_transport, websocket.scope)
        try:
            await Session(clients, websocket, wire).run()
        except NextbarError as error:  # a client name that can't be one
            clients.hub.refuse(_client(websocket.scope), 0, error)
            await error_response(error)(websocket.scope, websocket.receive, websocket.send)

    routes = [*page_routes(guard.token), *http.routes(), WebSocketRoute("/v1/socket", talk)]
    kinds: tuple[type[Exception], ...] = (NextbarError, HTTPException, ClientDisconnect, Exception)
    app = Starlette(routes=routes, exception_handlers=dict.fromkeys(kinds, http.on_error))
    return Gate(app, guard, lambda scope, error: clients.hub.refuse(_client(scope), 0, error))


class _Wire:
    """The transport below one WebSocket."""

    def __init__(self, find_transport: FindTransport, scope: Scope) -> None:
        client = scope.get("client")
        self._transport = find_transport((client[0], client[1]) if client else None)

    def unsent_bytes(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport else 0

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()


def _client(scope: Scope) -> str:
    return f"http:{(scope.get('client') or ('unknown', 0))[0]}"
