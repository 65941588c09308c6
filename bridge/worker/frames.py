# SPDX-License-Identifier: Apache-2.0
"""Messages between daemon and worker: JSON text after its length as four bytes, big-endian.

A frame may carry samples: the JSON then has their number of bytes in `pcm_bytes`, and they follow
as they are. To both sides they are the field `pcm`.
"""

from __future__ import annotations

import json
from asyncio import IncompleteReadError, StreamReader
from typing import IO, Any

LENGTH_BYTES = 4


def pack(data: dict[str, Any]) -> bytes:
    """One frame."""
    pcm: bytes = data.get("pcm", b"")
    if "pcm" in data:
        data = {**{n: v for n, v in data.items() if n != "pcm"}, "pcm_bytes": len(pcm)}
    body = json.dumps(data, separators=(",", ":")).encode()
    return len(body).to_bytes(LENGTH_BYTES, "big") + body + pcm


def read_frame(stream: IO[bytes]) -> dict[str, Any] | None:
    """The next frame of a blocking stream, or None at its end, also one in mid-frame."""
    try:
        body = _exactly(stream, int.from_bytes(_exactly(stream, LENGTH_BYTES), "big"))
        data: dict[str, Any] = json.loads(body)
        if "pcm_bytes" in data:
            data["pcm"] = _exactly(stream, data.pop("pcm_bytes"))
    except EOFError:
        return None
    return data


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


async def next_frame(reader: StreamReader) -> dict[str, Any] | None:
    """The next frame of an asynchronous stream, or None at its end, also one in mid-frame."""
    try:
        head = await reader.readexactly(LENGTH_BYTES)
        body = await reader.readexactly(int.from_bytes(head, "big"))
        data: dict[str, Any] = json.loads(body)
        if "pcm_bytes" in data:
            data["pcm"] = await reader.readexactly(data.pop("pcm_bytes"))
    except (IncompleteReadError, ConnectionError):
        return None
    return data
