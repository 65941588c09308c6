# SPDX-License-Identifier: Apache-2.0
"""Delivery: new notes as partials bar by bar, and in the frame of the clip they go with."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from models.clip import Clip, Kind, Note
from models.engine import EngineEvent, Partial, Progress
from models.metre import Bar
from models.theory.steps import Steps, telling

T = TypeVar("T")


class Pacer:
    """Turns the pauses of long work into progress that never falls and never quite arrives."""

    def __init__(self, takes: int) -> None:
        self._takes = takes
        self._done = 0.0
        self.take = 0

    def run(self, steps: Steps[T]) -> Generator[EngineEvent, None, T]:
        """Run the steps to their end, with progress at each pause."""
        return telling(steps, self._nearer)

    def _nearer(self, _: None) -> Progress:
        target = (self.take + 0.95) / (self._takes + 0.1)
        self._done += max(target - self._done, 0.0) * 0.02
        return Progress(self._done)


def bar_partials(
    frame: Clip, bars: Sequence[Bar], notes: Sequence[Note], take: int, part: int = 0
) -> Iterator[Partial]:
    """One partial a bar with the new notes that begin in it; bars are cut to the loop."""
    starts = [bar.start_beats for bar in bars]
    inside: list[list[Note]] = [[] for _ in bars]
    for note in notes:
        inside[max(bisect_right(starts, note.start_beats) - 1, 0)].append(note)
    for index, bar in enumerate(bars):
        low = max(bar.start_beats, frame.loop_start_beats)
        high = min(bar.end_beats, frame.loop_end_beats)
        yield Partial(take, index, len(bars), low, high, tuple(inside[index]), part)


def framed(frame: Clip, notes: Sequence[Note], name: str, kind: Kind = "melodic") -> Clip:
    """A new clip with the frame's length, loop, metre, tempo and scale."""
    return replace(frame, notes=tuple(notes), name=name, kind=kind, pads=())
