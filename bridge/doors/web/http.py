# SPDX-License-Identifier: Apache-2.0
"""HTTP routes: each command of the table under /v1, takes as files, and the description."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from bridge import PROTOCOL, __version__
from bridge.core.commands import COMMANDS, Command
from bridge.core.messages import ClientId, Event, Message, error_event
from bridge.core.prepare import find_command
from bridge.doors.strict_json import read_json
from bridge.doors.web import midi
from bridge.doors.web.body import EarlyResponse, read_body
from bridge.doors.web.call import NDJSON, Call, CallResponse
from bridge.doors.web.clients import Clients, client_id
from bridge.doors.web.codec import status_of, write_json
from bridge.doors.web.gate import error_response
from bridge.doors.web.openapi import describe
from bridge.errors import BadMessage, NextbarError, TooLarge, UnknownCommand

_OURS = frozenset({"client", "token"})  # query parameters of the door itself


class HttpRoutes:
    """Handlers that share the door's clients and its size limit."""

    def __init__(self, clients: Clients, max_bytes: int) -> None:
        self._clients = clients
        self._max_bytes = max_bytes

    def routes(self) -> list[BaseRoute]:
        """What is served, in order of precedence."""
        return [
            Route("/health", self._health),
            Route("/v1/openapi.json", self._openapi),
            Route("/v1/midi", self._read_midi, methods=["POST"]),
            Route("/v1/takes/{take}.mid", self._take_midi),
            Route("/v1/takes/{take}.wav", self._take_sound),
            Route("/v1/{command}", self._ask, methods=["GET"]),
            Route("/v1/{command}", self._tell, methods=["POST"]),
        ]

    async def _health(self, request: Request) -> Response:
        return json_response({"status": "ok", "version": __version__, "protocol": PROTOCOL})

    async def _openapi(self, request: Request) -> Response:
        return json_response(describe())

    async def _ask(self, request: Request) -> ASGIApp:
        """GET: a query that changes nothing, its parameters in the address."""
        command = find_command(request.path_params["command"])
        if command.mutates:
            raise HTTPException(405, f"{command.name} changes something: use POST.")
        given = {n: v for n, v in request.query_params.items() if _is_param(command, n)}
        return self._call(request, command, given)

    async def _tell(self, request: Request) -> ASGIApp:
        """POST: any command, its body the message's."""
        command = find_command(request.path_params["command"])
        raw = await read_body(request, self._max_bytes)
        body = read_json(raw) if raw.strip() else {}
        if not isinstance(body, Mapping):
            raise BadMessage('The body is an object such as {"limit": 5}.')
        if body.get("op", command.name) != command.name:
            raise BadMessage(f"The address says {command.name}, but the body not.", where="op")
        return self._call(request, command, body)

    def _call(self, request: Request, command: Command, body: Mapping[str, Any]) -> ASGIApp:
        call = self._prepare(request, command.name, body)
        stream = NDJSON in request.headers.get("accept", "")
        return CallResponse(self._clients, call, stream=stream)

    def _prepare(self, request: Request, op: str, body: Mapping[str, Any]) -> Call:
        message = Message.from_data({**body, "op": op})
        if message.id in {0, ""}:  # 0 names no request; here each needs a name to be heard by
            message = Message(op, f"http-{self._clients.number()}", message.body)
        return Call(self._clients, client_of(request), message)

    async def _take_midi(self, request: Request) -> Response:
        """A take as a MIDI file."""
        name = request.path_params["take"]
        event = await self._whole_take(request, name)
        if event.name != "take_whole":
            return json_response(event.to_data(), status_of(event))
        raw = await asyncio.to_thread(midi.file_of_take, event.fields["take"])
        headers = {"Content-Disposition": f'attachment; filename="{_shown(name)}.mid"'}
        return Response(raw, 200, headers, "audio/midi")

    async def _take_sound(self, request: Request) -> Response:
        """A take's audio file."""
        name = request.path_params["take"]
        event = await self._whole_take(request, name)
        if event.name != "take_whole":
            return json_response(event.to_data(), status_of(event))
        path = await asyncio.to_thread(midi.sound_of_take, event.fields["take"])
        return FileResponse(path, media_type="audio/wav", filename=f"{_shown(name)}.wav")

    async def _whole_take(self, request: Request, name: str) -> Event:
        return await self._prepare(request, "take", {"take": name}).outcome()

    async def _read_midi(self, request: Request) -> Response:
        """The clips in a MIDI file."""
        raw = await read_body(request, self._max_bytes)
        return json_response(await asyncio.to_thread(midi.clips_of_file, raw))

    def on_error(self, request: Request, error: Exception) -> Response:
        """A coded answer for whatever a handler raised."""
        if isinstance(error, ClientDisconnect):
            return Response(status_code=400)  # nobody reads it
        known = error if isinstance(error, NextbarError) else _as_ours(error)
        early = isinstance(known, TooLarge)  # its body was not read
        self._clients.hub.refuse(_peer(request), 0, known)
        if isinstance(error, HTTPException):
            event = error_event(0, known)
            return json_response(event.to_data(), error.status_code, error.headers)
        return error_response(known, kind=EarlyResponse if early else Response)


def json_response(
    data: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Data as JSON."""
    return Response(write_json(data), status, headers, "application/json")


def client_of(request: Request) -> ClientId:
    """The client a request names, or the one of all nameless requests of its machine."""
    return client_id(request.query_params.get("client", ""), _peer(request))


def _shown(name: str) -> str:
    """What a take's file is called; the name is a known take's, but it is quoted all the same."""
    return "nextbar-" + "".join(c for c in name if c.isalnum() or c in "-_")


def _peer(request: Request) -> ClientId:
    return f"http:{request.client.host if request.client else 'unknown'}"


def _is_param(command: Command, name: str) -> bool:
    return name not in _OURS or any(param.name == name for param in command.params)


def _as_ours(error: Exception) -> NextbarError:
    """Starlette's own refusals, and our faults."""
    if not isinstance(error, HTTPException):
        return NextbarError("A fault of nextbar's own; the log has the details.")
    if error.status_code == 404:
        return UnknownCommand(
            f"Nothing is here; commands are under /v1, such as /v1/{next(iter(COMMANDS))}, and "
            "/v1/openapi.json lists them.",
            where="path",
        )
    if error.status_code == 405 and "changes" not in error.detail:
        return UnknownCommand("Use POST, or GET for queries that change nothing.", where="method")
    return UnknownCommand(error.detail, where="method")
