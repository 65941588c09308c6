# SPDX-License-Identifier: Apache-2.0
"""Who talks to the OSC door: one record for each host and port that answers go to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bridge.core.messages import ClientId
from bridge.doors.osc.outbox import Address
from bridge.doors.osc.receiver import Receiver
from bridge.doors.osc.sender import Sender
from bridge.doors.osc.slots import ClipSlots

MAX_CLIENTS = 256
IDLE_S = 3600.0  # a client without jobs that says nothing for so long is forgotten


@dataclass(slots=True)
class Client:
    """One client.

    Attributes:
        address: where its answers go.
        sender, receiver: its conversation in packed form.
        slots: the clips it builds in plain form.
        packed: the form of its last request, and so of its answers.
        attached: whether the hub knows it.
        authorised: it has shown the token.
        quiet: error answers to it are held back just now.
        jobs: its jobs that have not ended.
    """

    address: Address
    sender: Sender
    receiver: Receiver = field(default_factory=Receiver)
    slots: ClipSlots = field(default_factory=ClipSlots)
    packed: bool = False
    attached: bool = False
    authorised: bool = False
    quiet: bool = False
    jobs: set[str] = field(default_factory=set)
    heard_s: float = 0.0

    @property
    def id(self) -> ClientId:
        """How the hub calls it."""
        return client_id(self.address)


def client_id(address: Address) -> ClientId:
    """The hub's name for whoever is answered at the address."""
    return f"osc:{address[0]}:{address[1]}"


class Clients:
    """All clients, by address."""

    def __init__(self, new_session: Callable[[], str]) -> None:
        self.new_session = new_session
        self._clients: dict[Address, Client] = {}
        self._aliases: dict[Address, Address] = {}  # source -> the address `hello` named

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._clients.values()))

    def get(self, address: Address) -> Client | None:
        """The client that is answered at the address."""
        return self._clients.get(address)

    def add(self, address: Address) -> Client:
        """A new client at the address."""
        client = self._clients[address] = Client(address, Sender(self.new_session))
        return client

    def remove(self, client: Client) -> None:
        """Forget a client."""
        self._clients.pop(client.address, None)
        self._aliases = {s: a for s, a in self._aliases.items() if a != client.address}

    def excess(self) -> Client | None:
        """Whom to forget for a new client: who said least of late, rather one without jobs."""
        if len(self._clients) < MAX_CLIENTS:
            return None
        return min(self, key=lambda client: (client.attached, bool(client.jobs), client.heard_s))

    def reply_address(self, source: Address, reply_port: int) -> Address:
        """Where answers to a plain message go."""
        if reply_port:
            return (source[0], reply_port)
        return self._aliases.get(source, source)

    def name_reply_port(self, source: Address, reply_port: int) -> None:
        """A plain `hello` named the port for all answers to this source, or named none."""
        self._aliases.pop(source, None)
        if reply_port and reply_port != source[1]:
            self._aliases[source] = (source[0], reply_port)

    def sending(self, session: str, host: str) -> Client | None:
        """The client on that host to which messages go in the session."""
        for client in self._clients.values():
            if client.sender.session == session and client.address[0] == host:
                return client
        return None
