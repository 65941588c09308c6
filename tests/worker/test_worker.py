# SPDX-License-Identifier: Apache-2.0
"""Real worker processes: run, cancel, kill, crash, run out of memory, and go on."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.errors import NextbarError, WorkerDied
from bridge.worker.direct import run_in
from bridge.worker.frames import pack, read_frame
from bridge.worker.pool import Work, WorkerPool
from models.clip import Clip, Note
from models.engine import Request
from models.wire import request_to_data

SOURCE = Clip((Note(60, 0.0, 1.0), Note(62, 1.0, 1.0)), 4.0)
REQUEST = request_to_data(Request("continue", (SOURCE,), {"bars": 2}, seed=1))
WAIT_S = 20.0


@pytest.fixture(autouse=True)
def findable_engines(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))


class Office:
    """A pool, with the frames that each job got."""

    def __init__(self, **options):
        self.frames = {}
        self.news = asyncio.Event()
        self.pool = WorkerPool(self.report, **options)

    def report(self, job, frame):
        self.frames.setdefault(job, []).append(frame)
        self.news.set()

    async def run(self, engine, job="j1", lane="lane", python=""):
        work = Work(f"engines:{engine}", REQUEST, python)
        await self.pool.run(lane, job, work)

    async def until(self, job, *kinds):
        """The first frame of these kinds that comes of the engine itself."""

        def is_meant(frame):
            return frame["type"] in kinds and frame.get("stage") != "loading"

        async def wait():
            while not (seen := [f for f in self.frames.get(job, []) if is_meant(f)]):
                self.news.clear()
                await self.news.wait()
            return seen[0]

        return await asyncio.wait_for(wait(), WAIT_S)

    async def last(self, job="j1"):
        return await self.until(job, "result", "failed", "stopped")


def with_office(scenario, **options):
    async def main():
        office = Office(**options)
        try:
            return await scenario(office)
        finally:
            await office.pool.close()

    return asyncio.run(main())


def test_a_job_runs_in_another_process_and_the_worker_stays_warm():
    async def scenario(office):
        await office.run("Quick", "j1")
        first = await office.last("j1")
        await office.run("Quick", "j2")
        second = await office.last("j2")
        kinds = [[f["type"] for f in office.frames[job]][:2] for job in ("j1", "j2")]
        assert office.frames["j1"][0]["stage"] == "loading"  # and so the wait is told
        assert kinds[0] == ["progress", "ready"]
        assert kinds[1][0] == "ready"
        return first["stats"], second["stats"]

    first, second = with_office(scenario)
    assert first["pid"] == second["pid"] != os.getpid()
    assert {"load_ms", "infer_ms", "notes"} <= set(first)


@pytest.mark.parametrize("engine", ["Slow", "Deaf"])
def test_a_cancelled_job_stops_within_two_seconds_and_the_next_one_runs(engine):
    async def scenario(office):
        loop = asyncio.get_running_loop()
        await office.run(engine)
        await office.until("j1", "progress")
        worker = office.pool._workers["lane"].process.pid
        started = loop.time()
        office.pool.stop("j1")
        office.pool.stop("j1")
        frame = await office.last("j1")
        took_s = loop.time() - started
        await office.run("Quick", "j2")
        return frame, took_s, worker, await office.last("j2")

    frame, took_s, worker, after = with_office(scenario)
    assert frame["type"] == "stopped"
    assert took_s < 2
    assert after["type"] == "result"
    assert (after["stats"]["pid"] == worker) == (engine == "Slow")


def test_a_job_cancelled_while_its_worker_starts_never_runs():
    async def scenario(office):
        starting = asyncio.create_task(office.run("Quick"))
        await asyncio.sleep(0)
        office.pool.stop("j1")
        await starting
        return await office.last("j1"), office.frames["j1"]

    frame, frames = with_office(scenario)
    assert frame["type"] == "stopped"
    assert len(frames) == 1


@pytest.mark.parametrize(
    ("engine", "code", "words"),
    [
        ("Crash", "worker_died", "exit code 7"),
        ("Raises", "engine_fault", "ZeroDivisionError"),
        ("Liar", "engine_fault", "beats"),
        ("Silent", "engine_fault", "without a result"),
        ("Missing", "bad_argument", "does not name an engine"),
    ],
)
def test_whatever_goes_wrong_is_one_clear_failure_and_the_next_job_runs(engine, code, words):
    async def scenario(office):
        await office.run(engine)
        failed = await office.last("j1")
        await office.run("Quick", "j2")
        return failed, await office.last("j2")

    failed, after = with_office(scenario)
    assert (failed["type"], failed["code"]) == ("failed", code)
    assert words in failed["message"]
    assert after["type"] == "result"


def test_the_traceback_of_a_bug_goes_along_for_the_log():
    async def scenario(office):
        await office.run("Raises")
        return await office.last("j1")

    assert "ZeroDivisionError: test" in with_office(scenario)["details"]
    request = Request("continue", (SOURCE,), {"bars": 2}, seed=1)
    with pytest.raises(NextbarError, match="stopped with ZeroDivisionError") as fault:
        list(run_in(sys.executable, "engines:Raises", request))
    assert "ZeroDivisionError: test" in str(fault.value.__cause__)


@pytest.mark.skipif(sys.platform == "win32", reason="no memory limit can be set on Windows")
def test_running_out_of_memory_ends_only_the_job():
    async def scenario(office):
        await office.run("Hungry")
        failed = await office.last("j1")
        await office.run("Quick", "j2")
        return failed, await office.last("j2")

    failed, after = with_office(scenario, memory_mb=1000)
    assert (failed["type"], failed["code"]) == ("failed", "out_of_memory")
    assert after["type"] == "result"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_worker_killed_from_outside_fails_its_job():
    async def scenario(office):
        await office.run("Slow")
        await office.until("j1", "progress")
        office.pool._workers["lane"].process.kill()
        return await office.last("j1")

    failed = with_office(scenario)
    assert (failed["type"], failed["code"]) == ("failed", "worker_died")
    assert "memory" in failed["message"]


def test_another_interpreter_is_used_and_a_missing_one_is_named():
    async def scenario(office):
        await office.run("Quick", python=sys.executable)
        await office.run("Quick", "j2", "other", python="/no/such/python")
        return await office.last("j1"), await office.last("j2")

    first, second = with_office(scenario)
    assert first["type"] == "result"
    assert "/no/such/python" in second["message"]


@pytest.mark.parametrize("python", ["a\0b", "\ud800"])
def test_an_interpreter_that_no_file_can_be_called_after_fails_its_job(python):
    async def scenario(office):
        await office.run("Quick", python=python)
        return await office.last()

    failed = with_office(scenario)
    assert (failed["type"], failed["code"]) == ("failed", "worker_died")
    with pytest.raises(WorkerDied):
        next(run_in(python, "engines:Quick", Request("continue", (SOURCE,), {"bars": 2}, seed=1)))


def test_idle_workers_are_retired():
    async def scenario(office):
        await office.run("Quick")
        await office.last("j1")
        process = office.pool._workers["lane"].process
        await asyncio.sleep(0.01)
        await office.pool.retire()
        return process.returncode, office.pool._workers

    returncode, workers = with_office(scenario, keep_alive_s=0.0)
    assert returncode == 0
    assert workers == {}


def test_a_worker_ends_with_its_daemon():
    async def scenario(office):
        await office.run("Deaf")
        await office.until("j1", "progress")
        return office.pool._workers["lane"].process

    assert with_office(scenario).returncode is not None


def test_a_worker_ends_with_a_daemon_that_is_killed_in_the_middle_of_a_frame():
    command = [sys.executable, "-m", "bridge.worker.child", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdin.write(pack({"do": "load", "place": "engines:Quick", "device": "cpu"})[:-3])
        child.stdin.close()
        assert child.wait(WAIT_S) == 0


def test_a_frame_that_is_cut_short_is_the_end_of_the_stream():
    whole = pack({"job": "j1", "type": "audio", "pcm": bytes(8)})
    assert read_frame(io.BytesIO(whole))["pcm"] == bytes(8)
    for count in range(len(whole)):
        assert read_frame(io.BytesIO(whole[:count])) is None


def test_a_job_in_another_interpreter_without_an_event_loop():
    request = Request("continue", (SOURCE,), {"bars": 2}, seed=1)
    *_, result = run_in(sys.executable, "engines:Quick", request)
    assert result.answers[0].parts[0].length_beats == 8.0
    with pytest.raises(NextbarError) as refused:
        list(run_in(sys.executable, "engines:Liar", request))
    assert refused.value.code == "engine_fault"
    for python, place in (("/no/such/python", "engines:Quick"), (sys.executable, "engines:Crash")):
        with pytest.raises(WorkerDied):
            list(run_in(python, place, request))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_ctrl_c_in_the_terminal_is_left_to_the_daemon():
    async def scenario(office):
        await office.run("Slow")
        await office.until("j1", "progress")
        office.pool._workers["lane"].process.send_signal(signal.SIGINT)
        return await office.last("j1")

    assert with_office(scenario)["type"] == "result"
