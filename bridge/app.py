# SPDX-License-Identifier: Apache-2.0
"""The composition root: builds every part, starts them in order, stops them in reverse."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

import bridge
from bridge import paths
from bridge.config import Settings
from bridge.core.core import Core, Habits
from bridge.core.messages import Door
from bridge.core.queries import About
from bridge.core.reach import Reach
from bridge.core.stage import NO_STAGE
from bridge.doors.osc import OscDoor
from bridge.doors.web import WebDoor
from bridge.jobs import JobBook
from bridge.log import set_up
from bridge.loopback import is_loopback
from bridge.reports import Reports
from bridge.runtime import AlreadyRunning, Presence
from bridge.sound.devices import check_installed
from bridge.switchboard import Switchboard
from bridge.takes import TakeStore
from bridge.worker.pool import Report, WorkerPool
from models.registry import listings

if TYPE_CHECKING:
    from bridge.doors.midi.door import MidiDoor

EXIT_OK, EXIT_ALREADY_RUNNING = 0, 3

Announce = Callable[[str], None]


class App:
    """One daemon: switchboard, doors and takes, built from the settings.

    Raises:
        NextbarError: the takes folder can't be used, or an engine can't be found.
    """

    def __init__(self, settings: Settings, log: logging.Logger) -> None:
        self.settings = settings
        self.takes = TakeStore(settings.takes_path(), time.time, *settings.takes_limits())
        size = settings.max_message_mb * 1024 * 1024
        self.osc = OscDoor(settings.host, settings.osc_port, settings.token, max_bytes=size)
        self.web = WebDoor(settings.host, settings.http_port, settings.token, max_bytes=size)
        self.midi = _midi_door(settings) if settings.midi else None
        self.switchboard = self._switchboard(log)
        if settings.audio_out:
            check_installed(settings.audio_out)
            self.switchboard.open_audio(settings.audio_out)
        self._log = log
        self._opened = AsyncExitStack()

    @property
    def doors(self) -> tuple[Door, ...]:
        """The ways in, in the order in which they open."""
        return (self.osc, self.web, self.midi) if self.midi else (self.osc, self.web)

    def ports(self) -> Mapping[str, int]:
        """The ports that are open."""
        return {"osc_port": self.osc.port, "http_port": self.web.port}

    async def start(self) -> None:
        """Open the doors and begin to work; what was opened is closed again when that fails.

        Raises:
            PortTaken: another program listens on one of the ports.
        """
        async with AsyncExitStack() as opened:
            opened.callback(self.takes.close)
            self.takes.sweep()
            for door in self.doors:
                await door.start(self.switchboard)
                opened.push_async_callback(door.stop)
            opened.push_async_callback(self.switchboard.close)
            if self.switchboard.audio_out:  # JACK's ports are there before the first take
                self.switchboard.audio_out.send({"do": "open"})
            for chore in (self.switchboard.warm_up(), self.switchboard.keep_house()):
                opened.push_async_callback(_cancel, asyncio.create_task(chore))
            self._opened = opened.pop_all()
        if self.takes.notice:
            self._log.warning(self.takes.notice)

    async def stop(self) -> None:
        """Cancel the jobs and tell everybody, end the workers, close the doors and the store."""
        await self._opened.aclose()

    def _switchboard(self, log: logging.Logger) -> Switchboard:
        settings = self.settings
        reports = Reports(paths.reports_folder(), time.time)
        about = About(
            bridge.__version__,
            time.monotonic(),
            self.ports,
            reports.file,
            token_needed=not is_loopback(settings.host),
        )
        core = Core(
            JobBook(settings.queue_depth),
            listings(settings.engines),
            self.takes,
            random.SystemRandom(),
            about,
            Habits(settings.device, Reach(settings.audio_reach()), self.midi or NO_STAGE),
        )

        def make_pool(report: Report) -> WorkerPool:
            return WorkerPool(
                report, memory_mb=settings.worker_memory_mb, keep_alive_s=settings.keep_alive_s
            )

        return Switchboard(core, make_pool, time.monotonic, log)


def _midi_door(settings: Settings) -> MidiDoor:
    """The MIDI door; imported only where MIDI is turned on."""
    from bridge.doors.midi.door import MidiDoor

    chosen = ("mode", "command", "role", "engine", "bars", "tempo_bpm")
    values = {key[5:]: getattr(settings, key) for key in settings.__slots__ if key[:5] == "midi_"}
    values["choice"] = {name: values.pop(name) for name in chosen}
    return MidiDoor(values, paths.log_folder() / "midi.log")


def run(settings: Settings, announce: Announce) -> int:
    """Run the daemon until it is told to stop; gives the exit code.

    Args:
        settings: as `bridge.config` read them.
        announce: gets the few lines that tell the user what is going on.

    Raises:
        NextbarError: it can't start.
    """
    presence = Presence()
    try:
        presence.claim()
    except AlreadyRunning as running:
        announce(str(running))
        return EXIT_ALREADY_RUNNING
    try:
        asyncio.run(_serve(settings, presence, announce))
    finally:
        presence.withdraw()
    return EXIT_OK


async def _serve(settings: Settings, presence: Presence, announce: Announce) -> None:
    app = App(settings, set_up(settings.log_level))
    with _stop_signals() as asked_to_stop:
        await app.start()
        presence.announce({"version": bridge.__version__, "host": settings.host, **app.ports()})
        for line in _greeting(app):
            announce(line)
        await asked_to_stop.wait()
        announce("Stopping.")
        await app.stop()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _greeting(app: App) -> Iterator[str]:
    yield f"nextbar {bridge.__version__} is listening:"
    for door in app.doors:
        yield f"  {door.listening()}"
    yield f"Takes are kept in {app.takes.folder}."
    yield f"Open http://127.0.0.1:{app.web.port} in a browser, or send OSC; Ctrl-C stops."


@contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set; the second signal leaves at once."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask(*_: object) -> None:
        if asked.is_set():
            os._exit(1)
        loop.call_soon_threadsafe(asked.set)

    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
