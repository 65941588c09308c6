# SPDX-License-Identifier: Apache-2.0
"""Which engines can hear what a request for sound gives them, and how much they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.audio.length import seconds_of
from models.audio.stretch import check_installed
from models.engine import EngineInfo
from models.errors import BadArgument, NoEngine
from models.notation import metre_of
from models.registry import Listing

_ROLES = {"continue_file": "continue", "melody_file": "melody"}


def hearing(engines: Sequence[Listing], given: Mapping[str, Any], name: str) -> Sequence[Listing]:
    """Those engines that take the sounds given, and every engine that makes none.

    Raises:
        NoEngine: the engine named, or every one that makes sound, takes no such sound.
    """
    roles = {role for param, role in _ROLES.items() if given.get(param)}
    deaf = [e for e in engines if e.info.audio and not roles <= set(e.info.audio.inputs)]
    able = [engine for engine in engines if engine not in deaf]
    named = [engine for engine in deaf if engine.info.name == name]
    if named or (deaf and not any(engine.info.audio for engine in able)):
        who = named[0].info.name if named else "No engine here"
        verb = "takes no" if named else "takes a"
        raise NoEngine(
            f"{who} {verb} sound to {' and '.join(sorted(roles))}; leave it out, or name another "
            "engine.",
            where="engine",
        )
    return able


def check_sound(info: EngineInfo, args: Mapping[str, Any]) -> None:
    """Refuse what is longer than the engine makes in one take, or can't be stretched here.

    Raises:
        BadArgument: it is.
        NotInstalled: the library that stretches is missing.
    """
    if info.audio is None or "sample_rate_hz" not in args:
        return
    if args.get("stretch"):
        check_installed()
    seconds = seconds_of(args["bars"], metre_of(args["metre"]), args["tempo_bpm"])
    if seconds > info.audio.max_seconds:
        raise BadArgument(
            f"{args['bars']} bars are {float(seconds):.0f} s, and {info.name} makes at most "
            f"{info.audio.max_seconds:.0f} s; ask for fewer bars.",
            where="bars",
        )
