# SPDX-License-Identifier: Apache-2.0
"""HTTP through a real server on a free port."""

import asyncio
import json
import math
import re
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_hub import FakeHub, clip, serving

from bridge.core.commands import COMMANDS
from bridge.core.events import EVENTS, UNDER_WAY
from bridge.doors import web
from bridge.doors.web import WebDoor
from bridge.doors.web.codec import STATUS
from bridge.doors.web.openapi import describe
from bridge.errors import CODES, PortTaken
from models.clip import Clip
from models.wire import clip_to_data

MIB = 2**20


@asynccontextmanager
async def browsing(hub, **options):
    async with (
        serving(hub, **options) as door,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}") as client,
    ):
        client.door = door
        yield client


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 20))


async def raw(door, data):
    """Everything the server answers to these bytes, until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(data)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


def test_every_code_has_a_status():
    assert set(STATUS) == set(CODES)


def test_hello_health_and_queries():
    async def scenario():
        async with browsing(FakeHub()) as http:
            assert (await http.get("/health")).json()["status"] == "ok"
            welcome = await http.post("/v1/hello", json={"protocol": 1})
            assert welcome.status_code == 200
            assert welcome.json()["event"] == "welcome"
            takes = await http.get("/v1/takes?limit=5")
            assert takes.json()["limit"] == "5"
            assert (await http.get("/v1/ping")).json()["event"] == "pong"

    run(scenario())


def test_a_job_is_answered_with_its_last_event():
    async def scenario():
        async with browsing(FakeHub()) as http:
            answer = await http.post("/v1/continue", json={"id": 7, "clip": clip(), "bars": 4})
            assert answer.status_code == 200
            assert answer.json()["event"] == "done"
            assert answer.json()["id"] == 7
            assert answer.json()["takes"][0]["take"] == "t1"

    run(scenario())


def test_streaming_gives_every_event_on_a_line():
    async def scenario():
        hub = FakeHub(quick=False)
        async with browsing(hub) as http:
            headers = {"Accept": "application/x-ndjson"}
            async with http.stream(
                "POST", "/v1/continue", json={"clip": clip()}, headers=headers
            ) as answer:
                lines = answer.aiter_lines()
                assert json.loads(await anext(lines))["event"] == "accepted"
                hub.tell("j1", "progress", fraction=0.5, stage="generating", notes=0)
                assert json.loads(await anext(lines))["fraction"] == 0.5
                hub.end("j1")
                assert [json.loads(line)["event"] async for line in lines] == ["done"]

    run(scenario())


@pytest.mark.parametrize("stream", [False, True])
def test_hanging_up_cancels_the_job(stream):
    async def scenario():
        hub = FakeHub(quick=False)
        async with browsing(hub) as http:
            headers = {"Accept": "application/x-ndjson"} if stream else {}
            waiting = asyncio.ensure_future(
                http.post("/v1/continue", json={"clip": clip()}, headers=headers)
            )
            await hub.until(lambda: hub.jobs)
            waiting.cancel()
            await hub.until(lambda: hub.ended and hub.detached)
        assert hub.ended == {"j1": "cancelled"}

    run(scenario())


def test_a_job_can_be_cancelled_from_another_request():
    async def scenario():
        hub = FakeHub(quick=False)
        async with browsing(hub) as http:
            waiting = asyncio.ensure_future(http.post("/v1/continue", json={"clip": clip()}))
            await hub.until(lambda: hub.jobs)
            other = await http.post("/v1/cancel?client=other", json={"job": "j1"})
            assert (other.status_code, other.json()["code"]) == (404, "unknown_job")
            assert (await http.post("/v1/cancel", json={"job": "j1"})).status_code == 200
            answer = await waiting
            assert (answer.status_code, answer.json()["event"]) == (409, "cancelled")

    run(scenario())


def test_a_failure_has_the_status_of_its_code():
    async def scenario():
        hub = FakeHub(quick=False)
        async with browsing(hub) as http:
            waiting = asyncio.ensure_future(http.post("/v1/continue", json={"clip": clip()}))
            await hub.until(lambda: hub.jobs)
            hub.end("j1", "failed", code="out_of_memory", message="Ask for less.", where="")
            assert (await waiting).status_code == STATUS["out_of_memory"]
            full = await http.post("/v1/continue", json={"clip": clip(), "engine": "full"})
            assert full.status_code == 429
            assert full.headers["retry-after"] == "1"

    run(scenario())


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_message"),
        (b"[]", 400, "bad_message"),
        (b"\xff\xfe", 400, "bad_message"),
        (b'{"bars": NaN}', 400, "bad_message"),
        (b'{"bars": -Infinity}', 400, "bad_message"),
        (b'{"bars": 1e999}', 400, "bad_message"),
        (b"[" * 200_000, 400, "bad_message"),
        (b'{"seed": ' + b"9" * 10_000 + b"}", 400, "bad_message"),
        (b'{"name": "\\ud800"}', 400, "bad_message"),
        (b'{"op": "vary"}', 400, "bad_message"),
        (b'{"id": [1]}', 400, "bad_message"),
        (b" " * (MIB + 1), 413, "too_large"),
    ],
)
def test_malformed_bodies(body, status, code):
    async def scenario():
        hub = FakeHub()
        async with browsing(hub, max_bytes=MIB) as http:
            answer = await http.post("/v1/continue", content=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert [refused[1] for refused in hub.refused] == [code]
            assert (await http.get("/health")).status_code == 200
        assert not hub.messages

    run(scenario())


def test_whole_surrogate_pairs_are_text():
    async def scenario():
        hub = FakeHub()
        async with browsing(hub) as http:
            await http.post("/v1/continue", content=b'{"name": "\\ud83c\\udfb9"}')
        assert hub.messages[0][1].body == {"name": "🎹"}

    run(scenario())


@pytest.mark.parametrize(
    ("method", "path", "status", "hint"),
    [
        ("POST", "/v1/contineu", 404, "continue"),
        ("GET", "/v1/continue", 405, "POST"),
        ("GET", "/v1/forget?take=t1", 405, "POST"),
        ("PUT", "/v1/continue", 405, "POST"),
        ("GET", "/nowhere", 404, "/v1/openapi.json"),
        ("GET", "/page/../door.py", 404, "/v1"),
        ("GET", "/page/__init__.py", 404, "/v1"),
        ("GET", "/v1/jobs?client=a%20b", 400, "client"),
    ],
)
def test_unknown_paths_and_methods(method, path, status, hint):
    async def scenario():
        async with browsing(FakeHub()) as http:
            answer = await http.request(method, path)
            assert answer.status_code == status
            assert answer.json()["event"] == "error"
            assert hint in answer.json()["message"]

    run(scenario())


def test_too_large_is_said_before_the_body_is_read():
    async def scenario():
        async with serving(FakeHub(), max_bytes=1000) as door:
            head = b"POST /v1/continue HTTP/1.1\r\nHost: localhost\r\n"
            answer = await raw(door, head + b"Content-Length: 9999999999\r\n\r\n{")
            assert answer.startswith(b"HTTP/1.1 413")
            chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
            assert (await raw(door, head + chunks)).startswith(b"HTTP/1.1 413")

    run(scenario())


def test_a_named_client_keeps_its_jobs_over_requests():
    async def scenario():
        hub = FakeHub()
        async with browsing(hub) as http:
            await http.post("/v1/continue?client=me", json={"clip": clip()})
            assert (await http.get("/v1/jobs?client=me")).json()["jobs"] == [{"job": "j1"}]
            assert (await http.get("/v1/jobs")).json()["jobs"] == []
        assert hub.messages[0][0] == "web:me"

    run(scenario())


def test_requests_without_id_do_not_hear_each_other():
    async def scenario():
        hub = FakeHub(quick=False)
        async with browsing(hub) as http:
            both = [
                asyncio.ensure_future(http.post("/v1/continue", json={"clip": clip(), "id": 0}))
                for _ in range(2)
            ]
            await hub.until(lambda: len(hub.jobs) == 2)
            hub.end("j2")
            hub.end("j1", "failed", code="internal", message="", where="")
            assert sorted(answer.status_code for answer in await asyncio.gather(*both)) == [
                200,
                500,
            ]

    run(scenario())


def test_an_answer_that_is_no_json_becomes_a_coded_fault(caplog):
    async def scenario():
        hub = FakeHub(quick=False)
        async with browsing(hub) as http:
            waiting = asyncio.ensure_future(http.post("/v1/continue", json={"clip": clip()}))
            await hub.until(lambda: hub.jobs)
            hub.tell("j1", "failed", code=math.nan, message="", where="")
            answer = await waiting
            assert (answer.status_code, answer.json()["code"]) == (500, "internal")

    run(scenario())
    assert "can't be written" in caplog.text


def test_stopping_answers_whoever_waits():
    async def scenario():
        hub = FakeHub(quick=False)
        async with browsing(hub) as http:
            waiting = asyncio.ensure_future(http.post("/v1/continue", json={"clip": clip()}))
            await hub.until(lambda: hub.jobs)
            await http.door.stop()
            assert (await waiting).json()["message"].startswith("nextbar is stopping")
            with pytest.raises(httpx.ConnectError):
                await http.get("/health")

    run(scenario())


def test_a_taken_port_is_said():
    async def scenario():
        async with serving(FakeHub()) as door:
            second = WebDoor("127.0.0.1", door.port)
            with pytest.raises(PortTaken, match=f"Port {door.port} of 127.0.0.1"):
                await second.start(FakeHub())
            await second.stop()

    run(scenario())


def test_a_port_can_be_had_again_at_once():
    async def scenario():
        async with browsing(FakeHub()) as http:
            await http.get("/health")
            port = http.door.port
        again = WebDoor("127.0.0.1", port)
        await again.start(FakeHub())
        assert again.listening() == f"web http://127.0.0.1:{port}"
        await again.stop()

    run(scenario())


def test_openapi_has_every_field_of_a_clip():
    described = describe()["components"]["schemas"]["Clip"]["properties"]
    assert set(described) == set(clip_to_data(Clip((), 4.0)))


def test_openapi_has_every_command_and_resolves():
    async def scenario():
        async with browsing(FakeHub()) as http:
            return (await http.get("/v1/openapi.json")).json()

    api = asyncio.run(scenario())
    assert api["openapi"] == "3.1.0"
    for name, command in COMMANDS.items():
        path = api["paths"][f"/v1/{name}"]
        assert ("get" in path) == (not command.mutates)
        schema = path["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert {param.name for param in command.params} <= set(schema["properties"])
    bars = api["paths"]["/v1/continue"]["post"]["requestBody"]["content"]["application/json"]
    assert bars["schema"]["properties"]["bars"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 64,
        "default": 4,
        "x-unit": "bars",
        "description": "How many bars to write. In bars.",
    }
    ids = [op["operationId"] for path in api["paths"].values() for op in path.values()]
    assert len(ids) == len(set(ids))
    for reference in references(api):
        assert reference.removeprefix("#/components/schemas/") in api["components"]["schemas"]


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies=st.lists(st.binary(max_size=60) | _JSON.map(lambda v: json.dumps(v).encode())))
def test_no_body_ends_in_a_fault(bodies):
    async def scenario():
        async with browsing(FakeHub()) as http:
            for body in bodies:
                answer = await http.post("/v1/continue", content=body)
                assert answer.status_code in {200, 400}, body
                assert answer.json()["event"] in {"done", "error"}

    run(scenario())


def test_the_page_knows_the_same_events_as_not_the_last():
    script = (Path(web.__file__).parent / "page" / "protocol.js").read_text(encoding="utf-8")
    listed = re.search(r"UNDER_WAY = new Set\((\[.*?\])\)", script).group(1)
    assert set(json.loads(listed)) == UNDER_WAY <= set(EVENTS)
