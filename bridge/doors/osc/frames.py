# SPDX-License-Identifier: Apache-2.0
"""The three messages that carry the packed form, and how JSON is cut into them. Pure.

    /nextbar/chunk    s:session i:message i:index i:count s:data [i:reply_port]
    /nextbar/ack      s:session i:message i:next [i:missing ...]
    /nextbar/restart  s:session

`docs/osc.md` specifies them for those who write a client.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.doors import strict_json
from bridge.doors.osc.packets import OscMessage, encode
from bridge.errors import BadMessage, TooLarge

CHUNK, ACK, RESTART = "/nextbar/chunk", "/nextbar/ack", "/nextbar/restart"
FRAME_ADDRESSES = frozenset({CHUNK, ACK, RESTART})

CHUNK_CHARACTERS = 4096  # of base64; Max for Live's udpsend stops at 5,096 bytes a packet
CHUNK_BYTES = CHUNK_CHARACTERS // 4 * 3
MAX_MESSAGE_BYTES = 16 * 2**20
MAX_MISSING = 64  # indices that one acknowledgement lists
MAX_SESSION_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Chunk:
    """Piece `index` of `count` of one message; `data` is raw bytes, base64 on the wire."""

    session: str
    message: int
    index: int
    count: int
    data: bytes
    reply_port: int = 0

    def encode(self) -> bytes:
        """The datagram."""
        text = base64.b64encode(self.data).decode("ascii")
        port = (self.reply_port,) if self.reply_port else ()
        return encode(CHUNK, self.session, self.message, self.index, self.count, text, *port)


@dataclass(frozen=True, slots=True)
class Ack:
    """Every chunk of the message below `next` has arrived, except those in `missing`."""

    session: str
    message: int
    next: int
    missing: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """The datagram."""
        return encode(ACK, self.session, self.message, self.next, *self.missing)


@dataclass(frozen=True, slots=True)
class Restart:
    """The receiver does not know the session (any more); the sender shall begin a new one."""

    session: str

    def encode(self) -> bytes:
        """The datagram."""
        return encode(RESTART, self.session)


Frame = Chunk | Ack | Restart


def read_frame(message: OscMessage) -> Frame:
    """The frame in an OSC message to one of `FRAME_ADDRESSES`.

    Raises:
        BadMessage: its arguments are not as specified.
    """
    args = message.args
    if not args or not isinstance(args[0], str) or not 0 < len(args[0]) <= MAX_SESSION_CHARACTERS:
        raise _bad("the session, 1 to 64 characters of text, comes first", message)
    if message.address == RESTART:
        return Restart(args[0])
    if message.address == ACK:
        numbers = _whole(args[1:], message)
        if len(numbers) < 2:
            raise _bad("it needs session, message and next", message)
        return Ack(args[0], numbers[0], numbers[1], numbers[2:])
    return _chunk(message)


def _chunk(message: OscMessage) -> Chunk:
    args = message.args
    if len(args) not in {5, 6} or not isinstance(args[4], str):
        raise _bad("it needs session, message, index, count and data", message)
    number, index, count, *port = _whole((*args[1:4], *args[5:]), message)
    if number < 1 or not 0 <= index < count or not 0 <= sum(port) <= 65535:
        raise _bad("message counts from 1, index from 0 and below count", message)
    if len(args[4]) > CHUNK_CHARACTERS:
        raise _bad(f"data has {CHUNK_CHARACTERS} characters at most", message)
    try:
        data = base64.b64decode(args[4], validate=True)
    except (binascii.Error, ValueError):
        raise _bad("data is not base64", message) from None
    return Chunk(args[0], number, index, count, data, *port)


def _whole(values: tuple[Any, ...], message: OscMessage) -> tuple[int, ...]:
    """The values as whole numbers; some clients can only send floats."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise _bad("message, index, count and port are whole numbers", message)
    return tuple(int(value) for value in values)


def _bad(why: str, message: OscMessage) -> BadMessage:
    return BadMessage(f"{message.address}: {why}; see docs/osc.md.", where=message.address)


def write_json(data: Mapping[str, Any]) -> bytes:
    """JSON in plain ASCII, so that a client needs no UTF-8 reader."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode("ascii")


def read_json(raw: bytes) -> dict[str, Any]:
    """The JSON object in a whole message.

    Raises:
        BadMessage: it is not one.
    """
    data: object = strict_json.read_json(raw)
    if not isinstance(data, dict):
        raise BadMessage('A message is a JSON object such as {"op": "ping", "id": 1}.')
    return data


def split(session: str, number: int, raw: bytes, reply_port: int = 0) -> list[Chunk]:
    """A message as chunks.

    Raises:
        TooLarge: it has more than `MAX_MESSAGE_BYTES`.
    """
    if len(raw) > MAX_MESSAGE_BYTES:
        raise TooLarge(f"A message may have {MAX_MESSAGE_BYTES} bytes, not {len(raw)}.")
    starts = range(0, max(len(raw), 1), CHUNK_BYTES)
    return [
        Chunk(session, number, i, len(starts), raw[at : at + CHUNK_BYTES], reply_port)
        for i, at in enumerate(starts)
    ]
