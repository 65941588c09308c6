# SPDX-License-Identifier: Apache-2.0
"""The engine: melodic clips morphed into each other, and moved by sliders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from models.aside import steadied
from models.engine import Answer, EngineEvent, EngineInfo, Progress, Request, Result
from models.engines import ends
from models.engines.events import Beat, partials
from models.engines.morph import between, sliders
from models.engines.morph.card import WEIGHTS_LICENCE, WEIGHTS_SHA256
from models.engines.weighted import Weighted
from models.param import Param
from models.threads import ask_for_one_thread

if TYPE_CHECKING:
    from models.engines.morph.takes import Found
    from models.melody_space.space import Space
    from models.theory.steps import Steps


class Morph(Weighted["Space"]):
    """A space of melodies and chords: walks between two points, and steps along directions."""

    info = EngineInfo(
        name="morph",
        doc="Leads from one melodic clip to another, and moves melodies by sliders.",
        commands=("interpolate", "vary"),
        kinds=("melodic",),
        honours=(
            "adventure",
            "density",
            "low_pitch",
            "high_pitch",
            "scale_lock",
            "syncopation",
            "register",
            "loudness",
        ),
        params=(
            Param(
                "metres",
                "choice",
                "refuse",
                "interpolate of clips in different metres: refuse it, or map bar on bar.",
                choices=("refuse", "map"),
            ),
            Param(
                "key_path",
                "choice",
                "middle",
                "interpolate of clips in different keys: change key in the middle, or glide there.",
                choices=("middle", "semitones"),
            ),
            Param(
                "sliders",
                "choice",
                "line",
                "vary by register and syncopation: move the line itself, or rewrite it by the "
                "melody space.",
                choices=("line", "space"),
            ),
        ),
        weights_licence=WEIGHTS_LICENCE,
        weights_hash=WEIGHTS_SHA256,
    )

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress, the new notes of each take, and the result.

        Raises:
            BadClip: a clip is for drums, plays nothing or is too long, or the metres differ.
            NoEngine: there are no weights, and no other engine serves the request.
        """
        _need(request)
        yield Progress(0.0, "loading")
        self.load("cpu")
        if self.network is None:
            yield from self.written_instead(request)
            return
        alone = request.command == "vary"
        why_not = sliders.idle(request) if alone else ""
        if why_not:
            yield Progress(1.0)
            yield Result((Answer(request.clips),), (why_not,))
            return
        steps = (sliders.slid if alone else between.morphed)(request, self.network)
        yield from _answered(request, steps)

    def _read(self, path: Path | None) -> Space:
        """The space; numpy is first imported here, after it was told its threads."""
        ask_for_one_thread(os.environ)
        from models.melody_space.store import SHIPPED, read_space

        return read_space(path or SHIPPED, "" if path else WEIGHTS_SHA256)


def _need(request: Request) -> None:
    between.need_melodies(request)
    if request.command == "vary":
        sliders.need_notes(request.clips[0])


def _answered(request: Request, steps: Steps[Found]) -> Iterator[EngineEvent]:
    found = yield from Beat().run(steadied(steps))
    for number, answer in enumerate(found.answers):
        own = range(len(answer.parts)) if request.command == "vary" else _steps_between(answer)
        for part in own:
            yield from partials(number, answer.parts[part], part)
    words = list((sliders if request.command == "vary" else ends).remarks(request))
    if request.command == "vary" and found.answers[0].parts[0].notes == request.clips[0].notes:
        words.append("nothing changed: the clip lies as far that way as it can be led")
    if len(found.answers) < request.takes:
        words.append(f"{len(found.answers)} of {request.takes} takes: {found.why_fewer}")
    notes = (note for answer in found.answers for part in answer.parts for note in part.notes)
    yield Progress(1.0, notes=sum(note.origin != "kept" for note in notes))
    yield Result(found.answers, tuple(words))


def _steps_between(answer: Answer) -> range:
    """The ends are the user's own clips."""
    return range(1, len(answer.parts) - 1)
