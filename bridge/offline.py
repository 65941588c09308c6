# SPDX-License-Identifier: Apache-2.0
"""One command answered without a daemon or sockets, as a rule in this very process."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.core.prepare import Prepared, find_command, prepare
from bridge.worker.direct import run_in
from bridge.worker.faults import fault_of
from models.clip import Clip
from models.contract import conclude, stepped
from models.engine import EngineEvent, Progress, Result
from models.errors import NextbarError
from models.registry import Listing, load_class


def answer(
    command: str,
    clips: Sequence[Clip],
    given: Mapping[str, Any],
    *,
    engines: Sequence[Listing],
    rng: random.Random,
) -> Iterator[EngineEvent]:
    """Validate by the table, run the engine, check the result; the last event is the Result.

    Raises:
        NextbarError: what a daemon would have answered.
    """
    return run(prepare(find_command(command), clips, given, engines=engines, rng=rng))


def run(prepared: Prepared, drafts: str = "", wanted: str = "auto") -> Iterator[EngineEvent]:
    """Run a prepared request; the last event is the checked Result.

    Args:
        prepared: the request and its engine.
        drafts: the folder for audio files, where the engine makes sound.
        wanted: the device for engines that can use more than the CPU.
    """
    listing = prepared.engine
    device = wanted if len(listing.info.devices) > 1 else "cpu"
    if listing.python:
        yield from run_in(listing.python, listing.place, prepared.request, device, drafts)
        return
    try:
        yield from _here(prepared, drafts, device)
    except NextbarError:
        raise
    except Exception as error:  # the border of a job: an engine may raise anything
        raise fault_of(error) from error


def _here(prepared: Prepared, drafts: str, device: str) -> Iterator[EngineEvent]:
    request = prepared.request
    yield Progress(0.0, "loading")
    engine = load_class(prepared.engine.place)()
    engine.load(device)
    for event in stepped(engine, request, drafts):
        if isinstance(event, Result):
            yield conclude(request, event, engine.info)
        else:
            yield event
