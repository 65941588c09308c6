# SPDX-License-Identifier: Apache-2.0
"""A UDP proxy that loses, doubles and reorders datagrams in both directions, seeded."""

from __future__ import annotations

import random
import select
import socket
import threading
from dataclasses import dataclass

LONGEST_HOLD = 4  # how many later datagrams may overtake one


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities, for each datagram in each direction."""

    loss: float = 0.2
    double: float = 0.1
    reorder: float = 0.2


class Lossy:
    """One way of a bad network: pure, for simulations and for the proxy.

    A reordered datagram waits until a few later ones have passed, or until `flush`.
    """

    def __init__(self, faults: Faults, rng: random.Random) -> None:
        self._faults = faults
        self._rng = rng
        self._held: list[tuple[int, bytes]] = []

    def pass_on(self, datagram: bytes) -> list[bytes]:
        """What arrives now that this was sent."""
        out: list[bytes] = []
        if self._rng.random() >= self._faults.loss:
            copies = 2 if self._rng.random() < self._faults.double else 1
            for _ in range(copies):
                if self._rng.random() < self._faults.reorder:
                    self._held.append((self._rng.randint(1, LONGEST_HOLD), datagram))
                else:
                    out.append(datagram)
        held = [(turns - 1, waiting) for turns, waiting in self._held]
        out += [waiting for turns, waiting in held if turns < 0]
        self._held = [(turns, waiting) for turns, waiting in held if turns >= 0]
        return out

    def flush(self) -> list[bytes]:
        """All that still waits."""
        out = [datagram for _, datagram in self._held]
        self._held = []
        return out


class LossyProxy:
    """A proxy on a free port in front of a UDP server, for one client."""

    def __init__(self, server: tuple[str, int], faults: Faults, seed: int) -> None:
        rng = random.Random(seed)
        self._server = server
        self._ways = {"there": Lossy(faults, rng), "back": Lossy(faults, rng)}
        self._front = self._socket()
        self._rear = self._socket()
        self._client: tuple[str, int] | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port: int = self._front.getsockname()[1]
        self.passed = self.sent = 0

    def __enter__(self) -> LossyProxy:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join(timeout=5)
        self._front.close()
        self._rear.close()

    @staticmethod
    def _socket() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 2**20)
        sock.bind(("127.0.0.1", 0))
        return sock

    def _run(self) -> None:
        while not self._closing.is_set():
            ready, _, _ = select.select([self._front, self._rear], [], [], 0.01)
            if not ready:
                self._deliver("there", self._ways["there"].flush())
                self._deliver("back", self._ways["back"].flush())
            for sock in ready:
                datagram, source = sock.recvfrom(65_536)
                self.sent += 1
                way = "there" if sock is self._front else "back"
                if way == "there":
                    self._client = source
                self._deliver(way, self._ways[way].pass_on(datagram))

    def _deliver(self, way: str, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self.passed += 1
            if way == "there":
                self._rear.sendto(datagram, self._server)
            elif self._client:
                self._front.sendto(datagram, self._client)
