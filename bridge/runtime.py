# SPDX-License-Identifier: Apache-2.0
"""One daemon at a time, and the file that tells devices and the command line where it listens."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from filelock import FileLock, Timeout

from bridge import paths
from bridge.errors import StorageFailed
from models.files import write_whole


class AlreadyRunning(Exception):
    """Another daemon of this user is running."""


class Presence:
    """The lock that only one daemon holds, and its port file."""

    def __init__(self) -> None:
        self._lock = FileLock(paths.lock_file())

    def claim(self) -> None:
        """Take the lock.

        Raises:
            AlreadyRunning: another daemon has it.
            StorageFailed: the folder can't be used.
        """
        folder = paths.runtime_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise AlreadyRunning(_where(read_ports())) from None
        except OSError as error:
            raise StorageFailed(
                f"The folder {folder} can't be used ({error.strerror or error}); nextbar doctor "
                "says what mends it.",
                where="runtime_folder",
            ) from error

    def announce(self, facts: Mapping[str, Any]) -> None:
        """Write the port file."""
        write_whole(paths.port_file(), json.dumps({"pid": os.getpid(), **facts}).encode())

    def withdraw(self) -> None:
        """Remove the port file and give up the lock."""
        paths.port_file().unlink(missing_ok=True)
        self._lock.release()


def read_ports() -> Mapping[str, Any]:
    """What the port file says: pid, version, host, osc_port, http_port; empty without one."""
    try:
        facts = json.loads(paths.port_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _where(facts: Mapping[str, Any]) -> str:
    if not facts:
        return "nextbar is already running; its port file is not written yet."
    return (
        f"nextbar is already running as process {facts.get('pid')}: osc port "
        f"{facts.get('osc_port')}, http port {facts.get('http_port')}."
    )
