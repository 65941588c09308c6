# SPDX-License-Identifier: Apache-2.0
"""What the verbs of MIDI share: ports that are open for as long as a verb runs."""

from __future__ import annotations

import signal
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge.doors.midi.ports import Ports

GROUP = "Play in time: MIDI ports"
_ENDINGS = ("SIGTERM", "SIGHUP", "SIGBREAK")  # those of them that the system has


def add_api(parser: ArgumentParser) -> None:
    """The flag for the MIDI system."""
    from bridge.doors.midi.ports import APIS

    parser.add_argument("--api", choices=APIS, default="auto", help="the MIDI system")


@contextmanager
def opened(api: str, name: str, **more: Any) -> Iterator[Ports]:
    """Ports of that name; `more` as in `Wanted`, and `heard` for what comes in.

    However the verb is ended, what stands in a `finally` inside is done: a terminal that is
    closed ends it as Ctrl-C does. Else a synthesiser would sound on.

    Raises:
        NoMidi: they can't be opened.
    """
    from bridge.doors.midi.ports import Wanted, open_ports

    heard = more.pop("heard", lambda *_: None)
    with _ended_in_order():
        ports = open_ports(Wanted(api, name, **more), heard, sys.platform)
        try:
            yield ports
        finally:
            ports.close()


def wait_and_send(ports: Ports, data: bytes, at_s: float) -> None:
    """Wait until a message may be handed over, and hand it over."""
    time.sleep(max(0.0, at_s - ports.lead_s - ports.now()))
    ports.send(data, at_s)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Signals that end a process raise KeyboardInterrupt; only the main thread may set that."""
    known = (getattr(signal, name) for name in _ENDINGS if hasattr(signal, name))
    numbers = [*known] if threading.current_thread() is threading.main_thread() else []
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
