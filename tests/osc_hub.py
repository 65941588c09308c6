# SPDX-License-Identifier: Apache-2.0
"""A small hub for tests of the OSC door: it answers like the daemon, and gives a clip back."""

from collections import deque

from bridge.core.commands import COMMANDS
from bridge.core.messages import Event, error_event
from models.engine import Partial
from models.errors import NextbarError
from models.param import coerce_all
from models.wire import clip_from_data, clip_to_data, event_to_data


class EchoHub:
    """Every job ends at once; its takes are the clips it was given."""

    def __init__(self):
        self.clients = {}
        self.messages = deque(maxlen=8)
        self.refused = []
        self.detached = []
        self.jobs = 0
        self.hold = False  # leave jobs open

    def attach(self, client, deliver):
        known = client in self.clients
        self.clients[client] = deliver
        if known and self.jobs:
            deliver(Event("job_list", 0, {"jobs": []}))

    def detach(self, client):
        del self.clients[client]
        self.detached.append(client)

    def refuse(self, client, request_id, error):
        self.refused.append((client, error.code))
        if client in self.clients:
            self.clients[client](error_event(request_id, error))

    def receive(self, client, message):
        self.messages.append((client, message))
        deliver = self.clients[client]
        try:
            self._answer(deliver, message)
        except NextbarError as error:
            deliver(error_event(message.id, error))

    def _answer(self, deliver, message):
        command = COMMANDS[message.op]
        if command.kind == "job":
            self._run(deliver, message)
        elif message.op == "hello":
            coerce_all(command.params, message.body)
            deliver(Event("welcome", message.id, WELCOME))
        else:
            coerce_all(command.params, message.body)
            deliver(Event("pong", message.id, {"version": "0", "uptime_s": 1.5}))

    def _run(self, deliver, message):
        clips = [clip_from_data(c) for c in message.body.get("clips", [message.body.get("clip")])]
        self.jobs += 1
        job = f"j{self.jobs}"

        def tell(name, **fields):
            deliver(Event(name, message.id, {"job": job, **fields}))

        tell("accepted", position=0, seed=7, engine="echo")
        if self.hold:
            return
        tell("progress", fraction=0.5, stage="generating", notes=1, seconds=0.0)
        notes = clips[0].notes
        partial = event_to_data(Partial(0, 0, 1, 0.0, clips[0].length_beats, notes))
        del partial["type"]
        tell("partial", **partial)
        takes = [{"take": f"t{i}", "parts": [clip_to_data(c)]} for i, c in enumerate(clips)]
        done = {"seed": 7, "engine": "echo", "degraded": [], "stats": {"load_ms": 1.5}}
        tell("done", takes=takes, **done)


ENGINE = {"name": "echo", "doc": "Repeats.", "commands": ["continue"], "available": True}
ABSENT = {**ENGINE, "name": "big", "available": False, "reason": "No torch.", "install": "pip x"}
WELCOME = {
    "protocol": 1,
    "version": "0",
    "ports": {"osc_port": 9311, "http_port": 9312},
    "token": "",
    "engines": [ENGINE, ABSENT],
    "notice": "",
}
