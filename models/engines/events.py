# SPDX-License-Identifier: Apache-2.0
"""Events that several engines send alike: progress that rises, and new notes of a finished take."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

from models.clip import Clip
from models.engine import EngineEvent, Partial, Progress
from models.theory.steps import Steps, telling

_PARTIAL_NOTES = 256
_NEARER = 0.05  # of what is left of the bar goes with every sign of life
T = TypeVar("T")


@dataclass
class Beat:
    """Progress of work whose length is not known: it rises towards a limit and never falls."""

    fraction: float = 0.0

    def run(self, steps: Steps[T], limit: float = 0.95) -> Generator[EngineEvent, None, T]:
        """Run steps to their value; each pause becomes progress."""

        def nearer(_: None) -> Progress:
            self.fraction += _NEARER * max(0.0, limit - self.fraction)
            return Progress(self.fraction)

        return telling(steps, nearer)


def partials(take: int, clip: Clip, part: int = 0) -> Iterator[Partial]:
    """The notes of a take's part that are not the user's own, some hundreds at once."""
    fresh = sorted((n for n in clip.notes if n.origin != "kept"), key=lambda n: n.start_beats)
    if not fresh:
        return
    groups = [fresh[i : i + _PARTIAL_NOTES] for i in range(0, len(fresh), _PARTIAL_NOTES)]
    starts = [group[0].start_beats for group in groups]
    ends = [*starts[1:], max(clip.length_beats, fresh[-1].start_beats)]
    for index, (group, start, end) in enumerate(zip(groups, starts, ends, strict=True)):
        yield Partial(take, index, len(groups), start, end, tuple(group), part)
