# SPDX-License-Identifier: Apache-2.0
"""Fallback: the engines without weights write where the network declines, and are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.engine import Engine, EngineEvent, EngineInfo, Request, Result
from models.engines.motif.engine import Motif
from models.engines.rules.engine import Rules
from models.errors import BadClip, NoEngine
from models.registry import serves
from models.wishes import unheard


def write_instead(
    request: Request, asked: EngineInfo, why: str, *, installed: bool = True
) -> Iterator[EngineEvent]:
    """The answer of another engine that serves the request.

    Args:
        request: what was asked.
        asked: the engine that can't write it.
        why: why the network did not write it, as a clause: "its weights are missing".
        installed: whether the network is there, so that a smaller request would do.

    Raises:
        BadClip: no other engine serves it, but the network would answer a smaller request.
        NoEngine: no other engine serves it.
    """
    engine = _other(request, asked)
    if engine is None and installed:
        raise BadClip(
            f"{asked.name} can't answer because {why}, and no other engine serves this; "
            "ask for fewer bars or give it fewer notes.",
            where="clip",
        )
    if engine is None:
        raise NoEngine(
            f"No other engine serves this, and {why}; install nextbar again.", where="engine"
        )
    name = engine.info.name
    for event in engine.generate(request):
        if isinstance(event, Result):
            said = (f"{name} wrote this, because {why}", *unheard(engine.info, request))
            event = replace(event, degraded=(*said, *event.degraded))  # noqa: PLW2901 - one event
        yield event


def _other(request: Request, asked: EngineInfo) -> Engine | None:
    role = request.args.get("role", "") if request.command == "accompany" else ""
    alone = request.command == "harmonise" and not request.clips
    engines: tuple[Engine, ...] = () if alone else (Motif(), Rules())
    kept = "keep" in asked.honours and request.args.get("keep", "")
    able = (e for e in engines if not kept or "keep" in e.info.honours)  # held to it: no answer
    return next((e for e in able if serves(e.info, request.command, role)), None)
