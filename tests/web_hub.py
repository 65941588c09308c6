# SPDX-License-Identifier: Apache-2.0
"""A small hub for tests of the web door: it answers like the daemon, step by step on request."""

import asyncio
from contextlib import asynccontextmanager

from bridge.core.commands import COMMANDS
from bridge.core.messages import Event, Message, error_event
from bridge.doors.web import WebDoor
from bridge.errors import QueueFull, UnknownJob, UnknownTake
from models.clip import Clip, Note
from models.wire import clip_to_data

SOURCE = Clip((Note(60, 0.0, 1.0), Note(64, 1.5, 0.5, velocity=80.5)), 4.0, name="verse")
ANSWER = Clip((Note(62, 0.0, 0.5, origin="new"), Note(67, 2.0, 1.0, origin="new")), 4.0)


def clip():
    return clip_to_data(SOURCE)


class FakeHub:
    """Jobs stay open until the test ends them; `quick` makes them end at once."""

    def __init__(self, *, quick=True):
        self.quick = quick
        self.clients = {}
        self.jobs = {}  # name -> (client, message)
        self.ended = {}
        self.outcomes = {}
        self.messages = []
        self.refused = []
        self.detached = []
        self.heard = asyncio.Event()

    def attach(self, client, deliver):
        self.clients[client] = deliver
        jobs = [
            {"job": job, "state": "running"} for job, (c, _) in self.jobs.items() if c == client
        ]
        if jobs:
            deliver(Event("job_list", 0, {"jobs": jobs}))

    def detach(self, client):
        del self.clients[client]
        self.detached.append(client)
        self.heard.set()

    def refuse(self, client, request_id, error):
        self.refused.append((client, error.code))
        if client in self.clients:
            self.clients[client](error_event(request_id, error))

    def receive(self, client, message: Message):
        self.messages.append((client, message))
        self.heard.set()
        command = COMMANDS.get(message.op)
        if command and command.kind == "job":
            self._start(client, message)
        else:
            getattr(self, f"_{message.op}")(client, message)

    async def until(self, condition):
        """Wait until a message or a detach makes the condition true."""

        async def wait():
            while not condition():
                self.heard.clear()
                await self.heard.wait()

        await asyncio.wait_for(wait(), 5)

    def tell(self, job, name, **fields):
        client, message = self.jobs[job]
        if client in self.clients:
            self.clients[client](Event(name, message.id, {"job": job, **fields}))

    def end(self, job, name="done", **fields):
        if name == "done":
            take = {"take": "t1", "parts": [clip_to_data(ANSWER)]}
            fields = {"takes": [take], "seed": 1, "engine": "fake", "degraded": [], "stats": {}}
        self.ended[job] = name
        self.outcomes[job] = fields
        self.tell(job, name, **fields)

    def _start(self, client, message):
        if message.body.get("engine") == "full":
            self._reply(client, error_event(message.id, QueueFull("8 jobs are waiting already.")))
            return
        job = f"j{len(self.jobs) + 1}"
        self.jobs[job] = (client, message)
        self.tell(job, "accepted", position=0, seed=1, engine="fake")
        if self.quick:
            self.tell(job, "progress", fraction=0.5, stage="generating", notes=1)
            self.end(job)

    def _reply(self, client, event):
        if client in self.clients:
            self.clients[client](event)

    def _hello(self, client, message):
        engine = {"name": "fake", "doc": "For tests.", "commands": ["continue"], "available": True}
        absent = {**engine, "name": "big", "available": False, "install": "pip install big"}
        absent["reason"] = "big needs torch, which is not installed."
        fields = {"protocol": 1, "version": "0", "engines": [engine, absent], "notice": ""}
        self._reply(client, Event("welcome", message.id, fields))

    def _ping(self, client, message):
        self._reply(client, Event("pong", message.id, {"version": "0", "uptime_s": 1.0}))

    def _cancel(self, client, message):
        job = message.body["job"]
        if self.jobs.get(job, ("",))[0] != client:
            self._reply(client, error_event(message.id, UnknownJob("You have no such job.")))
            return
        if job not in self.ended:
            self.end(job, "cancelled")
        self._jobs(client, message)

    def _jobs(self, client, message):
        own = [{"job": job} for job, (owner, _) in self.jobs.items() if owner == client]
        self._reply(client, Event("job_list", message.id, {"jobs": own}))

    def _job(self, client, message):
        job = message.body["job"]
        data = {"job": job, "state": self.ended.get(job, "running")}
        data["outcome"] = self.outcomes.get(job, {})
        self._reply(client, Event("job_list", message.id, {"jobs": [data]}))

    def _takes(self, client, message):
        self._reply(client, Event("take_list", message.id, {"takes": [], **message.body}))

    def _take(self, client, message):
        if message.body["take"] != "t1":
            self._reply(client, error_event(message.id, UnknownTake("There is no such take.")))
            return
        take = {"take": "t1", "request": {"clips": [clip()]}, "parts": [clip_to_data(ANSWER)]}
        self._reply(client, Event("take_whole", message.id, {"take": take}))


@asynccontextmanager
async def serving(hub, *, token="", **options):
    """A door on a free port."""
    door = WebDoor("127.0.0.1", 0, token, **options)
    await door.start(hub)
    try:
        yield door
    finally:
        await door.stop()
