# SPDX-License-Identifier: Apache-2.0
"""The control page: static files beside this one, read once and served from memory."""

from __future__ import annotations

from hmac import compare_digest
from http.cookies import SimpleCookie
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.doors.web.guard import COOKIE

# What is served, and nothing else in this folder.
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def page_files() -> dict[str, tuple[bytes, str]]:
    """Content and media type of each file of the page, by name."""
    found = {}
    for file in files(__package__).iterdir():
        media_type = _TYPES.get("." + file.name.rpartition(".")[2])
        if media_type:
            found[file.name] = (file.read_bytes(), media_type)
    return found


def page_routes(token: str) -> list[Route]:
    """`/` is the page, `/page/NAME` what it is made of."""
    held = page_files()

    async def index(request: Request) -> Response:
        content, media_type = held["index.html"]
        response = Response(content, media_type=media_type)
        if token and _matches(request, token):
            response.headers["Set-Cookie"] = _cookie(token)
        return response

    async def part(request: Request) -> Response:
        content, media_type = held[request.url.path.removeprefix("/page/")]
        return Response(content, media_type=media_type)

    return [Route("/", index), *(Route(f"/page/{name}", part) for name in held)]


def _matches(request: Request, token: str) -> bool:
    return compare_digest(request.query_params.get("token", "").encode(), token.encode())


def _cookie(token: str) -> str:
    """Lets the page's own requests through after it was opened with `?token=`."""
    cookie = SimpleCookie({COOKIE: token})
    morsel = cookie[COOKIE]
    morsel["httponly"] = morsel["samesite"] = "Strict"
    morsel["path"] = "/"
    return morsel.OutputString()
