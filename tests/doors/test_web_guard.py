# SPDX-License-Identifier: Apache-2.0
"""Who is let in: the rules as tables, then the same through a real server."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_hub import FakeHub, clip, serving

from bridge.doors.web.guard import Asked, Guard, NoToken, split_host
from bridge.errors import Refused

LOCAL = Guard("127.0.0.1", 9312)
OPEN = Guard("0.0.0.0", 9312, "secret")


def asked(host="localhost:9312", peer="127.0.0.1", token="", page=False, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Asked(peer, "127.0.0.1", {"host": host, **named}, token, page)


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:9312", "LOCALHOST:9312", "127.0.0.1", "127.0.0.1:9312", "[::1]:9312"],
)
def test_own_hosts(host):
    LOCAL.check(asked(host))


@pytest.mark.parametrize(
    "host",
    [
        "",
        "several",
        "evil.example",
        "evil.example:9312",
        "localhost.evil.example:9312",
        "127.0.0.1.nip.io:9312",
        "localhost:80",
        "localhost:",
        "localhost:x",
        "localhost:99999999",
        "user@localhost:9312",
        "localhost/path",
        "[::1",
        "192.168.1.5:9312",
        "localhost:9312 ",
    ],
)
def test_foreign_hosts(host):
    with pytest.raises(Refused) as refused:
        LOCAL.check(asked(host))
    assert refused.value.where == "Host"


@pytest.mark.parametrize(
    "origin", ["http://localhost:9312", "http://127.0.0.1:9312", "http://[::1]:9312"]
)
def test_own_origins(origin):
    LOCAL.check(asked(origin=origin, sec_fetch_site="same-origin"))


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "several",
        "https://evil.example",
        "http://evil.example:9312",
        "http://localhost",
        "http://localhost:3000",
        "http://localhost:9312.evil.example",
        "file://",
        "chrome-extension://abcdef",
        "http://localhost:9312/path",
    ],
)
def test_foreign_origins(origin):
    with pytest.raises(Refused) as refused:
        LOCAL.check(asked(origin=origin))
    assert refused.value.where == "Origin"


def test_port_80_needs_no_number_in_an_origin():
    Guard("127.0.0.1", 80).check(asked("localhost", origin="http://localhost"))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_foreign_sites(site):
    with pytest.raises(Refused):
        LOCAL.check(asked(sec_fetch_site=site))
    with pytest.raises(Refused):  # an image or frame of another page
        LOCAL.check(asked(sec_fetch_site=site, sec_fetch_mode="no-cors", page=True))
    LOCAL.check(asked(sec_fetch_site=site, sec_fetch_mode="navigate", page=True))  # a link


@pytest.mark.parametrize("token", ["", "wrong", "secret ", "Secret", "sécret"])
def test_other_machines_need_the_token(token):
    with pytest.raises(NoToken):
        OPEN.check(asked(peer="192.168.1.7", token=token))
    OPEN.check(asked(peer="192.168.1.7", token="secret"))
    OPEN.check(asked(token=token))  # this machine needs none


def test_without_a_configured_token_nobody_from_outside_gets_in():
    with pytest.raises(NoToken):
        Guard("0.0.0.0", 9312).check(asked(peer="192.168.1.7", token=""))


def test_the_address_a_request_came_in_at_is_a_host():
    request = Asked("192.168.1.7", "192.168.1.5", {"host": "192.168.1.5:9312"}, "secret")
    OPEN.check(request)


@given(st.text(max_size=40))
def test_any_host_header_is_let_in_or_refused(text):
    name, port = split_host(text)
    assert isinstance(name, str)
    assert port is None or 0 <= port <= 65535
    if name in {"localhost", "127.0.0.1"}:
        assert text.lower().startswith(name)


async def ask(door, method, path, **options):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}") as http:
        return await http.request(method, path, **options)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/continue"), ("GET", "/v1/takes"), ("GET", "/")]
)
def test_a_server_refuses_foreign_pages(headers, method, path):
    async def scenario():
        hub = FakeHub()
        async with serving(hub) as door:
            answer = await ask(door, method, path, headers=headers, json={"clip": clip()})
            assert (answer.status_code, answer.json()["code"]) == (403, "refused")
            assert answer.json()["event"] == "error"
            assert "access-control-allow-origin" not in answer.headers
        assert hub.refused == [("http:127.0.0.1", "refused")]
        assert not hub.messages

    asyncio.run(scenario())


def test_two_host_headers_are_refused():
    async def scenario():
        async with serving(FakeHub()) as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(
                b"GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n"
                b"Origin: http://localhost\r\nConnection: close\r\n\r\n"
            )
            answer = await asyncio.wait_for(reader.read(), 5)
            assert answer.startswith(b"HTTP/1.1 403")
            writer.close()

    asyncio.run(scenario())


def test_our_own_page_is_let_in_and_hardened():
    async def scenario():
        async with serving(FakeHub()) as door:
            own = {"Origin": f"http://127.0.0.1:{door.port}", "Sec-Fetch-Site": "same-origin"}
            answer = await ask(door, "POST", "/v1/continue", headers=own, json={"clip": clip()})
            assert answer.status_code == 200
            page = await ask(door, "GET", "/")
            assert page.headers["x-content-type-options"] == "nosniff"
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy

    asyncio.run(scenario())


def test_the_token_from_elsewhere(monkeypatch):
    """Every peer counts as another machine here, so that one machine can play both."""
    monkeypatch.setattr("bridge.doors.web.guard.is_loopback", lambda address: False)

    async def scenario():
        async with serving(FakeHub(), token="secret") as door:
            refused = await ask(door, "GET", "/health")
            assert (refused.status_code, refused.json()["code"]) == (401, "refused")
            assert refused.headers["www-authenticate"] == "Bearer"
            good = {"Authorization": "Bearer secret"}
            assert (await ask(door, "GET", "/health", headers=good)).status_code == 200
            page = await ask(door, "GET", "/?token=secret")
            cookie = page.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            held = {"Cookie": cookie.partition(";")[0]}
            assert (await ask(door, "GET", "/v1/ping", headers=held)).status_code == 200

    asyncio.run(scenario())
