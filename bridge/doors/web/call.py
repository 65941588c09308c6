# SPDX-License-Identifier: Apache-2.0
"""Call: one HTTP request on its way through the hub, answered whole or as a stream of lines."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.types import Receive, Scope, Send

from bridge.core.events import UNDER_WAY
from bridge.core.messages import ClientId, Event, Message, error_event
from bridge.doors.web.clients import Clients
from bridge.doors.web.codec import status_of, write_json
from bridge.doors.web.gate import error_response
from bridge.doors.web.outbox import Item, Outbox
from bridge.errors import NextbarError, TooLarge

NDJSON = "application/x-ndjson"


class Call:
    """Sends one message and hears what answers it, until the event that ends it."""

    def __init__(self, clients: Clients, client: ClientId, message: Message) -> None:
        self.message = message
        self.every_event = False
        self.outbox = Outbox()
        self.last: Event | None = None
        self._clients = clients
        self._client = client
        self._job = ""

    def start(self, *, every_event: bool = False) -> None:
        """Hand the message to the hub; with `every_event` the outbox gets progress too."""
        self.every_event = every_event
        self._clients.join(self._client, self._hear)
        self._clients.hub.receive(self._client, self.message)

    def finish(self) -> None:
        """Stop listening; a job whose client went away before its end is cancelled."""
        self._clients.leave(self._client, self._hear)
        if self._job and not self.last and not self.outbox.overflowed and not self._clients.closing:
            cancel = Message("cancel", f"gone-{self._clients.number()}", {"job": self._job})
            self._clients.hub.receive(self._client, cancel)

    async def outcome(self) -> Event:
        """Start, wait for the last event and finish: for answers that are not JSON themselves."""
        try:
            self.start()
            await self.outbox.get()
        finally:
            self.finish()
        return self.last or error_event(self.message.id, _stopping())

    def _hear(self, event: Event) -> None:
        if event.id != self.message.id or self.last:
            return
        if event.name == "accepted":
            self._job = str(event.fields.get("job", ""))
        ends = event.name not in UNDER_WAY
        if ends:
            self.last = event
        if ends or self.every_event:
            self.outbox.put(event)
        if ends:
            self.outbox.close()


class CallResponse:
    """The HTTP answer of a call; when the client hangs up first, its job is cancelled."""

    def __init__(self, clients: Clients, call: Call, *, stream: bool) -> None:
        self._clients = clients
        self._call = call
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        call = self._call
        watch = asyncio.ensure_future(_until_gone(receive, call.outbox))
        self._clients.calls.add(call.outbox)
        try:
            call.start(every_event=self._stream)
            await (self._send_lines if self._stream else self._send_one)(scope, receive, send)
        finally:
            self._clients.calls.discard(call.outbox)
            call.finish()
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _send_one(self, scope: Scope, receive: Receive, send: Send) -> None:
        item = await self._call.outbox.get()
        if item is None:
            await error_response(_stopping(), self._call.message.id)(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json")]
        if item.status == 429:
            headers.append((b"retry-after", b"1"))
        await _send_head(send, item.status, headers)
        await _send_body(send, item.text, more=False)

    async def _send_lines(self, scope: Scope, receive: Receive, send: Send) -> None:
        outbox = self._call.outbox
        item = await outbox.get()
        status = item.status if item else 503
        await _send_head(send, status, [(b"content-type", NDJSON.encode())])
        while item:
            await _send_body(send, item.text + "\n", more=True)
            item = await outbox.get()
        if not self._call.last or outbox.overflowed:
            item = self._cut_short()
            await _send_body(send, item.text + "\n", more=True)
        await _send_body(send, "", more=False)

    def _cut_short(self) -> Item:
        """The last line of a stream that could not be told to its end."""
        late = TooLarge("You read too slowly; ask for the job's result with /v1/job.")
        error = late if self._call.outbox.overflowed else _stopping()
        event = error_event(self._call.message.id, error)
        return Item(write_json(event.to_data()), status_of(event))


def _stopping() -> NextbarError:
    return NextbarError("nextbar is stopping; ask again when it runs.")


async def _until_gone(receive: Receive, outbox: Outbox) -> None:
    """Close the outbox when the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass
    outbox.close()


async def _send_head(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send_body(send: Send, text: str, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})
