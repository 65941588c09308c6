# SPDX-License-Identifier: Apache-2.0
"""Datagrams waiting to go out, so that no burst overflows a receiver's buffer. Pure."""

from __future__ import annotations

from collections import deque

Address = tuple[str, int]

BURST_BYTES = 32 * 1024  # to one address at once; the smallest usual receive buffer holds it
GAP_S = 0.005  # between bursts: about 6 MB/s
MAX_WAITING = 20_000  # datagrams to one address


class Outbox:
    """A line of datagrams for every address, and one of those that need not be paced.

    The packed form has a window of its own, so its chunks and acknowledgements go at once.
    """

    def __init__(self) -> None:
        self._urgent: list[tuple[Address, bytes]] = []
        self._lines: dict[Address, deque[bytes]] = {}

    def __bool__(self) -> bool:
        """Whether paced datagrams wait."""
        return bool(self._lines)

    def put(self, address: Address, datagram: bytes) -> bool:
        """Line up a datagram; false when that line is full and it was dropped."""
        line = self._lines.setdefault(address, deque())
        if len(line) >= MAX_WAITING:
            return False
        line.append(datagram)
        return True

    def put_urgent(self, address: Address, datagram: bytes) -> None:
        """Send a datagram with the next turn of the loop."""
        self._urgent.append((address, datagram))

    def urgent(self) -> list[tuple[Address, bytes]]:
        """What need not be paced."""
        out, self._urgent = self._urgent, []
        return out

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
        paced = [(address, datagram) for address, line in self._lines.items() for datagram in line]
        self._lines.clear()
        return self.urgent() + paced

    def forget(self, address: Address) -> None:
        """Drop what waits for an address."""
        self._lines.pop(address, None)
        self._urgent = [(to, datagram) for to, datagram in self._urgent if to != address]
