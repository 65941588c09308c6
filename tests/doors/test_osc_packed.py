# SPDX-License-Identifier: Apache-2.0
"""The packed form's two halves over a bad network, without sockets, on a clock of our own."""

import base64
import json
import random
from itertools import count, pairwise

import pytest
from lossy import Faults, Lossy

from bridge.doors.osc.frames import (
    CHUNK_BYTES,
    CHUNK_CHARACTERS,
    MAX_MISSING,
    Ack,
    Chunk,
    Restart,
    read_frame,
    read_json,
    split,
    write_json,
)
from bridge.doors.osc.packets import OscMessage, decode
from bridge.doors.osc.receiver import INCOMPLETE_S, Receiver
from bridge.doors.osc.sender import GIVE_UP_S, MAX_WAITING_MESSAGES, WINDOW_CHUNKS, Sender
from bridge.errors import BadMessage, TooLarge

STEP_S = 0.01


def sessions():
    numbers = count(1)
    return lambda: f"s{next(numbers)}"


class Link:
    """A sender and a receiver joined by two bad lines."""

    def __init__(self, faults, seed, receiver=None):
        rng = random.Random(seed)
        self.there, self.back = Lossy(faults, rng), Lossy(faults, rng)
        self.sender, self.receiver = Sender(sessions()), receiver or Receiver()
        self.now_s = 0.0
        self.got, self.errors = [], []
        self.datagrams = self.most_in_flight = 0

    def step(self):
        chunks = self.sender.due(self.now_s)
        self.most_in_flight = max(self.most_in_flight, len(self.sender._flights))
        wire = [raw for chunk in chunks for raw in self.there.pass_on(chunk.encode())]
        replies = []
        for raw in wire + self.there.flush():
            self.datagrams += 1
            heard = self.receiver.on_chunk(read_frame(decode(raw)[0]), self.now_s)
            self.got += [heard.raw] if heard.raw is not None else []
            self.errors += [heard.error] if heard.error else []
            replies += self.back.pass_on(heard.reply.encode()) if heard.reply else []
        for raw in replies + self.back.flush():
            reply = read_frame(decode(raw)[0])
            if isinstance(reply, Ack):
                self.sender.on_ack(reply, self.now_s)
            else:
                self.sender.on_restart(reply, self.now_s)
        self.now_s += STEP_S

    def run(self, until_s=120.0):
        while not self.sender.idle and self.now_s < until_s:
            self.step()
        return self.now_s


@pytest.mark.parametrize("seed", range(25))
def test_messages_arrive_once_and_in_order(seed):
    link = Link(Faults(loss=0.2, double=0.1, reorder=0.3), seed)
    rng = random.Random(seed)
    sent = [rng.randbytes(rng.choice([0, 1, 50, 3072, 3073, 40_000])) for _ in range(20)]
    for raw in sent:
        link.sender.push(raw, 0.0)
    link.run()
    assert link.got == sent
    assert link.sender.idle


@pytest.mark.parametrize("loss", [0.0, 0.2, 0.5])
def test_a_large_message_passes_in_bounded_time(loss):
    raw = random.Random(1).randbytes(400_000)
    link = Link(Faults(loss, 0.1, 0.3), 5)
    link.sender.push(raw, 0.0)
    assert link.run() < {0.0: 0.5, 0.2: 5.0, 0.5: 20.0}[loss]
    assert link.got == [raw]
    assert link.most_in_flight == WINDOW_CHUNKS


def test_a_quiet_line_needs_no_resending():
    link = Link(Faults(0, 0, 0), 0)
    link.sender.push(bytes(CHUNK_BYTES * 30), 0.0)
    link.run()
    assert link.datagrams == 30


def test_resends_back_off_and_end():
    sender = Sender(sessions())
    sender.push(b"x", 0.0)
    times, now_s = [], 0.0
    while not sender.given_up(now_s):
        times += [now_s] * len(sender.due(now_s))
        now_s += STEP_S
    gaps = [b - a for a, b in pairwise(times)]
    assert gaps[0] == pytest.approx(0.05, abs=STEP_S)
    assert gaps[-1] == pytest.approx(1.0, abs=STEP_S)
    assert len(times) < 40
    assert now_s > GIVE_UP_S


def test_an_acknowledgement_keeps_a_slow_session_alive():
    sender = Sender(sessions())
    sender.push(bytes(2 * CHUNK_BYTES), 0.0)
    sender.due(0.0)
    sender.on_ack(Ack(sender.session, 1, 1), GIVE_UP_S - 1)
    assert not sender.given_up(GIVE_UP_S + 1)
    assert sender.given_up(2 * GIVE_UP_S)


def test_stale_and_foreign_acknowledgements_change_nothing():
    sender = Sender(sessions())
    sender.push(b"x", 0.0)
    sender.due(0.0)
    for ack in (Ack("other", 1, 1), Ack("s1", 2, 1), Ack("s1", 0, 99), Ack("s1", 1, 1, (0,))):
        sender.on_ack(ack, 0.0)
        assert not sender.idle
    sender.on_ack(Ack("s1", 1, 1), 0.0)
    assert sender.idle


def test_what_waits_is_bounded():
    sender = Sender(sessions())
    with pytest.raises(TooLarge):
        sender.push(bytes(17 * 2**20), 0.0)
    for _ in range(MAX_WAITING_MESSAGES):
        sender.push(b"", 0.0)
    with pytest.raises(TooLarge):
        sender.push(b"", 0.0)


def test_a_restarted_receiver_gets_what_was_not_acknowledged():
    link = Link(Faults(0.1, 0.1, 0.1), 3)
    link.sender.push(b"one", 0.0)
    link.run()
    link.receiver = Receiver()
    link.sender.push(b"two", link.now_s)
    link.sender.push(b"three", link.now_s)
    link.run()
    assert link.got == [b"one", b"two", b"three"]
    assert link.sender.session == "s2"


def test_a_receiver_restarted_amid_a_message_gets_all_of_it():
    link = Link(Faults(0, 0, 0), 3)
    raw = bytes(CHUNK_BYTES * 40)
    link.sender.push(b"one", 0.0)
    link.sender.push(raw, 0.0)
    link.step()
    link.step()
    link.receiver = Receiver()
    link.run()
    assert link.got == [b"one", raw]


def test_a_restarted_sender_begins_anew_and_stragglers_are_ignored():
    receiver = Receiver()
    assert receiver.on_chunk(Chunk("old", 1, 0, 1, b"a"), 0.0).began
    receiver.on_chunk(Chunk("old", 2, 0, 2, b"half"), 0.0)
    heard = receiver.on_chunk(Chunk("new", 1, 0, 1, b"b"), 0.0)
    assert (heard.raw, heard.began) == (b"b", True)
    straggler = receiver.on_chunk(Chunk("old", 1, 0, 1, b"a"), 0.0)
    assert (straggler.raw, straggler.reply) == (None, None)
    assert receiver.on_chunk(Chunk("new", 2, 0, 1, b"c"), 0.0).raw == b"c"


def test_unknown_sessions_are_told_to_restart():
    receiver = Receiver()
    assert receiver.on_chunk(Chunk("x", 5, 0, 1, b""), 0.0).reply == Restart("x")


def test_a_message_too_large_is_refused_once_and_the_next_one_passes():
    link = Link(Faults(0.2, 0.1, 0.1), 1, Receiver(max_bytes=10 * CHUNK_BYTES))
    for raw in (bytes(20 * CHUNK_BYTES), b"next"):
        link.sender.push(raw, 0.0)
    link.run()
    assert link.got == [b"next"]
    assert [error.code for error in link.errors] == ["too_large"]
    assert link.receiver.held_bytes == 0


def test_an_unfinished_message_is_given_up_and_the_next_one_passes():
    receiver = Receiver()
    receiver.on_chunk(Chunk("s", 1, 1, 3, b"x"), 0.0)
    assert receiver.expire(INCOMPLETE_S) is None
    error = receiver.expire(INCOMPLETE_S + 1)
    assert error is not None
    assert "1 of 3 chunks" in error.message
    assert receiver.held_bytes == 0
    assert receiver.on_chunk(Chunk("s", 1, 0, 3, b"x"), 99.0).reply == Ack("s", 1, 3)
    assert receiver.on_chunk(Chunk("s", 2, 0, 1, b"y"), 99.0).raw == b"y"


def test_counts_must_agree():
    receiver = Receiver()
    receiver.on_chunk(Chunk("s", 1, 0, 3, b"x"), 0.0)
    assert receiver.on_chunk(Chunk("s", 1, 1, 4, b"x"), 0.0).error.code == "bad_message"


def test_an_acknowledgement_never_claims_what_is_missing():
    receiver = Receiver()
    arrived = set()
    order = list(range(0, 400, 2)) + list(range(1, 400, 2))
    random.Random(2).shuffle(order)
    for index in order[:-1]:
        arrived.add(index)
        ack = receiver.on_chunk(Chunk("s", 1, index, 400, b"."), 0.0).reply
        assert len(ack.missing) <= MAX_MISSING
        assert set(range(ack.next)) - set(ack.missing) <= arrived
        assert not set(ack.missing) & arrived
    assert receiver.on_chunk(Chunk("s", 1, order[-1], 400, b"."), 0.0).reply == Ack("s", 1, 400)


def test_chunks_keep_to_their_size():
    chunks = split("s" * 16, 1, random.Random(1).randbytes(100_000), reply_port=65535)
    assert max(len(chunk.encode()) for chunk in chunks) < CHUNK_CHARACTERS + 100
    assert {read_frame(decode(c.encode())[0]) for c in chunks} == set(chunks)
    assert [c.index for c in chunks] == list(range(len(chunks)))


@pytest.mark.parametrize(
    "args",
    [
        (),
        (1, 1, 0, 1, ""),
        ("", 1, 0, 1, ""),
        ("x" * 65, 1, 0, 1, ""),
        ("s", 1, 0, 1),
        ("s", 0, 0, 1, ""),
        ("s", 1, 1, 1, ""),
        ("s", 1, -1, 1, ""),
        ("s", 1, 0.5, 1, ""),
        ("s", 1, float("nan"), 1, ""),
        ("s", 1, float("inf"), 1, ""),
        ("s", 1, True, 2, ""),
        ("s", 1, 0, 1, "not base64!"),
        ("s", 1, 0, 1, "abc"),
        ("s", 1, 0, 1, "A" * 4100),
        ("s", 1, 0, 1, "", 70_000),
        ("s", 1, 0, 1, "", "port"),
        ("s", 1, 0, 1, [1]),
    ],
)
def test_malformed_chunks_are_named_so(args):
    with pytest.raises(BadMessage):
        read_frame(OscMessage("/nextbar/chunk", args))


def test_acks_and_floats_for_whole_numbers():
    assert read_frame(OscMessage("/nextbar/ack", ("s", 1.0, 2.0, 0.0))) == Ack("s", 1, 2, (0,))
    with pytest.raises(BadMessage):
        read_frame(OscMessage("/nextbar/ack", ("s", 1)))


STRANGE = [b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": "\\ud83c"}']


@pytest.mark.parametrize("raw", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000, b"null", *STRANGE])
def test_what_is_not_a_json_object_is_named_so(raw):
    with pytest.raises(BadMessage):
        read_json(raw)


def test_json_goes_out_in_ascii_and_keeps_doubles():
    data = {"name": "Café ♪", "start_beats": 1 / 3}
    raw = write_json(data)
    assert raw.isascii()
    assert json.loads(base64.b64decode(base64.b64encode(raw))) == data
