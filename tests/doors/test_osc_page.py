# SPDX-License-Identifier: Apache-2.0
"""The page on OSC is enough to write a client: its own JavaScript talks to the daemon's door."""

import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lossy import Faults, LossyProxy
from osc_door import running

from bridge.core.commands import COMMANDS
from bridge.core.events import EVENTS
from bridge.doors.osc.plain import CLIP_VERBS
from models.clip import Clip, Note
from models.wire import clip_from_data, clip_to_data

PAGE = Path(__file__).parents[2] / "docs" / "osc.md"
LIMIT_S = 60
IN_CI = bool(os.environ.get("CI"))

# What Max gives a device: UDP with OSC round it, base64, a clock and a task.
HARNESS = r"""
const dgram = require("dgram"), fs = require("fs");
const [port, request] = process.argv.slice(2);
const socket = dgram.createSocket("udp4");
const replyPort = 0;
const now = () => Date.now();
const newName = () => Math.random().toString(36).slice(2);
const base64 = (text) => Buffer.from(text, "latin1").toString("base64");
const unbase64 = (text) => Buffer.from(text, "base64").toString("latin1");
const pad = (b) => Buffer.concat([b, Buffer.alloc(4 - (b.length % 4))]);

function out(address, ...args) {
    const tags = "," + args.map((a) => (typeof a === "number" ? "i" : "s")).join("");
    const body = args.map((a) => {
        if (typeof a !== "number") return pad(Buffer.from(a));
        const raw = Buffer.alloc(4);
        raw.writeInt32BE(a);
        return raw;
    });
    const packet = Buffer.concat([pad(Buffer.from(address)), pad(Buffer.from(tags)), ...body]);
    socket.send(packet, Number(port), "127.0.0.1");
}

function received(event) {
    process.stdout.write(JSON.stringify(event) + "\n", () => {
        if (event.event === "done") process.exit(0);
    });
}

socket.on("message", (data) => {
    let at = 0;
    const text = () => {
        const end = data.indexOf(0, at), found = data.toString("latin1", at, end);
        at = (Math.floor(end / 4) + 1) * 4;
        return found;
    };
    const address = text(), tags = text().slice(1);
    const args = [...tags].map((tag) => {
        if (tag === "s") return text();
        at += 4;
        return data.readInt32BE(at - 4);
    });
    const hears = { chunk: chunk, ack: ack, restart: restart };
    hears[address.replace("/nextbar/", "")](...args);
});
socket.bind(0, "127.0.0.1", () => {
    setInterval(pump, 10);
    send(fs.readFileSync(request, "latin1"));
});
"""


def test_the_javascript_of_the_page_carries_5000_notes_through_a_bad_network(tmp_path):
    node = shutil.which("node")
    if not node:
        if IN_CI:
            pytest.fail("node is not installed")
        pytest.skip("node is not installed")
    (code,) = re.findall(r"```js\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    (tmp_path / "client.js").write_text(HARNESS + code)
    rng = random.Random(1)
    notes = (
        Note(rng.randrange(128), rng.uniform(0, 900), rng.random() + 0.01) for _ in range(5000)
    )
    clip = Clip(tuple(notes), 900.0, name="Café")
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"op": "continue", "id": 3, "clip": clip_to_data(clip)}))
    with running() as daemon, LossyProxy(("127.0.0.1", daemon.port), Faults(), 3) as proxy:
        finished = subprocess.run(
            [node, str(tmp_path / "client.js"), str(proxy.port), str(request)],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert finished.stderr == ""
    events = [json.loads(line) for line in finished.stdout.splitlines()]
    assert [e["event"] for e in events] == ["accepted", "progress", "partial", "done"]
    assert clip_from_data(events[-1]["takes"][0]["parts"][0]) == clip


def test_the_page_names_every_event_and_clip_message():
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"`/nextbar/{name}`" in text for name in EVENTS)
    assert all(f"`/nextbar/clip/{verb}`" in text for verb in CLIP_VERBS)


def test_the_page_names_no_command_that_there_is_not():
    words = re.findall(r"/nextbar/([a-z_]+)(?= |`|')", PAGE.read_text(encoding="utf-8"))
    answers = {"clip", "chunk", "ack", "restart", "take", "part", "notes", "engine", "job"}
    answers |= {"file"}
    assert set(words) <= set(COMMANDS) | set(EVENTS) | answers | {"listed"}
