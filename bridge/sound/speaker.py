# SPDX-License-Identifier: Apache-2.0
"""The player for programs without an event loop: the command line plays what it makes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any

from bridge.worker.frames import pack, read_frame
from models.errors import BadArgument


class Speaker:
    """A context: a player on a device, which is given frames and is waited for at the end.

    Args:
        device: as `bridge.sound.devices` names it.

    Raises:
        BadArgument: the device can't be opened.
    """

    def __init__(self, device: str) -> None:
        command = [sys.executable, "-m", "bridge.sound.player", device]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        said = self._hear()
        if said.get("type") != "ready":
            self._end()
            message = said.get("message", f"The audio output {device} can't be opened.")
            raise BadArgument(message, where="audio_out")

    def __enter__(self) -> Speaker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._end()

    def send(self, frame: dict[str, Any]) -> None:
        """Hand over a frame, as `bridge.sound.player` reads it; `wait` tells if it has ended."""
        assert self._process.stdin
        with suppress(OSError):  # what is played is made all the same
            self._process.stdin.write(pack(frame))

    def wait(self) -> dict[str, Any]:
        """What the player says when it has played to the end; empty when it has ended itself."""
        while said := self._hear():
            if said.get("state") == "finished":
                return said
        return {}

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout
        return read_frame(self._process.stdout) or {}

    def _end(self) -> None:
        with self._process:  # its input is closed, which ends it
            pass
