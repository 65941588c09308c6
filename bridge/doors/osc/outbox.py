# SPDX-License-Identifier: Apache-2.0
"""Datagrams waiting to go out, so that no burst overflows a receiver's buffer. Pure."""

from __future__ import annotations

from collections import deque

Address = tuple[str, int]

BURST_BYTES = 32 * 1024  # to one address at once; the smallest usual receive buffer holds it
GAP_S = 0.005  # between bursts: about 6 MB/s
MAX_WAITING = 20_000  # datagrams to one address


class Outbox:
    """A line of datagrams for every address."""

    def __init__(self) -> None:
        self._lines: dict[Address, deque[bytes]] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def put(self, address: Address, datagram: bytes) -> bool:
        """Line up a datagram; false when that line is full and it was dropped."""
        line = self._lines.setdefault(address, deque())
        if len(line) >= MAX_WAITING:
            return False
        line.append(datagram)
        return True

    def burst(self) -> list[tuple[Address, bytes]]:
        """What may go out now: up to `BURST_BYTES` to each address."""
        out: list[tuple[Address, bytes]] = []
        for address in list(self._lines):
            line, room = self._lines[address], BURST_BYTES
            while line and room > 0:
                room -= len(line[0])
                out.append((address, line.popleft()))
            if not line:
                del self._lines[address]
        return out

    def rest(self) -> list[tuple[Address, bytes]]:
        """All that is left, at once: for closing."""
        out = [(address, datagram) for address, line in self._lines.items() for datagram in line]
        self._lines.clear()
        return out

    def forget(self, address: Address) -> None:
        """Drop what waits for an address."""
        self._lines.pop(address, None)
