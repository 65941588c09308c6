# SPDX-License-Identifier: Apache-2.0
"""The OSC door's socket: one UDP port in the event loop, and the timer that sends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import secrets
import socket
import time
from collections.abc import Callable
from typing import cast

from bridge.core.messages import Hub
from bridge.doors.osc.desk import Desk
from bridge.doors.osc.frames import MAX_MESSAGE_BYTES
from bridge.doors.osc.outbox import GAP_S, Address
from bridge.errors import PortTaken

DEFAULT_PORT = 9311
BUFFER_BYTES = 4 * 2**20
HOUSEKEEPING_S = 1.0
_TAKEN = frozenset({errno.EADDRINUSE, errno.EACCES, 10013, 10048})  # the last two on Windows

_log = logging.getLogger(__name__)


class OscDoor:
    """OSC over UDP, plain and packed.

    Attributes:
        port: where it listens; the real one once it has started on port 0.
    """

    name = "osc"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        token: str = "",
        clock: Callable[[], float] = time.monotonic,
        *,
        max_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.host = host
        self.port = port
        self._token = token
        self._clock = clock
        self._max_bytes = max_bytes
        self._endpoint: _Endpoint | None = None

    async def start(self, hub: Hub) -> None:
        """Open the port.

        Raises:
            PortTaken: another program listens there.
        """
        loop = asyncio.get_running_loop()
        sock = self._bound_socket()
        self.port = sock.getsockname()[1]
        endpoint = _Endpoint(loop)
        endpoint.desk = Desk(
            hub, self._token, self._clock, _new_session, endpoint.wake, self._max_bytes
        )
        endpoint.clock = self._clock
        await loop.create_datagram_endpoint(lambda: endpoint, sock=sock)
        self._endpoint = endpoint

    async def stop(self) -> None:
        """Send what is waiting once more and close the port."""
        if self._endpoint:
            self._endpoint.close()
            await self._endpoint.closed
            self._endpoint = None

    def listening(self) -> str:
        """Where, for people."""
        return f"osc {self.host}:{self.port}"

    def _bound_socket(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                ask_for_buffer(sock, option, BUFFER_BYTES)
            sock.bind((self.host, self.port))
        except OSError as error:
            sock.close()
            raise self._no_port(error) from error
        sock.setblocking(False)
        return sock

    def _no_port(self, error: OSError) -> PortTaken:
        if error.errno in _TAKEN:
            message = (
                f"Another program uses UDP port {self.port} on {self.host}: close it, or choose "
                "another port with --osc-port."
            )
        else:
            message = f"UDP port {self.port} on {self.host} can't be opened: {error.strerror}."
        return PortTaken(message, where="osc_port")


def _new_session() -> str:
    return secrets.token_hex(8)


def ask_for_buffer(sock: socket.socket, option: int, size: int) -> None:
    """Ask for a buffer; a system that allows less refuses or gives less, and both will do."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, option, size)


class _Endpoint(asyncio.DatagramProtocol):
    """Passes datagrams between socket and desk, in bursts that a receiver can take."""

    desk: Desk
    clock: Callable[[], float]
    _transport: asyncio.DatagramTransport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._blocked = False
        self._next_burst_s = 0.0  # of the loop's time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._schedule(HOUSEKEEPING_S)

    def datagram_received(self, data: bytes, addr: Address | tuple[str, int, int, int]) -> None:
        """This is a border: no datagram may close the door."""
        try:
            self.desk.receive(data, (addr[0], addr[1]))
        except Exception:
            _log.exception("fault while handling %d bytes from %s", len(data), addr)

    def error_received(self, exc: Exception) -> None:
        _log.debug("could not send: %s", exc)

    def pause_writing(self) -> None:
        self._blocked = True

    def resume_writing(self) -> None:
        self._blocked = False
        self.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        if not self.closed.done():
            self.closed.set_result(None)

    def wake(self) -> None:
        """Something is to be sent, with the next turn of the loop."""
        self._schedule(0.0)

    def close(self) -> None:
        """Send the rest and close."""
        self.desk.close()
        for address, datagram in self.desk.outbox.rest():
            self._transport.sendto(datagram, address)
        self._transport.close()

    def _schedule(self, delay_s: float) -> None:
        if self._transport.is_closing():
            return
        when_s = self._loop.time() + delay_s
        if self._timer:
            if self._timer.when() <= when_s:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(when_s, self._run)

    def _run(self) -> None:
        self._timer = None
        self.desk.tick()
        outbox, datagrams = self.desk.outbox, self.desk.outbox.urgent()
        if outbox and not self._blocked and self._loop.time() >= self._next_burst_s:
            self._next_burst_s = self._loop.time() + GAP_S
            datagrams += outbox.burst()
        for address, datagram in datagrams:
            self._transport.sendto(datagram, address)
        due_s = self.desk.next_due_s() - self.clock()
        wait_s = GAP_S if outbox else max(due_s, 0.001)
        self._schedule(min(wait_s, HOUSEKEEPING_S))
