# SPDX-License-Identifier: Apache-2.0
"""The WebSocket /v1/socket: JSON messages both ways, one text frame each.

New sound goes out in binary frames, with its absolute sample position; none are taken in.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.core.messages import ClientId, Message, id_in
from bridge.doors.strict_json import read_json
from bridge.doors.web.clients import TRY_AGAIN_LATER, Clients, client_id
from bridge.doors.web.outbox import Outbox
from bridge.errors import BadMessage, NextbarError

HIGH_WATER_BYTES = 256 * 1024  # unsent bytes in the transport above which sending waits
_POLL_S = 0.02
_CLOSE_S = 1.0  # how long a close frame may take before the connection is cut


class Wire(Protocol):
    """The transport below a WebSocket, which ASGI itself does not show."""

    def unsent_bytes(self) -> int:
        """How much the peer has not taken yet."""

    def abort(self) -> None:
        """Cut the connection without ceremony."""


class Session:
    """One connection, from its handshake to its end."""

    def __init__(self, clients: Clients, websocket: WebSocket, wire: Wire) -> None:
        self._clients = clients
        self._websocket = websocket
        self._wire = wire
        self._outbox = Outbox()
        self._close_code = 0
        self._client: ClientId = ""

    async def run(self) -> None:
        """Talk until one side leaves."""
        name = self._websocket.query_params.get("client", "")
        self._client = client_id(name, f"ws:{self._clients.number()}")
        await self._websocket.accept()
        self._clients.enter(self._client, self)
        self._clients.join(self._client, self._outbox.put, snapshot=True)
        ways = (self._write(), self._read(), self._outbox.ended.wait())
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.leave(self._client, self._outbox.put)
            for task in tasks:
                await _stop(task)
            await self._say_goodbye()
            self._clients.exit(self._client, self)

    def close(self, code: int) -> None:
        """End the session from our side."""
        self._close_code = self._close_code or code
        self._outbox.close()

    async def _read(self) -> None:
        while not self._close_code:
            try:
                frame = await self._websocket.receive()
            except (WebSocketDisconnect, RuntimeError):
                return
            if frame["type"] == "websocket.disconnect":
                return
            self._take(frame.get("text"))

    def _take(self, text: str | None) -> None:
        data: object = None
        try:
            if text is None:
                raise BadMessage("Messages are JSON text; binary frames only go out, with sound.")
            data = read_json(text)
            message = Message.from_data(data)
        except NextbarError as error:
            self._clients.hub.refuse(self._client, id_in(data), error)
            return
        self._clients.hub.receive(self._client, message)

    async def _write(self) -> None:
        while item := await self._outbox.get():
            await self._room()
            if item.frame:
                await self._websocket.send_bytes(item.frame)
            else:
                await self._websocket.send_text(item.text)

    async def _room(self, most_bytes: int = HIGH_WATER_BYTES) -> None:
        """Wait for the peer to read; not every uvicorn that we work with does so itself."""
        while self._wire.unsent_bytes() > most_bytes:
            await asyncio.sleep(_POLL_S)

    async def _say_goodbye(self) -> None:
        code = TRY_AGAIN_LATER if self._outbox.overflowed else self._close_code
        if not code:
            return
        try:
            await asyncio.wait_for(self._close_frame(code), _CLOSE_S)
        except asyncio.TimeoutError:
            self._wire.abort()
        except (RuntimeError, WebSocketDisconnect, OSError):
            return  # it has gone already

    async def _close_frame(self, code: int) -> None:
        reason = (
            "read faster; jobs and takes can be fetched again" if code == TRY_AGAIN_LATER else ""
        )
        await self._websocket.close(code, reason)
        await self._room(0)


async def _stop(task: asyncio.Future[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError, OSError):
        await task
