# SPDX-License-Identifier: Apache-2.0
"""Wishes: controls of a command that an engine may leave aside, if the answer says so.

An engine lists those it follows in `EngineInfo.honours`. Any other parameter binds every engine
that serves the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from models.engine import EngineInfo, Request

# Each with the value that asks for nothing, which is its default in the command table.
WISHES: Mapping[str, object] = MappingProxyType(
    {
        "adventure": 0.5,
        "density": 1.0,
        "low_pitch": None,
        "high_pitch": None,
        "scale_lock": True,
        "similarity": 0.5,
        "style": "",
        "loop": False,
        "keep": "",
        "syncopation": 0.0,
        "register": 0.0,
        "loudness": 0.0,
        "fill": False,
        "space": "",
        "chords": "",
    }
)


def unheard(info: EngineInfo, request: Request) -> tuple[str, ...]:
    """A sentence for each wish that the request makes and the engine does not follow."""
    return tuple(f"{info.name} does not follow {name}" for name in _unfollowed(info, request))


def followed(info: EngineInfo, request: Request) -> Request:
    """The request without wishes that the engine does not follow: what its answer is held to."""
    nothing = {name: WISHES[name] for name in _unfollowed(info, request)}
    return replace(request, args={**request.args, **nothing})


def _unfollowed(info: EngineInfo, request: Request) -> Iterator[str]:
    for name, nothing in WISHES.items():
        if name not in info.honours and request.args.get(name, nothing) != nothing:
            yield name
