# SPDX-License-Identifier: Apache-2.0
"""Messages between daemon and worker: JSON text after its length as four bytes, big-endian."""

from __future__ import annotations

import json
from asyncio import IncompleteReadError, StreamReader
from typing import IO, Any

LENGTH_BYTES = 4


def pack(data: dict[str, Any]) -> bytes:
    """One frame."""
    body = json.dumps(data, separators=(",", ":")).encode()
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_frame(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next frame of a blocking stream, or None at its end."""
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    body = stream.read(int.from_bytes(head, "big"))
    data: dict[str, Any] = json.loads(body)
    return data


async def next_frame(reader: StreamReader) -> dict[str, Any] | None:
    """The next frame of an asynchronous stream, or None at its end."""
    try:
        head = await reader.readexactly(LENGTH_BYTES)
        body = await reader.readexactly(int.from_bytes(head, "big"))
    except (IncompleteReadError, ConnectionError):
        return None
    data: dict[str, Any] = json.loads(body)
    return data
