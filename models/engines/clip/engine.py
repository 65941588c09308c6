# SPDX-License-Identifier: Apache-2.0
"""The engine: turns a request into what is asked of the network, and its answer into clips."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from models.engine import EngineEvent, EngineInfo, Progress, Request, Result
from models.engines.clip import (
    accompanying,
    continuing,
    generating,
    harmonising,
    infilling,
    varying,
)
from models.engines.clip.ask import Ask
from models.engines.clip.card import WEIGHTS, WEIGHTS_LICENCE, WEIGHTS_SHA256
from models.engines.clip.chain import asked
from models.engines.clip.question import Declined, Question
from models.engines.clip.room import TooLong
from models.engines.fallback import write_instead
from models.engines.weighted import Weighted
from models.theory.steps import Steps, telling
from models.threads import ask_for_one_thread

if TYPE_CHECKING:
    from models.engines.clip.writer import Writer

_QUESTIONS: Mapping[str, Callable[[Request], Steps[Question | Result]]] = MappingProxyType(
    {
        "continue": continuing.question,
        "infill": infilling.question,
        "vary": varying.question,
        "accompany": accompanying.question,
        "harmonise": harmonising.question,
        "generate": generating.question,
    }
)


class ClipModel(Weighted["Writer"]):
    """A small transformer over bars and parts, run by ONNX Runtime or numpy."""

    info = EngineInfo(
        name="clip",
        doc="Continues, fills, varies, accompanies, harmonises and begins clips; small.",
        commands=tuple(_QUESTIONS),
        roles=("bass", "chords", "melody", "counter", "drums"),
        honours=(
            "adventure",
            "density",
            "low_pitch",
            "high_pitch",
            "scale_lock",
            "similarity",
            "style",
            "loop",
            "keep",
            "chords",
        ),
        needs_clips=False,
        weights_licence=WEIGHTS_LICENCE,
        weights_hash=WEIGHTS_SHA256,
    )

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress, the bars of each take, and the result; takes are ranked best first.

        Raises:
            BadClip: there is nothing to go by, or more than the network holds, where no other
            engine serves the request.
            BadArgument: range, scale, span or locks leave nothing to write.
            NoEngine: there are no weights, and no other engine serves the request.
        """
        yield Progress(0.0, "loading")
        self.load("cpu")
        if self.network is None:
            yield from self.written_instead(request)
            return
        yield Progress(0.0, "reading")
        yield from _written(self.network, request)

    def _read(self, path: Path | None) -> Writer:
        """The writer; numpy is first imported here, after it was told its threads."""
        ask_for_one_thread(os.environ)
        from models import weights
        from models.decoding.onnx_decoder import fastest
        from models.engines.clip.writer import Writer
        from models.tokens.vocabulary import vocabulary_hash

        found = weights.read(path or WEIGHTS, "" if path else WEIGHTS_SHA256)
        found.expect("vocabulary", vocabulary_hash())
        return Writer(fastest(found))


def _written(writer: Writer, request: Request) -> Iterator[EngineEvent]:
    """What the network writes, or another engine where it declines before anything was sent."""
    from models.engines.clip.job import Job, order_of

    job = Job(writer, order_of(request))
    try:
        ask = yield from _asked(writer, request)
        if isinstance(ask, Result):
            yield Progress(1.0)
            yield ask
            return
        yield from job.run(ask)
    except (TooLong, Declined) as declined:
        if job.sent:
            raise
        why = declined.why if isinstance(declined, Declined) else "its context holds no more notes"
        yield from write_instead(request, ClipModel.info, why)


def _asked(writer: Writer, request: Request) -> Generator[EngineEvent, None, Ask | Result]:
    """The first ask, or the result where nothing may change."""
    steps = _QUESTIONS[request.command](request)
    found = yield from telling(steps, lambda _: Progress(0.0, "reading"))
    return found if isinstance(found, Result) else asked(found, writer.room)
