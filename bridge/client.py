# SPDX-License-Identifier: Apache-2.0
"""A small synchronous client of the daemon, in the packed form of OSC.

For example:

    with OscClient() as client:
        for event in client.request("continue", clip=clip_to_data(clip), bars=4):
            ...
"""

from __future__ import annotations

import math
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from bridge.core.events import TERMINAL, UNDER_WAY
from bridge.doors.osc.door import BUFFER_BYTES, DEFAULT_PORT, ask_for_buffer
from bridge.doors.osc.frames import (
    FRAME_ADDRESSES,
    Ack,
    Chunk,
    Restart,
    read_frame,
    read_json,
    write_json,
)
from bridge.doors.osc.packets import OscMessage, decode
from bridge.doors.osc.receiver import Receiver
from bridge.doors.osc.sender import Sender
from bridge.errors import NextbarError

LONGEST_WAIT_S = 0.1
PING_AFTER_S = 2.0  # of silence: is the daemon still there?
_ALIVE = "alive"
_DATAGRAM_BYTES = 65_536


class Unreachable(NextbarError):
    """The daemon does not answer."""

    code = "unreachable"


class OscClient:
    """One conversation with the daemon.

    Args:
        host, port: where the daemon listens.
        token: needed when the daemon runs on another machine.
        timeout_s: how long the daemon may be silent to what we send.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        *,
        token: str = "",
        timeout_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[
            0
        ]
        self._socket = socket.socket(family, kind, protocol)
        ask_for_buffer(self._socket, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.connect(address)
        self._place = f"{host}:{port}"
        self._token = token
        self._timeout_s = timeout_s
        self._clock = clock
        self._sender = Sender(lambda: secrets.token_hex(8))
        self._receiver = Receiver()
        self._events: deque[dict[str, Any]] = deque()
        self._last_id = secrets.randbelow(2**30)
        self._heard_s = clock()
        self._open_jobs: set[str] = set()

    def __enter__(self) -> OscClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; jobs run on and their takes are kept."""
        self._socket.close()

    def send(self, op: str, **fields: Any) -> int:
        """Send a request; gives its id, which every event about it bears."""
        self._last_id += 1
        message = {"op": op, "id": self._last_id, **fields}
        if self._token:
            message["token"] = self._token
        if self._sender.idle:
            self._heard_s = self._clock()
        self._sender.push(write_json(message), self._clock())
        self._pump()
        return self._last_id

    def request(
        self, op: str, *, answer_within_s: float = math.inf, **fields: Any
    ) -> Iterator[dict[str, Any]]:
        """Send a request and yield its events, as dictionaries, up to the last one.

        Raises:
            Unreachable: the daemon does not answer.
        """
        request_id = self.send(op, **fields)
        for event in self.events(within_s=answer_within_s):
            if event.get("id") != request_id:
                continue
            yield event
            if event["event"] not in UNDER_WAY:
                return

    def events(self, within_s: float = math.inf) -> Iterator[dict[str, Any]]:
        """Yield every event that comes, whatever it is about.

        Raises:
            Unreachable: no event came in time, or the daemon does not take what we send.
        """
        until_s = self._clock() + within_s
        while True:
            while self._events:
                event = self._events.popleft()
                self._note_job(event)
                if event.get("id") == _ALIVE:
                    continue
                yield event
                until_s = self._clock() + within_s
            if self._clock() > until_s:
                raise Unreachable(f"nextbar at {self._place} sent nothing for {within_s:g} s.")
            self._step()

    def _note_job(self, event: dict[str, Any]) -> None:
        """Keep in mind which jobs run, to say so when the daemon forgets them."""
        if event["event"] == "accepted":
            self._open_jobs.add(event["job"])
        elif event["event"] in TERMINAL:
            self._open_jobs.discard(event["job"])

    def _step(self) -> None:
        """Wait a little for a datagram and send what is due."""
        now_s = self._clock()
        if self._sender.idle and now_s - self._heard_s > PING_AFTER_S:
            self._heard_s = now_s
            self._sender.push(write_json({"op": "ping", "id": _ALIVE}), now_s)
            self._pump()
        wait_s = min(max(self._sender.next_due_s() - now_s, 0.001), LONGEST_WAIT_S)
        self._socket.settimeout(wait_s)
        try:
            self._take(self._socket.recv(_DATAGRAM_BYTES))
        except TimeoutError:
            pass
        except ConnectionError:  # nobody listens there; a daemon may be about to start
            time.sleep(wait_s)
        if not self._sender.idle and self._clock() - self._heard_s > self._timeout_s:
            raise Unreachable(
                f"nextbar does not answer at {self._place}; start it with `nextbar run`."
            )
        self._pump()

    def _take(self, datagram: bytes) -> None:
        try:
            messages = decode(datagram)
            frames = [read_frame(m) for m in messages if m.address in FRAME_ADDRESSES]
        except NextbarError:
            return  # not from a daemon of ours
        self._heard_s = now_s = self._clock()
        self._events.extend(_plain_error(m) for m in messages if m.address == "/nextbar/error")
        for frame in frames:
            if isinstance(frame, Ack):
                self._sender.on_ack(frame, now_s)
            elif isinstance(frame, Restart):
                self._sender.on_restart(frame, now_s)
                self._forgotten()
            else:
                self._take_chunk(frame)

    def _forgotten(self) -> None:
        """The daemon does not know us: it was restarted, and our jobs with it."""
        if self._open_jobs:
            self._open_jobs.clear()
            raise Unreachable(
                "nextbar was restarted, so the job is gone; ask again. Finished takes are kept."
            )

    def _take_chunk(self, chunk: Chunk) -> None:
        heard = self._receiver.on_chunk(chunk, self._clock())
        if heard.reply:
            self._write(heard.reply.encode())
        if heard.raw is not None:
            self._events.append(read_json(heard.raw))

    def _pump(self) -> None:
        for chunk in self._sender.due(self._clock()):
            self._write(chunk.encode())

    def _write(self, datagram: bytes) -> None:
        try:
            self._socket.send(datagram)
        except (ConnectionError, BlockingIOError, TimeoutError):
            return  # as good as lost on the way: it is sent again


def _plain_error(message: OscMessage) -> dict[str, Any]:
    """What the daemon says of a packet that was no chunk: a fault of this client."""
    names = ("id", "code", "message", "where")
    return {"event": "error", **dict(zip(names, message.args, strict=False))}
