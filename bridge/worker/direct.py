# SPDX-License-Identifier: Apache-2.0
"""One job in a worker of its own, stepped from ordinary code without an event loop.

The command line uses it for engines that live in another Python interpreter.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from bridge.errors import WorkerDied
from bridge.worker.frames import pack, read_frame
from models.engine import EngineEvent, Request
from models.errors import NextbarError
from models.wire import event_from_data, request_to_data


class _Remote(Exception):
    """The traceback of an exception in the other interpreter, as text."""


def run_in(
    python: str, place: str, request: Request, device: str = "cpu", drafts: str = ""
) -> Iterator[EngineEvent]:
    """Run the engine at `place` in the interpreter `python`; the last event is the Result.

    Raises:
        WorkerDied: the interpreter can't be started, or ended in the middle of the job.
        NextbarError: what the engine answered.
    """
    command = [python, "-m", "bridge.worker.child", "0"]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except (OSError, ValueError) as error:  # ValueError: no file may be called so
        why = getattr(error, "strerror", None) or str(error)
        raise WorkerDied(
            f"{python!r} can't be started: {why}; check the entry of {place} in the settings.",
            where="engine",
        ) from error
    with process:
        assert process.stdin
        job = {"do": "run", "job": "j", "place": place, "device": device, "drafts": drafts}
        try:
            process.stdin.write(pack({**job, "request": request_to_data(request)}))
            process.stdin.flush()
            yield from _events(process)
        finally:
            process.kill()


def _events(process: subprocess.Popen[bytes]) -> Iterator[EngineEvent]:
    assert process.stdout
    while frame := read_frame(process.stdout):
        if frame["type"] == "failed":
            error = NextbarError(frame["message"], where=frame["where"])
            error.code = frame["code"]
            raise error from (_Remote(frame["details"]) if "details" in frame else None)
        if frame["type"] != "ready":
            yield event_from_data(frame)
        if frame["type"] == "result":
            return
    raise WorkerDied(
        "The worker ended in the middle of the job; is nextbar installed in that interpreter?",
        where="engine",
    )
