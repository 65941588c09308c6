# SPDX-License-Identifier: Apache-2.0
"""The daemon's side of the workers: start them, hand them jobs, stop them, bury them.

A worker that does not answer a cancel within `DEAF_S` is killed; the next job gets a new one.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.errors import WorkerDied
from bridge.worker.frames import next_frame, pack
from models.errors import OutOfMemory

DEAF_S = 0.5
QUIT_S = 1.0
LAST_WORDS = frozenset({"result", "failed", "stopped"})

Report = Callable[[str, Mapping[str, Any]], None]  # (job, frame) -> nothing


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker needs for one job.

    `request` is as `models.wire` writes it; `drafts` is the folder for the job's audio files.
    """

    place: str
    request: Mapping[str, Any]
    python: str = ""
    device: str = "cpu"
    drafts: str = ""


class Worker:
    """One process, and the job it is busy with."""

    def __init__(self, process: asyncio.subprocess.Process, report: Report) -> None:
        self.process = process
        self.job = ""
        self.idle_since_s = 0.0
        self.spent = False  # it ran out of memory and is about to end
        self._report = report
        self._reader = asyncio.create_task(self._read())
        self._guard: asyncio.TimerHandle | None = None

    @property
    def alive(self) -> bool:
        """Whether the process can be given a job."""
        running = self.process.returncode is None and not self._reader.done()
        return running and not self.spent

    def run(self, job: str, work: Work) -> None:
        """Hand over a job."""
        self.job = job
        self._write(
            {
                "do": "run",
                "job": job,
                "place": work.place,
                "device": work.device,
                "request": work.request,
                "drafts": work.drafts,
            }
        )

    def load(self, place: str, device: str) -> None:
        """Let the worker load an engine ahead of its first job."""
        self._write({"do": "load", "place": place, "device": device})

    def stop(self, job: str) -> None:
        """Ask the worker to stop the job; kill it when it turns out to be deaf."""
        if self.job != job or self._guard:
            return
        self._write({"do": "cancel", "job": job})
        self._guard = asyncio.get_running_loop().call_later(DEAF_S, self.kill)

    def kill(self) -> None:
        """End the process at once; its job hears of it through the reader."""
        if self.process.returncode is None:
            self.process.kill()

    async def quit(self) -> None:
        """Close the process's input, which ends it; kill it when that takes too long."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), QUIT_S)
        except asyncio.TimeoutError:
            self.kill()
            await self.process.wait()
        await self._reader

    def _write(self, frame: dict[str, Any]) -> None:
        stdin = self.process.stdin
        if stdin and not stdin.is_closing():
            stdin.write(pack(frame))

    async def _read(self) -> None:
        assert self.process.stdout
        while frame := await next_frame(self.process.stdout):
            last = frame["type"] in LAST_WORDS
            job = frame["job"]
            self.spent = frame.get("code") == OutOfMemory.code
            if last:
                self._set_free()
            self._report(job, frame)
        await self.process.wait()
        self._bury()

    def _set_free(self) -> None:
        self.job = ""
        self.idle_since_s = asyncio.get_running_loop().time()
        if self._guard:
            self._guard.cancel()
            self._guard = None

    def _bury(self) -> None:
        """Tell the job that its process has ended."""
        job, asked_to_stop = self.job, self._guard is not None
        self._set_free()
        if job and asked_to_stop:
            self._report(job, {"type": "stopped"})
        elif job:
            error = WorkerDied(
                f"The worker ended in the middle of the job ({_reason(self)}); "
                "ask again, a new one takes over."
            )
            self._report(
                job, {"type": "failed", "code": error.code, "message": error.message, "where": ""}
            )


class WorkerPool:
    """The workers, one a lane, spawned when first needed and kept warm."""

    def __init__(self, report: Report, *, memory_mb: int = 0, keep_alive_s: float = 300.0) -> None:
        self._report = report
        self._memory_mb = memory_mb
        self._keep_alive_s = keep_alive_s
        self._workers: dict[str, Worker] = {}
        self._starting: dict[str, asyncio.Task[Worker]] = {}
        self._waiting: set[str] = set()  # jobs whose worker is being spawned

    async def warm(self, lane: str, python: str = "") -> Worker:
        """The lane's worker, spawned when there is none alive."""
        worker = self._workers.get(lane)
        if worker and worker.alive:
            return worker
        if lane not in self._starting:
            self._starting[lane] = asyncio.create_task(self._spawn(lane, python))
        return await self._starting[lane]

    async def run(self, lane: str, job: str, work: Work) -> None:
        """Give the job to the lane's worker; its frames arrive through `report`."""
        self._waiting.add(job)
        try:
            worker = await self.warm(lane, work.python)
        except (OSError, ValueError) as error:  # ValueError: no file may be called so
            self._waiting.discard(job)
            self._report(job, _not_started(work, error))
            return
        if job in self._waiting:
            self._waiting.remove(job)
            worker.run(job, work)
        else:
            self._report(job, {"type": "stopped"})

    def stop(self, job: str) -> None:
        """Stop a job, also one that waits for its worker; harmless when it is over."""
        self._waiting.discard(job)
        for worker in self._workers.values():
            worker.stop(job)

    async def retire(self) -> None:
        """End the workers that had nothing to do for long."""
        now_s = asyncio.get_running_loop().time()
        tired = [
            lane
            for lane, worker in self._workers.items()
            if not worker.job and now_s - worker.idle_since_s > self._keep_alive_s
        ]
        await asyncio.gather(*(self._workers.pop(lane).quit() for lane in tired))

    async def close(self) -> None:
        """End every worker, also those that are just being spawned."""
        await asyncio.gather(*self._starting.values(), return_exceptions=True)
        workers = list(self._workers.values())
        self._workers.clear()
        await asyncio.gather(*(worker.quit() for worker in workers))

    async def _spawn(self, lane: str, python: str) -> Worker:
        try:
            if lane in self._workers:  # its memory shall be back before there is a new one
                await self._workers.pop(lane).quit()
            process = await asyncio.create_subprocess_exec(
                python or sys.executable,
                "-m",
                "bridge.worker.child",
                str(self._memory_mb),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        finally:
            del self._starting[lane]
        worker = Worker(process, self._report)
        worker.idle_since_s = asyncio.get_running_loop().time()
        self._workers[lane] = worker
        return worker


def _not_started(work: Work, error: Exception) -> dict[str, str]:
    """The frame that a job gets when its worker can't be spawned."""
    python, why = work.python or sys.executable, getattr(error, "strerror", None) or str(error)
    died = WorkerDied(f"No worker can be started with {python!r}: {why}; check the configuration.")
    return {"type": "failed", "code": died.code, "message": died.message, "where": "engine"}


def _reason(worker: Worker) -> str:
    """Why the process ended, as far as its return code tells."""
    code = worker.process.returncode or 0
    if sys.platform != "win32" and code == -signal.SIGKILL:
        return "killed from outside, perhaps for want of memory"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
