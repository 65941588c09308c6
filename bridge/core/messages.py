# SPDX-License-Identifier: Apache-2.0
"""What passes between doors and core: messages in, events out, the same on every door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeGuard

from bridge.errors import BadMessage, NextbarError

ClientId = str  # "osc:127.0.0.1:9001", "ws:page-3", "http:17": unique, and stable for a client
RequestId = int | str  # chosen by the client

MAX_ID_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One request: an operation of the command table, the client's id for it, and the rest.

    `body` holds `clip` or `clips` (as `models.wire` reads them) and parameters by name.
    """

    op: str
    id: RequestId
    body: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: object) -> Message:
        """The message in a JSON object such as `{"op": "ping", "id": 1}`.

        Raises:
            BadMessage: it is not an object, or lacks `op`, or its id is neither int nor text.
        """
        if not isinstance(data, Mapping):
            raise BadMessage('A message is an object such as {"op": "ping", "id": 1}.')
        rest = {name: value for name, value in data.items() if name not in {"op", "id"}}
        op, request_id = data.get("op"), data.get("id", 0)
        if not isinstance(op, str):
            raise BadMessage("A message names its command in op.", where="op")
        if not is_request_id(request_id):
            raise BadMessage(
                f"id must be a whole number or text of up to {MAX_ID_LENGTH} characters.",
                where="id",
            )
        return cls(op, request_id, rest)


def is_request_id(value: object) -> TypeGuard[RequestId]:
    """Whether a message may carry this as its id."""
    known = isinstance(value, int | str) and not isinstance(value, bool)
    return known and len(str(value)) <= MAX_ID_LENGTH


def id_in(data: object) -> RequestId:
    """The id of a message that is wrong otherwise, so that it can be answered; else 0."""
    value = data.get("id", 0) if isinstance(data, Mapping) else 0
    return value if is_request_id(value) else 0


@dataclass(frozen=True, slots=True)
class Event:
    """One answer: a kind named in the table of events, the request's id, and its fields.

    `pcm` rides beside them: samples as float32, little-endian, channels side by side.
    """

    name: str
    id: RequestId
    fields: Mapping[str, Any] = field(default_factory=dict)
    pcm: bytes = b""

    def to_data(self) -> dict[str, Any]:
        """The event as a JSON object: `{"event": "pong", "id": 1, ...}`."""
        return {"event": self.name, "id": self.id, **self.fields}


def error_event(request_id: RequestId, error: NextbarError) -> Event:
    """The `error` event that tells a client why its request was refused."""
    fields = {"code": error.code, "message": error.message, "where": error.where}
    return Event("error", request_id, fields)


class Hub(Protocol):
    """The daemon as a door sees it."""

    def attach(self, client: ClientId, deliver: Callable[[Event], None]) -> None:
        """From now on `deliver` gets this client's events; replaces an earlier `deliver`.

        A client that was known before and has jobs gets a `job_list` at once.
        """

    def detach(self, client: ClientId) -> None:
        """The client has gone; its jobs run on and their takes are kept."""

    def receive(self, client: ClientId, message: Message) -> None:
        """Handle a message; every answer goes through `deliver`, the first before this returns."""

    def refuse(self, client: ClientId, request_id: RequestId, error: NextbarError) -> None:
        """Count a message that never became one, and tell the client when it is attached."""


class Door(Protocol):
    """A way in: translates between bytes and messages."""

    name: str

    async def start(self, hub: Hub) -> None:
        """Open the port.

        Raises:
            PortTaken: another program listens there.
        """

    async def stop(self) -> None:
        """Close the port; nothing is delivered afterwards."""

    def listening(self) -> str:
        """Where, for people: `osc 127.0.0.1:9311`."""
