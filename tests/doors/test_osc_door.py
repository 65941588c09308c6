# SPDX-License-Identifier: Apache-2.0
"""The OSC door on a real socket, with the packed client, a bad network and hostile bytes."""

import asyncio
import random
import socket
import struct
import tracemalloc

import pytest
from lossy import Faults, LossyProxy
from osc_door import running
from osc_hub import EchoHub
from pythonosc.udp_client import SimpleUDPClient

from bridge.client import OscClient, Unreachable
from bridge.doors.osc import OscDoor
from bridge.doors.osc.packets import decode, encode
from bridge.errors import PortTaken
from models.clip import Clip, Note
from models.wire import clip_from_data, clip_to_data

LIMIT_S = 60


@pytest.fixture
def daemon():
    with running() as daemon:
        yield daemon


@pytest.fixture
def udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 2**20)
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield sock


def played(count, seed=1):
    """Notes as a player leaves them: no time is on a grid, no velocity whole."""
    rng = random.Random(seed)
    notes = (
        Note(
            rng.randrange(128), rng.uniform(-4, 900), rng.uniform(0.001, 4), rng.uniform(1, 127),
            rng.random() < 0.1, rng.random(), rng.uniform(-127, 127), rng.uniform(0, 127), i,
        )
        for i in range(count)
    )  # fmt: skip
    return Clip(tuple(notes), 900.0, name="played ♪")


def echoed(client, clip):
    events = list(client.request("continue", answer_within_s=LIMIT_S, clip=clip_to_data(clip)))
    assert [e["event"] for e in events] == ["accepted", "progress", "partial", "done"]
    return clip_from_data(events[-1]["takes"][0]["parts"][0])


def alive(daemon):
    with OscClient(port=daemon.port) as client:
        assert [e["event"] for e in client.request("ping")] == ["pong"]


@pytest.mark.parametrize("seed", range(2))
def test_5000_notes_survive_a_bad_network_in_both_directions(daemon, seed):
    clip = played(5000, seed)
    faults = Faults(loss=0.2, double=0.1, reorder=0.2)
    with LossyProxy(("127.0.0.1", daemon.port), faults, seed) as proxy:
        with OscClient(port=proxy.port, timeout_s=LIMIT_S) as client:
            assert echoed(client, clip) == clip
        assert proxy.sent > proxy.passed * 0.8


def test_many_requests_keep_their_order_on_a_bad_network(daemon):
    with (
        LossyProxy(("127.0.0.1", daemon.port), Faults(), 9) as proxy,
        OscClient(port=proxy.port, timeout_s=LIMIT_S) as client,
    ):
        ids = [client.send("ping") for _ in range(8)]
        events = client.events(within_s=LIMIT_S)
        assert [next(events)["id"] for _ in ids] == ids


def test_one_message_may_be_large(daemon):
    clip = played(20_000)
    with OscClient(port=daemon.port, timeout_s=LIMIT_S) as client:
        assert echoed(client, clip) == clip


def test_a_restarted_client_on_the_same_port_is_answered(daemon, udp):
    """As a device does that was loaded again: its receiving port stays."""
    for name in ("one", "two"):
        chunk = encode("/nextbar/chunk", name, 1, 0, 1, "eyJvcCI6InBpbmcifQ==")
        udp.sendto(chunk, ("127.0.0.1", daemon.port))
        seen = set()
        while "/nextbar/chunk" not in seen:
            seen |= {m.address for m in decode(udp.recv(65536))}
        assert "/nextbar/ack" in seen


def test_a_restarted_daemon_is_found_again():
    with running() as first:
        port = first.port
        client = OscClient(port=port, timeout_s=LIMIT_S)
        assert next(client.request("ping"))["event"] == "pong"
    with running(port), client:
        assert next(client.request("ping"))["event"] == "pong"


def test_a_daemon_restarted_amid_a_job_says_so():
    with running() as first:
        first.hub.hold = True
        port = first.port
        client = OscClient(port=port, timeout_s=LIMIT_S)
        events = client.request("continue", clip=clip_to_data(played(3)))
        assert next(events)["event"] == "accepted"
    with running(port), client:
        client.send("ping")
        with pytest.raises(Unreachable, match="restarted"):
            list(events)


def test_nobody_there_is_told_in_one_sentence(udp):
    port = udp.getsockname()[1]  # bound, but nobody answers
    with (
        OscClient(port=port, timeout_s=0.2) as client,
        pytest.raises(Unreachable, match="nextbar run"),
    ):
        list(client.request("ping"))


def test_silence_has_an_end(daemon):
    daemon.hub.hold = True
    with OscClient(port=daemon.port) as client:
        request = client.request("continue", answer_within_s=0.2, clip=clip_to_data(played(3)))
        assert next(request)["event"] == "accepted"
        with pytest.raises(Unreachable, match="nothing for"):
            next(request)


def test_a_taken_port_is_told_in_one_sentence(daemon):
    second = OscDoor("127.0.0.1", daemon.port)
    with pytest.raises(PortTaken, match=f"port {daemon.port}.*--osc-port"):
        asyncio.run(second.start(EchoHub()))


def test_listening_names_the_real_port(daemon):
    assert daemon.door.listening() == f"osc 127.0.0.1:{daemon.port}"
    assert daemon.port > 0


def test_an_independent_client_makes_the_plain_journey(daemon):
    client = SimpleUDPClient("127.0.0.1", daemon.port)
    try:
        client.send_message("/nextbar/clip/notes", ["A", 60, 0.0, 1.0, 100, False])
        client.send_message("/nextbar/continue", [5, "bars", 2])
        seen = {}
        while "/nextbar/done" not in seen:
            message = next(client.get_messages(5))
            seen[message.address] = message.params
        assert seen["/nextbar/notes"] == [5, 0, 0, 0, 1, 60, 0.0, 1.0, 100.0, 0]
    finally:
        client._sock.close()


def test_a_large_plain_answer_is_paced_and_whole(daemon, udp):
    notes = 5000
    target = ("127.0.0.1", daemon.port)
    for at in range(0, notes, 100):
        values = [v for i in range(at, at + 100) for v in (i % 128, i / 4, 0.25, 100.0, 0)]
        udp.sendto(encode("/nextbar/clip/notes", "A", *values), target)
        udp.recv(65536)
    udp.sendto(encode("/nextbar/continue", 1), target)
    counted, message = 0, None
    while message is None or message.address != "/nextbar/done":
        (message,) = decode(udp.recv(65536))
        if message.address == "/nextbar/notes":
            counted += (len(message.args) - 5) // 5
    assert counted == notes == message.args[3]


def hostile(rng):
    """Datagrams nobody should send, of every kind."""
    text = "x" * 60_000
    good = encode("/nextbar/clip/notes", "A", 60, 0.0, 1.0, 100.0, 0)
    yield rng.randbytes(rng.randrange(200))
    yield good[: rng.randrange(len(good))]
    broken = bytearray(good)
    broken[rng.randrange(len(broken))] = rng.randrange(256)
    yield bytes(broken)
    yield b"#bundle\0" + rng.randbytes(40)
    deep = b"/a\0\0"
    for _ in range(200):
        deep = b"#bundle\0" + bytes(8) + struct.pack(">i", len(deep)) + deep
    yield deep
    yield encode(text)
    yield encode("/nextbar/ping", text)
    yield encode("/nextbar/hello", 1, text, text[:1000])
    yield encode("/nextbar/clip/new", text, 4.0)
    yield encode("/nextbar/clip/set", "A", "name", text[:9000], "metre", "9" * 5000)
    yield encode("/nextbar/clip/set", "A", "scale", text[:100], float("nan"))
    yield encode("/nextbar/clip/notes", "A", *[text[:5]] * 500)
    yield encode("/nextbar/chunk", text, 1, 0, 1, "")
    yield encode("/nextbar/chunk", f"s{rng.random()}", 1, 0, 5000, "QUJD")
    yield encode("/nextbar/chunk", f"s{rng.random()}", 1, 0, 1, "W1tbW1tb")
    yield encode("/nextbar/ack", "s", -1, 2**31 - 1, *range(500))
    yield encode("/nextbar/restart", "s")
    tags = "".join(rng.choice("ifsSTFNIhdbtmrc[]x") for _ in range(rng.randrange(1, 40)))
    yield b"/nextbar/continue\0\0\0," + tags.encode() + bytes(4 - (len(tags) + 1) % 4)
    listed = b"/nextbar/clip/note\0\0,[ss]f\0\0a\0\0\0b\0\0\0\x7f\xc0\0\0"
    yield listed
    yield b"/nextbar/clip/notes\0,[i]ifff\0\0\0\0" + bytes(24)


def test_hostile_bytes_neither_close_the_door_nor_fill_it(daemon, udp, caplog):
    rng = random.Random(4)
    target = ("127.0.0.1", daemon.port)

    def flood(rounds):
        for _ in range(rounds):
            for datagram in hostile(rng):
                udp.sendto(datagram, target)
        alive(daemon)

    flood(20)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        flood(60)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2**20
    assert "fault" not in caplog.text


def test_stopping_says_what_was_left(udp):
    with running() as daemon:
        udp.sendto(encode("/nextbar/ping", 3), ("127.0.0.1", daemon.port))
        assert decode(udp.recv(65536))[0].address == "/nextbar/pong"
    assert daemon.hub.detached == [f"osc:127.0.0.1:{udp.getsockname()[1]}"]
