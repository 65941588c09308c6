# SPDX-License-Identifier: Apache-2.0
"""Sound asked over a daemon's WebSocket, with its samples as arrays."""

import asyncio
import json
import struct

import numpy as np
from websockets.asyncio.client import connect

LAST = frozenset({"done", "failed", "error", "cancelled"})


def is_last(event):
    return event["event"] in LAST


def is_played(event):
    """The audio output has played the take to its end."""
    return (event["event"], event.get("state")) == ("playing", "finished")


async def over_websocket(daemon, ends=is_last, cancel_after="", **body):
    """The events of a request; those with samples have them as an array under `pcm`.

    After the first event named `cancel_after` the job is cancelled.
    """
    address = f"ws://127.0.0.1:{daemon.ports['http_port']}/v1/socket"
    events = []
    async with connect(address, max_size=None) as ws:
        await ws.send(json.dumps({"op": "audio", "id": 3, **body}))
        while not events or not ends(events[-1]):
            data = await asyncio.wait_for(ws.recv(), 60)
            events.append(json.loads(data) if isinstance(data, str) else read_frame(data))
            if events[-1]["event"] == cancel_after:
                await ws.send(json.dumps({"op": "cancel", "id": 4, "job": events[-1]["job"]}))
                cancel_after = ""
    return events


def read_frame(data):
    """A binary frame taken apart."""
    (length,) = struct.unpack_from("<I", data)
    event = json.loads(data[4 : 4 + length])
    samples = np.frombuffer(data, "<f4", offset=4 + length)
    assert samples.size == event["samples"] * event["channels"]
    return {**event, "pcm": samples.reshape(-1, event["channels"]).T}
