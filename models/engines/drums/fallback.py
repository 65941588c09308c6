# SPDX-License-Identifier: Apache-2.0
"""Fallback: where there are no weights or no lanes, motif varies drums, and the answer says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.engine import EngineEvent, Request, Result
from models.engines.motif.engine import Motif
from models.errors import NoEngine
from models.wishes import unheard


def write_instead(request: Request, why: str) -> Iterator[EngineEvent]:
    """The answer of motif.

    Args:
        request: what was asked.
        why: why the drum space did not write it, as a clause.

    Raises:
        NoEngine: motif does not serve the command.
    """
    engine = Motif()
    if request.command not in engine.info.commands:
        raise NoEngine(
            f"No other engine serves this, and {why}; install nextbar again.", where="engine"
        )
    for event in engine.generate(request):
        if not isinstance(event, Result):
            yield event
            continue
        said = (f"{engine.info.name} wrote this, because {why}", *unheard(engine.info, request))
        yield replace(event, degraded=(*said, *event.degraded))
