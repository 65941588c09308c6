# SPDX-License-Identifier: Apache-2.0
"""Echo: the engine that adds nothing, for measuring the daemon and as the contract in brief."""

from __future__ import annotations

from collections.abc import Iterator

from models.edit import repeat
from models.engine import Answer, EngineEvent, EngineInfo, Partial, Progress, Request, Result
from models.errors import BadClip


class Echo:
    """Answers `continue` with the source's own loop repeated for the bars asked for."""

    info = EngineInfo(
        name="echo",
        doc="Repeats the clip; for measuring and as the plainest baseline.",
        commands=("continue",),
    )

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield the repeated clip, whole."""
        source = request.clips[0]
        if not source.playing():
            raise BadClip(
                "The clip has no sounding note to repeat; draw one in first.", where="clip"
            )
        answer = repeat(source, request.args["bars"])
        if not answer.notes:
            raise BadClip(
                "The clip is silent for as long as the bars asked for; ask for more bars.",
                where="bars",
            )
        yield Progress(0.5)
        yield Partial(0, 0, 1, 0.0, answer.length_beats, answer.notes)
        yield Progress(1.0, notes=len(answer.notes))
        yield Result((Answer((answer,)),) * request.takes)
