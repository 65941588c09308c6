# SPDX-License-Identifier: Apache-2.0
"""The MIDI door in the daemon: starts the stage, and carries messages between it and the core.

To the core it is a client like any other. When the stage's process ends, another one is started.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridge.core.messages import Event, Hub, Message
from bridge.core.stage import ACTIONS
from bridge.doors.midi.setup import check, choice_of
from bridge.errors import NextbarError, NoMidi

CLIENT = "midi:nextbar"
OPENING_S = 5.0  # so long the daemon waits for the ports before it says that they are not open
AGAIN_S = 1.0  # after the stage's process has ended
QUIT_S = 2.0
MOST_LINE_BYTES = 64 * 2**20

_log = logging.getLogger("nextbar")


class MidiDoor:
    """The stage's process, and the line to it.

    Args:
        options: as `bridge.doors.midi.setup` reads them.
        log_file: gets what the stage and its libraries print.
    """

    name = "midi"

    def __init__(self, options: Mapping[str, Any], log_file: Path) -> None:
        self._options = {**options, "choice": dict(options["choice"])}
        self._log_file = log_file
        self._hub: Hub | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self._facts: Mapping[str, Any] = {}
        self._steers = 0  # that this process was sent
        self._place = ""
        self._fault = "The MIDI ports are not open yet."

    async def start(self, hub: Hub) -> None:
        """Start the stage and wait a little for its ports.

        Raises:
            NoMidi: what the ports need is not installed.
            BadArgument: an option can't be read.
        """
        check(self._options)
        self._hub = hub
        hub.attach(CLIENT, self._deliver)
        self._keeper = asyncio.create_task(self._keep())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._opened.wait(), OPENING_S)

    async def stop(self) -> None:
        """Let the stage end its notes and leave."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._end()
        if self._hub:
            self._hub.detach(CLIENT)

    def listening(self) -> str:
        """Where, for people."""
        return f"midi {self._place}" if self._place else f"midi: {self._fault}"

    # The stage of the core

    def steer(self, given: Mapping[str, Any]) -> None:
        """Choose something else.

        Raises:
            BadArgument: a value is not allowed.
            NoMidi: something shall be done at once, and the ports are not open.
        """
        choice = {name: value for name, value in given.items() if name != "action"}
        chosen = {**self._options["choice"], **choice}
        choice_of({"choice": chosen})
        if given.get("action") in ACTIONS and not self._place:
            raise NoMidi(self._fault, where="action")
        self._options["choice"] = chosen
        self._facts = {**self._facts, **choice}
        self._steers += 1
        self._write({"steer": dict(given)})

    def facts(self) -> Mapping[str, Any]:
        """What is chosen, and how it goes."""
        unknown = {"playing": False, "notice": self._fault, "stats": {}}
        return {**self._options["choice"], **(self._facts if self._place else unknown)}

    # The line

    def _deliver(self, event: Event) -> None:
        if event.name != "progress":  # of no use in time
            self._write({"event": event.to_data()})

    def _write(self, data: Mapping[str, Any]) -> None:
        stdin = self._process.stdin if self._process else None
        if stdin and not stdin.is_closing():
            stdin.write(json.dumps(data).encode() + b"\n")

    async def _keep(self) -> None:
        """Run the stage; when its process ends, run another."""
        while True:
            await self._run()
            self._place, self._fault = "", "The process that plays has ended; another one starts."
            _log.warning(self._fault)
            await asyncio.sleep(AGAIN_S)

    async def _run(self) -> None:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bridge.doors.midi.stage",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=MOST_LINE_BYTES,
            )
        self._steers = 0  # what was chosen before is among the options
        self._write({"options": self._options})
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            self._hear(json.loads(line))
        await self._process.wait()

    def _hear(self, data: Mapping[str, Any]) -> None:
        """Take a line of the stage's."""
        if "ask" in data:
            self._ask(data["ask"])
        elif "facts" in data:
            self._tell_news(data["facts"], data["steered"])
        elif "open" in data:
            ports = data["open"]
            self._place = f"{data['api']}: in {ports['input']}, out {ports['output']}"
            self._facts = {"playing": False, "notice": "", "stats": {"api": data["api"], **ports}}
            self._opened.set()
        else:
            self._place, self._fault = "", str(data["say"])
            _log.warning(self._fault)
            self._opened.set()

    def _tell_news(self, facts: Mapping[str, Any], steered: int) -> None:
        """Take news in; those told before the last choice arrived don't know of it."""
        notice = facts.get("notice")
        if notice and notice != self._facts.get("notice"):
            _log.warning(notice)
        choice = self._options["choice"]
        if steered < self._steers:
            self._facts = {**facts, **choice}
            return
        self._facts = facts
        # Choices made at the keyboard are kept for a stage that has to be started again.
        self._options["choice"] = {name: facts[name] for name in choice if name in facts}

    def _ask(self, request: Mapping[str, Any]) -> None:
        assert self._hub
        try:
            self._hub.receive(CLIENT, Message.from_data(request))
        except NextbarError as error:
            self._hub.refuse(CLIENT, 0, error)

    async def _end(self) -> None:
        """Close the stage's input, which ends it; kill it when that takes too long."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), QUIT_S)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
