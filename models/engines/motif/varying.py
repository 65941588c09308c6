# SPDX-License-Identifier: Apache-2.0
"""`vary`: the same loop with some notes changed."""

from __future__ import annotations

from collections.abc import Generator
from random import Random

from models.engine import Request
from models.engines.motif.score import sounding
from models.engines.motif.space import pitch_space
from models.engines.motif.study import Study, study
from models.engines.motif.take import Take, TakeSpan
from models.engines.motif.writer import Settings


def learn(request: Request) -> Generator[None, None, Study | None]:
    """Study the clip; None when all of it is locked."""
    clip = request.clips[0]
    notes = sounding(clip)
    found = yield from study(clip, notes, pitch_space(clip, notes, request.args))
    return found if found.score.slices else None


def write(
    source: Study, request: Request, rng: Random, settings: Settings
) -> Generator[TakeSpan | None, None, Take]:
    """One take; yields each bar when it is finished, None as heartbeat."""
    yield None
    return Take(source.clip, source.clip.notes, ())
