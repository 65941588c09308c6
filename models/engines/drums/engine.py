# SPDX-License-Identifier: Apache-2.0
"""The engine: from a request to the drum space, and from its answers to events."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from models.clip import Clip
from models.drum_space.card import WEIGHTS_LICENCE, WEIGHTS_SHA256
from models.engine import EngineEvent, EngineInfo, Progress, Request, Result
from models.engines.ends import remarks
from models.engines.events import Beat, partials
from models.engines.fallback import write_instead
from models.errors import BadClip, BadFile
from models.theory.steps import Steps
from models.threads import ask_for_one_thread

if TYPE_CHECKING:
    from models.drum_space.space import DrumSpace
    from models.engines.drums.spaces import Spaces
    from models.engines.drums.takes import Found


_SHORTEST_BEATS = 0.125


class Drums:
    """Drum patterns as points of a space: one network of 1.5 million weights, run by numpy."""

    info = EngineInfo(
        name="drums",
        doc="Varies, blends and completes drum clips, and makes drums from a rhythm; small, quick.",
        commands=("vary", "interpolate", "drumify"),
        kinds=("drums",),
        other_kinds={"drumify": ("melodic", "drums")},
        honours=("adventure", "density", "syncopation", "loudness", "fill", "space", "scale_lock"),
        weights_licence=WEIGHTS_LICENCE,
        weights_hash=WEIGHTS_SHA256,
    )

    def __init__(self, weights: Path | None = None) -> None:
        """The engine.

        Args:
            weights: a weight file; None takes the one that ships.
        """
        self._path = weights
        self._spaces: Spaces | None = None

    def load(self, device: str) -> None:
        """Read the weights that ship; where that fails, motif varies drums and is named.

        Args:
            device: the network runs on the CPU whatever is asked.
        """
        try:
            self._space("")
        except (BadFile, ImportError):
            return  # told with the first request

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress, the new notes of each take, and the result.

        Raises:
            BadClip: there is nothing to go by, or nothing to write on.
            BadArgument: there is no space of that name.
            BadFile: the named space can't be read.
            NoEngine: there are no weights, and no other engine serves the request.
        """
        yield Progress(0.0, "loading")
        name = request.args["space"]
        try:
            space = self._space(name)
        except (BadFile, ImportError) as error:
            if name:
                raise
            why = f"drums has no weights: {str(error).rstrip('.')}"
            yield from write_instead(request, self.info, why, installed=False)
            return
        _check_sounding(request)
        if request.command == "vary" and not _has_lanes(request.clips[0]):
            why = "none of the clip's pads is a drum that the space knows"
            yield from write_instead(request, self.info, why, installed=False)
            return
        found = yield from Beat().run(_task(request.command)(space, request))
        yield from _told(request, found)

    def _space(self, name: str) -> DrumSpace:
        """The space of a name; numpy is first imported here, after it was told its threads."""
        if self._spaces is None:
            ask_for_one_thread(os.environ)
            from models.engines.drums.spaces import Spaces

            self._spaces = Spaces(self._path, os.environ)
        return self._spaces.get(name)


def _task(command: str) -> Callable[[DrumSpace, Request], Steps[Found]]:
    from models.engines.drums.drumming import drums
    from models.engines.drums.morphing import morphs
    from models.engines.drums.varying import variations

    return {"vary": variations, "interpolate": morphs, "drumify": drums}[command]


def _has_lanes(clip: Clip) -> bool:
    from models.percussion.lanes import read_kit

    return any(read_kit(clip).present)


def _check_sounding(request: Request) -> None:
    """Refuse to vary a clip in which nothing sounds, and loops that hold no hit.

    Raises:
        BadClip: all notes of its loop are muted, or there are none, or there is no room for one.
    """
    shortest = min(clip.loop_beats for clip in request.clips)
    if shortest < _SHORTEST_BEATS:
        raise BadClip(
            f"The loop lasts {shortest:g} beats; drums need at least {_SHORTEST_BEATS:g}, so "
            "lengthen it.",
            where="loop_end_beats",
        )
    if request.command == "vary" and not request.clips[0].playing():
        raise BadClip(
            "There is no sounding hit in the loop to vary; draw one in first.", where="clip"
        )


def _told(request: Request, found: Found) -> Iterator[EngineEvent]:
    """The notes of each take as partials, and the result."""
    total = 0
    for take, answer in enumerate(found.answers):
        for number, part in enumerate(answer.parts):
            for partial in partials(take, part, number):
                total += len(partial.notes)
                yield partial
        yield Progress(0.95, notes=total)
    yield Progress(1.0, notes=total)
    yield Result(found.answers, tuple(_said(request, found)))


def _said(request: Request, found: Found) -> Iterator[str]:
    """What may surprise, or was not as asked."""
    if request.command == "interpolate":
        yield from remarks(request)
    if found.enough:
        return
    if request.takes > 1 and len(found.answers) > 1:
        yield f"{len(found.answers)} of {request.takes} takes: there is no further one"
    elif request.command == "vary" and not request.args["amount"] and not request.args["fill"]:
        yield "amount is 0; the clip is as it was"
    elif request.command == "vary":
        yield "nothing could change where the locks leave room; the clip is as it was"
    elif request.takes > 1:
        yield f"1 of {request.takes} takes: there is no further one"
