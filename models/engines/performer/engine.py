# SPDX-License-Identifier: Apache-2.0
"""The engine: a clip is played, by the network or as the second clip is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from models.aside import aside
from models.engine import Answer, EngineEvent, EngineInfo, Progress, Request, Result
from models.engines.events import Beat, partials
from models.engines.performer.asked import idle, need_notes, remarks, staying
from models.engines.performer.card import WEIGHTS_LICENCE, WEIGHTS_SHA256
from models.engines.performer.playing import Takes, grooved, performed
from models.engines.weighted import Weighted
from models.theory.steps import Steps
from models.threads import ask_for_one_thread

if TYPE_CHECKING:
    from models.performer.stored import Weights


class Performer(Weighted["Weights"]):
    """A small recurrent network that says how late and how loud a player plays each note."""

    info = EngineInfo(
        name="performer",
        doc="Plays a clip: velocities and timing of a player, or those of a second clip.",
        commands=("groove",),
        honours=("adventure", "style"),
        weights_licence=WEIGHTS_LICENCE,
        weights_hash=WEIGHTS_SHA256,
    )

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield progress, what changed in each take, and the result.

        With one clip all of its notes are played, also those outside the loop; with two, those in
        the loop. Takes differ where something is drawn.

        Raises:
            BadClip: nothing sounds, or the two clips don't go together.
            NoEngine: there are no weights, and a single clip is to be played.
        """
        clip = request.clips[0]
        need_notes(clip)
        yield Progress(0.0, "loading")
        self.load("cpu")
        if self.network is None and len(request.clips) == 1:
            yield from self.written_instead(request)
            return
        stays = staying(request)
        words = list(remarks(request))
        why_not = idle(request, stays)
        if why_not:
            yield Progress(1.0)
            yield Result((Answer((clip,)),), (why_not, *words))
            return
        takes = yield from Beat().run(self._takes(request, stays))
        for number, take in enumerate(takes.clips):
            yield from partials(number, take)
        yield Progress(1.0, notes=len(clip.notes) - len(stays))
        words += _shortfall(request, takes)
        yield Result(tuple(Answer((take,)) for take in takes.clips), tuple(words))

    def _takes(self, request: Request, stays: frozenset[int]) -> Steps[Takes]:
        if len(request.clips) == 2:
            ask_for_one_thread(os.environ)
            take = yield from aside(lambda: grooved(request, stays))
            return Takes((take,), "the groove of a clip can be taken in one way only")
        assert self.network is not None
        return (yield from performed(request, self.network, stays))

    def _read(self, path: Path | None) -> Weights:
        """The weights; numpy is first imported here, after it was told its threads."""
        ask_for_one_thread(os.environ)
        from models.performer.stored import WEIGHTS, read_weights

        return read_weights(path or WEIGHTS, "" if path else WEIGHTS_SHA256)


def _shortfall(request: Request, takes: Takes) -> Iterator[str]:
    """What was asked for and can't be had."""
    if len(takes.clips) < request.takes:
        yield f"{len(takes.clips)} of {request.takes} takes: {takes.why_fewer}"
    if all(take.notes == request.clips[0].notes for take in takes.clips):
        yield "nothing changed: no note that may change has room to, or is played otherwise here"
