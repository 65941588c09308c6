# SPDX-License-Identifier: Apache-2.0
"""The packed form in JavaScript alone: when it sends again, and that each message comes once."""

import itertools
import json
import subprocess

from fake_live import ROOT, node

SOURCE = ROOT / "max_for_live" / "source" / "packed.js"

SCHEDULE = """
let now = 0;
const times = [];
const out = (address) => times.push(now);
const sender = new Sender({ out, now: () => now, newName: () => "d1", replyPort: 9 });
sender.push("{}");
for (now = 1; now < 6000; now++) sender.pump();
console.log(JSON.stringify(times));
"""

# Two ends, and between them packets that are lost, doubled and late; the receiver restarts in the
# middle of a message.
EXCHANGE = """
let now = 0, seed = 7, name = 0;
const roll = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const way = (arrive) => (...message) => {
  if (roll() < 0.25) return;
  for (let copies = roll() < 0.2 ? 2 : 1; copies > 0; copies--) {
    flying.push({ at: now + roll() * 60, message, arrive });
  }
};
let flying = [];
const got = [];
const back = way((address, ...atoms) => {
  if (address === "/nextbar/ack") sender.onAck(...atoms);
  else sender.onRestart(...atoms);
});
const fresh = () => new Receiver({ out: back, deliver: (text) => got.push(text.length) });
let receiver = fresh();
const there = way((address, ...atoms) => receiver.onChunk(...atoms));
const newName = () => "d" + (name += 1);
const sender = new Sender({ out: there, now: () => now, newName, replyPort: 9 });
const lengths = [1, 3072, 3073, 200000, 5, 90000, 1];
for (const length of lengths) sender.push("x".repeat(length));
for (now = 0; now < 60000 && !sender.idle; now += 5) {
  sender.pump();
  const due = flying.filter((one) => one.at <= now);
  flying = flying.filter((one) => one.at > now);
  for (const one of due) one.arrive(...one.message);
  if (got.length === 5 && receiver.parts.size === 4 && name === 1) receiver = fresh();
}
console.log(JSON.stringify({ got, lengths, idle: sender.idle, sessions: name, ms: now }));
"""

STRANGER = """
const said = [];
const out = (...message) => said.push(message);
const ours = (text) => text.startsWith("ours");
const got = [];
const deliver = (text) => (got.push(text), ours(text));
const receiver = new Receiver({ out, deliver });
const { encode } = require("BASE64");
receiver.onChunk("a", 1, 0, 1, encode("ours 1"));
receiver.onChunk("a", 2, 0, 2, encode("ours "));
receiver.onChunk("b", 1, 0, 1, encode("theirs"));
receiver.onChunk("b", 2, 0, 1, encode("theirs again"));
receiver.onChunk("a", 2, 1, 2, encode("2"));
receiver.onChunk("c", 1, 0, 1, encode("ours, from a daemon that was restarted"));
receiver.onChunk("a", 3, 0, 1, encode("ours, a straggler"));
console.log(JSON.stringify(got));
"""


def run(code):
    head = f"const {{ Sender, Receiver }} = require({json.dumps(str(SOURCE))});"
    code = head + code.replace("BASE64", str(SOURCE.with_name("base64.js")).replace("\\", "/"))
    done = subprocess.run([node(), "-e", code], text=True, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_a_piece_is_sent_again_as_the_specification_says():
    """After 50 ms, then 100, 200, 400, 800, then every second."""
    times = run(SCHEDULE)
    waits = [after - before for before, after in itertools.pairwise(times)]
    assert waits == [50, 100, 200, 400, 800, 1000, 1000, 1000, 1000]


def test_every_message_comes_once_and_in_order_through_a_bad_network_and_a_restart():
    seen = run(EXCHANGE)
    assert seen["idle"]
    assert seen["sessions"] == 2
    assert seen["got"] == seen["lengths"]
    assert seen["ms"] < 30_000


def test_a_strangers_session_is_left_and_our_own_goes_on_where_it_was():
    assert run(STRANGER) == [
        "ours 1",
        "theirs",
        "ours 2",
        "ours, from a daemon that was restarted",
    ]
