# SPDX-License-Identifier: Apache-2.0
"""The daemon's side of the player: start it, feed it, hear what it does."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from bridge.worker.frames import next_frame, pack

Heard = Callable[[Mapping[str, Any]], None]
QUIT_S = 1.0


class AudioOut:
    """One audio output. A player that ends is told of, and started anew with the next take.

    Args:
        device: as `bridge.sound.devices` names it.
        heard: gets what the player says of a take.
        log: for what goes wrong.
    """

    def __init__(self, device: str, heard: Heard, log: logging.Logger) -> None:
        self.device = device
        self._heard = heard
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._feeding: asyncio.Task[None] | None = None
        self._jobs: set[str] = set()  # whose takes the player has, as far as it has told

    def send(self, frame: dict[str, Any]) -> None:
        """Hand the player a frame; never waits.

        The frame is told the time, since a player that has to start takes a moment.
        """
        self._waiting.put_nowait({**frame, "at_s": time.monotonic()})
        if self._feeding is None or self._feeding.done():
            self._feeding = asyncio.get_running_loop().create_task(self._feed())

    async def close(self) -> None:
        """End the player; what it has not played is lost."""
        if self._feeding:
            self._feeding.cancel()
        process = self._process
        if process and process.returncode is None:
            if process.stdin:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), QUIT_S)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()
        await asyncio.gather(*self._tasks, *filter(None, [self._feeding]), return_exceptions=True)

    async def _feed(self) -> None:
        """Write what waits, to a player that is started when there is none."""
        while not self._waiting.empty():
            frame = self._waiting.get_nowait()
            stdin = await self._stdin(begins=frame["do"] in {"open", "begin", "bar"})
            if stdin is None:
                continue  # it has gone in the middle of a take
            _count(self._jobs, frame["do"], frame)
            try:
                stdin.write(pack(frame))
                await stdin.drain()
            except (ConnectionError, RuntimeError):
                self._process = None

    async def _stdin(self, *, begins: bool) -> asyncio.StreamWriter | None:
        process = self._process
        if process and process.returncode is None and process.stdin:
            return process.stdin
        return (await self._spawn()).stdin if begins else None

    async def _spawn(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bridge.sound.player", self.device),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._process, self._jobs = process, set()
        task = asyncio.get_running_loop().create_task(self._listen(process, self._jobs))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return process

    async def _listen(self, process: asyncio.subprocess.Process, jobs: set[str]) -> None:
        """Hear one player to its end.

        Args:
            process: the player.
            jobs: those whose takes it has.
        """
        assert process.stdout
        while frame := await next_frame(process.stdout):
            if frame["type"] == "failed":
                self._log.warning("audio output %s: %s", self.device, frame["message"])
            elif frame["type"] == "playing":
                self._log.info("%s %s on %s", frame["job"], frame["state"], self.device)
                _count(jobs, frame["state"], frame)
                self._heard(frame)
        await process.wait()
        if self._process is process:
            self._process = None
        for job in sorted(jobs):  # nobody shall wait for what has ended with the player
            over = {"state": "finished", "speed": 0.0, "wait_s": 0.0, "underruns": 0}
            self._heard({"type": "playing", "job": job, **over})


def _count(jobs: set[str], what: str, frame: Mapping[str, Any]) -> None:
    """Keep count of the takes that a player has."""
    if what == "begin":
        jobs.add(frame["job"])
    elif what in {"stop", "finished"}:
        jobs.discard(frame["job"])
