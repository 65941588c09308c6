# SPDX-License-Identifier: Apache-2.0
"""The worker process: loads engines, runs one job at a time, stops between two yields when told.

It reads frames from standard input and writes frames to what was standard output; everything an
engine prints goes to standard error. When its input closes, the daemon is gone, and it ends.
A frame in: {"do": "run", "job", "place", "device", "request", "drafts"}, {"do": "cancel", "job"},
{"do": "load", "place", "device"}.
A frame out: {"job", "type": "ready" | "progress" | "partial" | "audio" |
"result" | "failed" | "stopped"}.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from bridge.worker.faults import fault_of
from bridge.worker.frames import pack, read_frame
from models.contract import conclude, stepped
from models.engine import Engine, EngineEvent, Progress, Result
from models.errors import EngineFault
from models.registry import load_class
from models.wire import event_to_data, request_from_data


class Child:
    """One worker's state: its engines, its inbox, and which jobs were cancelled."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._engines: dict[str, Engine] = {}

    def serve(self) -> None:
        """Run jobs until the daemon goes away."""
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            frame = self._inbox.get()
            if frame["do"] == "load":
                self._load(frame)
            elif not self._run(frame["job"], frame):
                return

    def _listen(self) -> None:
        """Read frames on a thread of its own, so that a cancel is seen while a job runs."""
        while frame := read_frame(self._incoming):
            if frame["do"] == "cancel":
                self._cancelled.add(frame["job"])
            else:
                self._inbox.put(frame)
        os._exit(0)

    def _load(self, frame: Mapping[str, Any]) -> None:
        """Load an engine ahead of its first job, which will meet any trouble again and tell it."""
        try:
            self._engine(frame["place"], frame["device"])
        except Exception:
            traceback.print_exc()

    def _run(self, job: str, frame: Mapping[str, Any]) -> bool:
        """Run one job to its end; false when this process should not be used again."""
        try:
            self._step_through(job, frame)
        except Exception as error:
            self._fail(job, error)
            return not isinstance(error, MemoryError)
        finally:
            self._cancelled.discard(job)
        return True

    def _step_through(self, job: str, frame: Mapping[str, Any]) -> None:
        request = request_from_data(frame["request"])
        started = time.monotonic()
        if frame["place"] not in self._engines:  # importing a large library takes seconds
            self._send(job, event_to_data(Progress(0.0, "loading")))
        engine = self._engine(frame["place"], frame["device"])
        loaded = time.monotonic()
        self._send(job, {"type": "ready"})
        events = stepped(engine, request, frame.get("drafts", ""))
        for event in events:
            if job in self._cancelled:
                _close(events)
                self._send(job, {"type": "stopped"})
                return
            if isinstance(event, Result):
                spent_s = (loaded - started, time.monotonic() - loaded)
                checked = conclude(request, event, engine.info)
                self._send(job, event_to_data(_timed(checked, *spent_s)))
                return
            self._send(job, event_to_data(event))
        raise EngineFault("The engine ended without a result.")

    def _engine(self, place: str, device: str) -> Engine:
        if place not in self._engines:
            engine = load_class(place)()
            engine.load(device)
            self._engines[place] = engine
        return self._engines[place]

    def _fail(self, job: str, error: Exception) -> None:
        """Tell why; the traceback of a bug goes along for the log."""
        told = fault_of(error)
        frame = {"type": "failed", "code": told.code, "message": told.message, "where": told.where}
        if isinstance(told, EngineFault) and told is not error:
            frame["details"] = "".join(traceback.format_exception(error))
        self._send(job, frame)

    def _send(self, job: str, data: dict[str, Any]) -> None:
        self._outgoing.write(pack({"job": job, **data}))
        self._outgoing.flush()


def _timed(result: Result, load_s: float, infer_s: float) -> Result:
    """The result with its times in milliseconds and its notes counted."""
    notes = sum(len(part.notes) for part in result.answers[0].parts)
    measured = {
        "load_ms": round(load_s * 1000, 3),
        "infer_ms": round(infer_s * 1000, 3),
        "notes": notes,
    }
    return replace(result, stats={**measured, **result.stats})


def _close(events: Iterator[EngineEvent]) -> None:
    close = getattr(events, "close", None)
    if close:
        close()


def limit_memory(megabytes: int) -> None:
    """Let this process use at most so much memory, where the system can enforce it."""
    if megabytes and sys.platform != "win32":
        import resource

        limit = megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> None:
    """Serve on standard input and output; the one argument is the memory limit in MB."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the daemon
    limit_memory(int(sys.argv[1]))
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Child(sys.stdin.buffer, outgoing).serve()


if __name__ == "__main__":
    main()
