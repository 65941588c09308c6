# SPDX-License-Identifier: Apache-2.0
"""Gate: the ASGI layer that applies the guard and adds the headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bridge.core.messages import error_event
from bridge.doors.web.codec import status_of, write_json
from bridge.doors.web.guard import COOKIE, Asked, Guard, NoToken
from bridge.errors import NextbarError, Refused

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
SAFE_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Gate:
    """Wraps the application: refuses before it is reached, and hardens what it answers."""

    def __init__(
        self, app: ASGIApp, guard: Guard, refuse: Callable[[Scope, NextbarError], None]
    ) -> None:
        self._app = app
        self._guard = guard
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request or WebSocket handshake."""
        try:
            self._guard.check(_asked(scope))
        except Refused as error:
            self._refuse(scope, error)
            await error_response(error)(scope, receive, _hardened(send))
            return
        await self._app(scope, receive, _hardened(send))


def error_response(
    error: NextbarError, request_id: int | str = 0, kind: type[Response] = Response
) -> Response:
    """A coded JSON error with its HTTP status."""
    event = error_event(request_id, error)
    status = 401 if isinstance(error, NoToken) else status_of(event)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status == 429:
        headers["Retry-After"] = "1"
    return kind(write_json(event.to_data()), status, headers, "application/json")


def _hardened(send: Send) -> Send:
    async def send_hardened(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            for name, value in SAFE_HEADERS.items():
                headers.setdefault(name, value)
            if message["type"].startswith("websocket"):
                del headers["content-length"]  # uvicorn adds it, and some versions a second one
        await send(message)

    return send_hardened


def _asked(scope: Scope) -> Asked:
    headers = Headers(scope=scope)
    plain = {name: value for name, value in headers.items() if name not in {"host", "origin"}}
    for name in ("host", "origin"):  # two of them are an attack or a broken proxy: none fits
        values = headers.getlist(name)
        if values:
            plain[name] = values[0] if len(values) == 1 else "several"
    peer, local = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"
    return Asked(peer[0], local[0], plain, _token(scope, headers), page)


def _token(scope: Scope, headers: Headers) -> str:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip()
    asked: str = scope["query_string"].decode("latin-1")
    query = parse_qs(asked)
    if query.get("token"):
        return query["token"][0]
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""
