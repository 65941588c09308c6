# SPDX-License-Identifier: Apache-2.0
"""The WebSocket through a real server and a real client."""

import asyncio
import json
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_hub import FakeHub, clip, serving
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bridge.core.messages import Event
from bridge.doors.web.outbox import Outbox


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 20))


def address(door, query=""):
    return f"ws://127.0.0.1:{door.port}/v1/socket{query}"


async def send(ws, **message):
    await ws.send(json.dumps(message))


async def hear(ws):
    return json.loads(await asyncio.wait_for(ws.recv(), 5))


def test_hello_and_a_job():
    async def scenario():
        async with serving(FakeHub()) as door, connect(address(door)) as ws:
            await send(ws, op="hello", id=1)
            assert (await hear(ws))["event"] == "welcome"
            await send(ws, op="continue", id="two", clip=clip())
            events = [await hear(ws) for _ in range(3)]
            assert [event["event"] for event in events] == ["accepted", "progress", "done"]
            assert {event["id"] for event in events} == {"two"}

    run(scenario())


@pytest.mark.parametrize(
    ("frame", "request_id"),
    [
        ("{", 0),
        ("[]", 0),
        ('{"id": 3}', 3),
        ('{"op": 5, "id": "x"}', "x"),
        ('{"op": "ping", "id": true}', 0),
        ('{"op": "ping", "id": NaN}', 0),
        (b"\x00\x01", 0),
        ("[" * 100_000, 0),
    ],
)
def test_broken_messages_are_answered_and_the_socket_lives_on(frame, request_id):
    async def scenario():
        hub = FakeHub()
        async with serving(hub) as door, connect(address(door)) as ws:
            await ws.send(frame)
            error = await hear(ws)
            assert (error["event"], error["code"], error["id"]) == (
                "error",
                "bad_message",
                request_id,
            )
            await send(ws, op="ping", id=1)
            assert (await hear(ws))["event"] == "pong"
        assert [code for _, code in hub.refused] == ["bad_message"]

    run(scenario())


def test_a_reconnect_gets_the_jobs_and_their_end():
    async def scenario():
        hub = FakeHub(quick=False)
        async with serving(hub) as door:
            async with connect(address(door, "?client=live")) as ws:
                await send(ws, op="continue", id=1, clip=clip())
                assert (await hear(ws))["event"] == "accepted"
            await hub.until(lambda: hub.detached == ["web:live"])
            async with connect(address(door, "?client=live")) as ws:
                snapshot = await hear(ws)
                assert snapshot["jobs"][0]["job"] == "j1"
                hub.end("j1")
                assert (await hear(ws))["event"] == "done"

    run(scenario())


def test_unnamed_sockets_are_different_clients():
    async def scenario():
        hub = FakeHub()
        async with (
            serving(hub) as door,
            connect(address(door)) as one,
            connect(address(door)) as two,
        ):
            await send(one, op="continue", id=1, clip=clip())
            await send(two, op="jobs", id=1)
            assert (await hear(two))["jobs"] == []
            assert len(hub.clients) == 2

    run(scenario())


def test_a_newer_socket_of_the_same_name_takes_over():
    async def scenario():
        hub = FakeHub()
        async with serving(hub) as door:
            old = await connect(address(door, "?client=live"))
            await send(old, op="ping", id=1)
            await hear(old)
            async with connect(address(door, "?client=live")) as new:
                with pytest.raises(ConnectionClosed) as closed:
                    await hear(old)
                assert closed.value.rcvd.code == 4001
                await send(new, op="ping", id=1)
                assert (await hear(new))["event"] == "pong"

    run(scenario())


def test_http_and_socket_of_one_name_are_one_client():
    async def scenario():
        hub = FakeHub(quick=False)
        async with serving(hub) as door, connect(address(door, "?client=live")) as ws:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            body = json.dumps({"id": 9, "clip": clip()}).encode()
            head = "POST /v1/continue?client=live HTTP/1.1\r\nHost: localhost\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert (await hear(ws))["event"] == "accepted"
            hub.end("j1")
            assert (await hear(ws))["event"] == "done"
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            writer.close()
            await send(ws, op="ping", id=1)
            assert (await hear(ws))["event"] == "pong"

    run(scenario())


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({"Origin": "http://evil.example"}, "", 403),
        ({"Origin": "null"}, "", 403),
        ({"Host": "evil.example"}, "", 403),
        ({}, "?client=a/b", 400),
    ],
)
def test_refused_handshakes(headers, query, status):
    async def scenario():
        hub = FakeHub()
        async with serving(hub) as door:
            options = {"additional_headers": headers}
            if "Host" in headers:
                url = f"ws://evil.example:{door.port}/v1/socket"
                sock = socket.create_connection(("127.0.0.1", door.port))
                options = {"sock": sock}
            else:
                url = address(door, query)
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, **options)
            assert refused.value.response.status_code == status
            assert json.loads(refused.value.response.body)["event"] == "error"
        assert len(hub.refused) == 1

    run(scenario())


def test_a_token_in_the_address(monkeypatch):
    monkeypatch.setattr("bridge.doors.web.guard.is_loopback", lambda address: False)

    async def scenario():
        async with serving(FakeHub(), token="s+cret") as door:
            with pytest.raises(InvalidStatus) as refused:
                await connect(address(door))
            assert refused.value.response.status_code == 401
            async with connect(address(door, "?token=s%2Bcret")) as ws:
                await send(ws, op="ping", id=1)
                assert (await hear(ws))["event"] == "pong"

    run(scenario())


def test_a_message_over_the_limit_closes():
    async def scenario():
        async with serving(FakeHub(), max_bytes=1000) as door, connect(address(door)) as ws:
            await ws.send("x" * 1001)
            with pytest.raises(ConnectionClosed) as closed:
                await hear(ws)
            assert closed.value.rcvd.code == 1009

    run(scenario())


def test_stopping_says_going_away():
    async def scenario():
        async with serving(FakeHub()) as door:
            ws = await connect(address(door))
            await send(ws, op="ping", id=1)
            await hear(ws)
            _, code = await asyncio.gather(door.stop(), closed_with(ws))
            assert code == 1001

    run(scenario())


def test_stopping_does_not_wait_for_a_peer_that_is_gone():
    async def scenario():
        hub = FakeHub()
        async with serving(hub) as door:
            _, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(
                b"GET /v1/socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            await hub_attached(hub)
            await asyncio.wait_for(door.stop(), 5)
            writer.close()

    run(scenario())


async def hub_attached(hub):
    while not hub.clients:
        await asyncio.sleep(0.005)


async def closed_with(ws):
    """The close code, after everything that was said before."""
    try:
        while True:
            await hear(ws)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def test_a_slow_reader_is_told_to_come_back():
    """It reads nothing while far more is said than the system's buffers hold."""

    async def scenario():
        hub = FakeHub(quick=False)
        async with serving(hub) as door:
            # A closed queue makes the client stop reading from its connection.
            ws = await connect(address(door, "?client=slow"), max_queue=1, max_size=None)
            await send(ws, op="continue", id=1, clip=clip())
            await hub.until(lambda: hub.jobs)
            for index in range(3000):
                hub.tell("j1", "partial", index=index, notes="x" * 20_000)
                if index % 100 == 0:
                    await asyncio.sleep(0)
            await hub.until(lambda: hub.detached)
            assert await closed_with(ws) == 1013
            async with connect(address(door, "?client=slow")) as again:
                assert (await hear(again))["jobs"] == [{"job": "j1", "state": "running"}]
                await send(again, op="ping", id=2)
                assert (await hear(again))["event"] == "pong"

    run(scenario())


def progress(job, fraction):
    return Event("progress", 1, {"job": job, "fraction": fraction})


def drain(outbox):
    async def read():
        outbox.close()
        found = []
        while item := await outbox.get():
            found.append(json.loads(item.text))
        return found

    return asyncio.run(read())


def test_waiting_progress_is_replaced_and_nothing_else():
    outbox = Outbox()
    for event in (
        Event("accepted", 1, {"job": "j1"}),
        progress("j1", 0.1),
        progress("j2", 0.1),
        progress("j1", 0.2),
        Event("partial", 1, {"job": "j1"}),
        progress("j1", 0.9),
        Event("done", 1, {"job": "j1"}),
    ):
        outbox.put(event)
    told = [(e["event"], e.get("job"), e.get("fraction")) for e in drain(outbox)]
    assert told == [
        ("accepted", "j1", None),
        ("progress", "j2", 0.1),
        ("partial", "j1", None),
        ("progress", "j1", 0.9),
        ("done", "j1", None),
    ]


@given(st.lists(st.sampled_from(["progress", "partial", "done"]), max_size=60))
def test_an_outbox_is_bounded_and_loses_no_end_in_silence(names):
    outbox = Outbox(max_events=10, max_chars=2000)
    for index, name in enumerate(names):
        outbox.put(Event(name, index, {"job": f"j{index % 3}", "notes": "x" * 50}))
    told = [event["event"] for event in drain(outbox)]
    assert len(told) <= 10
    if not outbox.overflowed:
        assert told.count("done") == names.count("done")
        assert told.count("partial") == names.count("partial")


def test_one_event_over_the_limit_still_arrives():
    outbox = Outbox(max_chars=100)
    outbox.put(Event("done", 1, {"takes": "x" * 1000}))
    assert [event["event"] for event in drain(outbox)] == ["done"]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(max_size=60) | st.binary(max_size=60), max_size=20))
def test_no_frame_ends_the_socket(frames):
    async def scenario():
        async with serving(FakeHub()) as door, connect(address(door)) as ws:
            for frame in frames:
                await ws.send(frame)
                assert (await hear(ws))["event"] == "error"

    run(scenario())
