# SPDX-License-Identifier: Apache-2.0
"""WebDoor: HTTP, WebSocket and the control page on one port, by uvicorn inside our own loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Generator

import uvicorn
import uvicorn.config
from starlette.types import ASGIApp

from bridge.core.messages import Hub
from bridge.doors.web.app import build_app
from bridge.doors.web.clients import Clients
from bridge.doors.web.guard import Guard
from bridge.errors import PortTaken

DEFAULT_MAX_BYTES = 16 * 1024 * 1024

_GOODBYE_S = 0.3  # for close frames, before connections are closed anyway
_SHUTDOWN_S = 0.5  # for uvicorn, before connections are cut


class WebDoor:
    """The HTTP and WebSocket door.

    Args:
        host: address or name to listen on.
        port: TCP port; 0 takes a free one, which `port` then names.
        token: what requests from other machines must present; without one they are refused.
        max_bytes: largest request body and largest WebSocket message.
    """

    name = "web"

    def __init__(
        self, host: str, port: int, token: str = "", *, max_bytes: int = DEFAULT_MAX_BYTES
    ) -> None:
        self.host = host
        self.port = port
        self._token = token
        self._max_bytes = max_bytes
        self._clients: Clients | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, hub: Hub) -> None:
        """Open the port and serve.

        Raises:
            PortTaken: another program listens there, or the address is not this machine's.
        """
        listener = _bind(self.host, self.port)
        self.port = listener.getsockname()[1]
        self._clients = Clients(hub)
        guard = Guard(self.host, self.port, self._token)
        app = build_app(self._clients, guard, self._max_bytes, self._transport)
        self._server = _Server(self._config(app))
        self._serving = asyncio.ensure_future(self._server.serve(sockets=[listener]))
        while not self._server.started and not self._serving.done():
            await asyncio.sleep(0.005)
        if self._serving.done():
            self._serving.result()  # raises what went wrong

    async def stop(self) -> None:
        """Close the port, say goodbye to every WebSocket; returns within a second."""
        if not self._clients or not self._server or not self._serving:
            return
        await self._clients.close_all(_GOODBYE_S)
        self._server.should_exit = True
        done, _ = await asyncio.wait({self._serving}, timeout=_SHUTDOWN_S)
        if not done:
            self._server.force_exit = True
            self._server.abort_all()
            await asyncio.wait({self._serving}, timeout=_SHUTDOWN_S)
        self._server = None

    def listening(self) -> str:
        """Where, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"web http://{host}:{self.port}"

    def _transport(self, client: tuple[str, int] | None) -> asyncio.WriteTransport | None:
        return self._server.transport(client) if self._server else None

    def _config(self, app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            app,
            http="h11",
            ws="websockets-sansio",  # the older one warns with recent websockets
            ws_max_size=self._max_bytes,
            ws_per_message_deflate=False,  # costs time and saves nothing on one machine
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # the guard goes by the true peer address
            server_header=False,
            timeout_graceful_shutdown=1,
        )


class _Server(uvicorn.Server):
    """uvicorn as a guest: signals belong to the app, and transports can be reached."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signal handlers alone."""
        yield

    def transport(self, client: tuple[str, int] | None) -> asyncio.WriteTransport | None:
        """The transport of the connection from that address."""
        for connection in self.server_state.connections:
            if tuple(getattr(connection, "client", None) or ()) == tuple(client or (0,)):
                found: asyncio.WriteTransport | None = getattr(connection, "transport", None)
                return found
        return None

    def abort_all(self) -> None:
        """Cut every connection that is left."""
        for connection in tuple(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport:
                transport.abort()


def _bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        PortTaken: the address can't be had.
    """
    listener: socket.socket | None = None
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        if sys.platform == "win32":  # there REUSEADDR would let two programs share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        if listener:
            listener.close()
        raise PortTaken(
            f"Port {port} of {host} can't be opened ({error.strerror or error}); end the other "
            "program or choose another http_port.",
            where="http_port",
        ) from error
    return listener
