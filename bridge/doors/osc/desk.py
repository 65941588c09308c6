# SPDX-License-Identifier: Apache-2.0
"""The OSC door without its socket: datagrams in, hub calls and datagrams out."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from bridge.core.commands import COMMANDS
from bridge.core.events import TERMINAL
from bridge.core.messages import Event, Hub, Message, RequestId, error_event, id_in
from bridge.doors.osc.answers import flatten
from bridge.doors.osc.clients import IDLE_S, Client, Clients, client_id
from bridge.doors.osc.frames import (
    FRAME_ADDRESSES,
    MAX_MESSAGE_BYTES,
    Ack,
    Chunk,
    Restart,
    read_frame,
    read_json,
    write_json,
)
from bridge.doors.osc.gate import Gate
from bridge.doors.osc.outbox import Address, Outbox
from bridge.doors.osc.packets import OscMessage, decode, encode
from bridge.doors.osc.plain import Plain, peek, read_plain
from bridge.doors.osc.ratelimit import RateLimit
from bridge.doors.osc.sender import Sender
from bridge.errors import NextbarError, TooLarge
from bridge.loopback import is_loopback

MAX_HELD_BYTES = 64 * 2**20  # unfinished messages of all clients together
STRANGER_BYTES = 64 * 1024  # one message of a client that still has to show the token
CROWDED = 64  # messages waiting for a client from which on progress is not worth adding


class Desk:
    """Every conversation of the door.

    Attributes:
        outbox: what is to be sent.
    """

    def __init__(
        self,
        hub: Hub,
        token: str,
        clock: Callable[[], float],
        new_session: Callable[[], str],
        wake: Callable[[], None],
        max_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.outbox = Outbox()
        self._hub = hub
        self._gate = Gate(token)
        self._clock = clock
        self._wake = wake
        self._max_bytes = min(max_bytes, MAX_MESSAGE_BYTES)
        self._clients = Clients(new_session)
        self._limit = RateLimit()

    def receive(self, datagram: bytes, source: Address) -> None:
        """Handle a datagram; whatever it holds, the answer is a message."""
        try:
            messages = decode(datagram)
        except NextbarError as error:
            self._complain(self._clients.reply_address(source, 0), 0, error)
            return
        for message in messages:
            self._handle(message, source)

    def tick(self) -> None:
        """Send what is due again, give up who is gone, forget who is silent."""
        now_s = self._clock()
        for client in self._clients:
            overdue = client.receiver.expire(now_s)
            if overdue:
                self._complain(client.address, 0, overdue)
            idle = now_s - client.heard_s > IDLE_S and not client.jobs
            if idle or client.sender.given_up(now_s):
                self._drop(client)
            elif client.sender.next_due_s() <= now_s:
                self._pump(client)

    def next_due_s(self) -> float:
        """When `tick` has something to send again."""
        return min((client.sender.next_due_s() for client in self._clients), default=math.inf)

    def close(self) -> None:
        """Say good-bye for every client."""
        for client in self._clients:
            self._drop(client, forget_outbox=False)

    def _handle(self, message: OscMessage, source: Address) -> None:
        try:
            if message.address in FRAME_ADDRESSES:
                self._frame(message, source)
            else:
                self._plain(message, source)
        except NextbarError as error:
            request_id, reply_port = peek(message)
            address = self._clients.reply_address(source, reply_port)
            self._complain(address, request_id, error)

    # Plain form

    def _plain(self, message: OscMessage, source: Address) -> None:
        plain = read_plain(message)
        if plain is None:
            return
        address = self._clients.reply_address(source, plain.reply_port)
        known = self._clients.get(address)
        authorised = self._gate.admit(address[0], known, plain.token)
        if plain.verb == "hello":
            self._clients.name_reply_port(source, plain.reply_port)
            address = self._clients.reply_address(source, plain.reply_port)
        client = self._client(address)
        client.authorised = authorised
        if plain.verb.startswith("clip/"):
            name, slot = client.slots.apply(plain.verb, plain.head)
            facts = (name, len(slot.notes), float(slot.to_data()["length_beats"]))
            self._put(address, encode("/nextbar/clip", *facts))
            return
        client.packed = False
        self._ask(client, Message(plain.verb, plain.id, self._body(client, plain)))

    @staticmethod
    def _body(client: Client, plain: Plain) -> dict[str, Any]:
        """The parameters, with the clips in the place of their slots' names.

        The slots are the request's target too, so that a knob that is turned gets its newest
        value answered and not every one on the way.
        """
        command = COMMANDS[plain.verb]
        if not command.clips[1]:
            return plain.pairs
        body = {name: v for name, v in plain.pairs.items() if name not in {"clip", "clips"}}
        wanted = plain.pairs.get("clip", plain.pairs.get("clips"))
        slots = client.slots.chosen(wanted, needed=command.clips[0] > 0)
        body["clips"] = [client.slots.clip(name) for name in slots]
        return {"target": " ".join(slots), **body}

    # Packed form

    def _frame(self, message: OscMessage, source: Address) -> None:
        frame = read_frame(message)
        if isinstance(frame, Chunk):
            self._chunk(frame, source)
            return
        client = self._clients.sending(frame.session, source[0])
        if client is None:
            return
        client.heard_s = now_s = self._clock()
        if isinstance(frame, Ack):
            client.sender.on_ack(frame, now_s)
        elif isinstance(frame, Restart):
            client.sender.on_restart(frame, now_s)
        self._pump(client)

    def _chunk(self, chunk: Chunk, source: Address) -> None:
        client = self._client((source[0], chunk.reply_port or source[1]))
        known = client.authorised or is_loopback(source[0])
        client.receiver.max_bytes = self._max_bytes if known else STRANGER_BYTES
        held = sum(other.receiver.held_bytes for other in self._clients)
        if held + len(chunk.data) > MAX_HELD_BYTES:
            return  # its sender will try again
        heard = client.receiver.on_chunk(chunk, self._clock())
        if heard.reply:
            self._put_urgent(client.address, heard.reply.encode())
        client.packed = True
        if heard.began:
            self._renew(client)
        try:
            if heard.error:
                raise heard.error
            if heard.raw is not None:
                self._whole(client, heard.raw)
        except NextbarError as error:
            self._complain(client.address, 0, error)

    def _whole(self, client: Client, raw: bytes) -> None:
        """A whole packed message."""
        data = read_json(raw)
        token = str(data.pop("token", ""))
        client.authorised = self._gate.admit(client.address[0], client, token)
        try:
            message = Message.from_data(data)
        except NextbarError as error:
            self._complain(client.address, id_in(data), error)
            return
        self._ask(client, message)

    def _renew(self, client: Client) -> None:
        """The client has restarted: nothing that waits for it is wanted any more."""
        client.sender = Sender(self._clients.new_session)
        if client.attached:
            self._hub.attach(client.id, partial(self._deliver, client))

    # Both forms

    def _ask(self, client: Client, message: Message) -> None:
        if not client.attached:
            client.attached = True
            self._hub.attach(client.id, partial(self._deliver, client))
        self._hub.receive(client.id, message)

    def _deliver(self, client: Client, event: Event) -> None:
        """What the hub calls with every event for the client."""
        if client.quiet and event.name == "error":
            return
        if event.name == "audio":  # without its samples it says no more than progress does
            return
        job = str(event.fields.get("job", ""))
        if event.name == "accepted":
            client.jobs.add(job)
        elif event.name in TERMINAL:
            client.jobs.discard(job)
        if client.packed:
            self._deliver_packed(client, event)
        else:
            for datagram in flatten(event):
                self._put(client.address, datagram)

    def _deliver_packed(self, client: Client, event: Event) -> None:
        if event.name == "progress" and client.sender.waiting > CROWDED:
            return
        raw = write_json(event.to_data())
        if len(raw) > MAX_MESSAGE_BYTES:
            large = TooLarge(f"The answer {event.name} has {len(raw)} bytes; ask for fewer takes.")
            raw = write_json(error_event(event.id, large).to_data())
        try:
            client.sender.push(raw, self._clock())
        except TooLarge:  # it does not listen any more
            self._drop(client)
            return
        self._pump(client)

    def _complain(self, address: Address, request_id: RequestId, error: NextbarError) -> None:
        """Tell whoever is at the address what was wrong, though not too often."""
        client = self._clients.get(address)
        allowed = self._limit.allow(address[0], self._clock())
        attached = client is not None and client.attached
        if client:
            client.quiet = not allowed
        self._hub.refuse(client_id(address), request_id, error)
        if client:
            client.quiet = False
        if not allowed or attached:
            return
        event = error_event(request_id, error)
        if client:
            self._deliver(client, event)
            return
        for datagram in flatten(event):
            self._put(address, datagram)

    def _client(self, address: Address) -> Client:
        client = self._clients.get(address)
        if client is None:
            excess = self._clients.excess()
            if excess:
                self._drop(excess)
            client = self._clients.add(address)
        client.heard_s = self._clock()
        return client

    def _drop(self, client: Client, *, forget_outbox: bool = True) -> None:
        self._clients.remove(client)
        if forget_outbox:
            self.outbox.forget(client.address)
        if client.attached:
            self._hub.detach(client.id)

    def _pump(self, client: Client) -> None:
        for chunk in client.sender.due(self._clock()):
            self._put_urgent(client.address, chunk.encode())

    def _put(self, address: Address, datagram: bytes) -> None:
        self.outbox.put(address, datagram)
        self._wake()

    def _put_urgent(self, address: Address, datagram: bytes) -> None:
        self.outbox.put_urgent(address, datagram)
        self._wake()
