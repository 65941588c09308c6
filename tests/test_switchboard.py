# SPDX-License-Identifier: Apache-2.0
"""The switchboard: faults of ours are told once and end nothing else."""

import asyncio
import logging

from bridge.core.effects import Deliver, Start
from bridge.core.messages import Event, Message
from bridge.switchboard import Switchboard
from bridge.worker.pool import Work
from models.registry import listings


class Core:
    """Says what a test wants to happen next."""

    def __init__(self):
        self.effects = []

    def greet(self, client):
        return []

    def handle(self, client, message, now_s):
        if message.op == "break":
            raise ZeroDivisionError
        return self.effects

    def heard(self, job, frame, now_s):
        raise ZeroDivisionError

    def stumbled(self, job, error, now_s):
        return [Deliver("a", Event("failed", 1, {"job": job, "code": error.code}))]


class Pool:
    def __init__(self, report):
        self.report = report
        self.started = []

    async def run(self, lane, job, work):
        self.started.append(job)

    async def warm(self, lane, python=""):
        return self

    def load(self, place, device):
        self.started.append(place)


def scene(act):
    """Run `act(switchboard, core, told)` in a loop; gives the pool."""

    async def main():
        core, told = Core(), []
        switchboard = Switchboard(core, Pool, lambda: 0.0, logging.getLogger("test"))
        switchboard.attach("a", told.append)
        act(switchboard, core, told)
        await asyncio.sleep(0)
        return switchboard.pool

    return asyncio.run(main())


def test_the_engine_that_continues_is_loaded_before_anybody_asks():
    core = Core()
    core.engines = listings()
    switchboard = Switchboard(core, Pool, lambda: 0.0, logging.getLogger("test"))
    asyncio.run(switchboard.warm_up())
    (place,) = switchboard.pool.started
    assert place == next(e.place for e in core.engines if "continue" in e.info.commands)


def test_a_fault_in_the_core_is_told():
    def act(switchboard, core, told):
        switchboard.receive("a", Message("break", 7))
        assert [(e.name, e.id, e.fields["code"]) for e in told] == [("error", 7, "internal")]

    scene(act)


def test_a_fault_over_a_workers_frame_fails_its_job():
    def act(switchboard, core, told):
        switchboard.pool.report("j1", {"type": "progress"})
        assert [(e.fields["job"], e.fields["code"]) for e in told] == [("j1", "internal")]

    scene(act)


def test_a_core_that_stumbles_twice_does_not_end_the_reading_of_frames():
    def act(switchboard, core, told):
        core.stumbled = core.heard
        switchboard.pool.report("j1", {"type": "progress"})
        assert told == []

    scene(act)


def test_a_door_that_fails_does_not_keep_the_next_job_from_starting():
    def refuse(_event):
        raise OSError

    def act(switchboard, core, told):
        switchboard.attach("broken", refuse)
        core.effects = [
            Deliver("broken", Event("done", 1)),
            Deliver("a", Event("pong", 2)),
            Start("j2", "lane", Work("x:X", {})),
        ]
        switchboard.receive("a", Message("ping", 2))
        assert [event.name for event in told] == ["pong"]

    assert scene(act).started == ["j2"]
