# SPDX-License-Identifier: Apache-2.0
"""Bars: an answer cut into bars as it comes in, and the bars ahead of the playhead. Pure."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.clip import Clip, Kind, Note
from models.metre import EPSILON_BEATS
from models.wire import clip_from_data, notes_from_data


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of music: for each role its notes, in beats from the bar line."""

    parts: tuple[tuple[str, tuple[Note, ...]], ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes of every part."""
        return tuple(note for _, notes in self.parts for note in notes)


def bars_of(
    parts: Iterable[tuple[str, Iterable[Note]]], bar_beats: float, first: int, count: int
) -> list[Bar]:
    """Some bars of some parts; a pickup goes with the first bar of all."""
    cut: list[list[tuple[str, tuple[Note, ...]]]] = [[] for _ in range(count)]
    for role, notes in parts:
        places: dict[int, list[Note]] = {}
        for note in notes:
            bar = max(0, math.floor(note.start_beats / bar_beats + EPSILON_BEATS))
            places.setdefault(bar, []).append(note.moved(-bar * bar_beats))
        for index in range(count):
            cut[index].append((role, tuple(places.get(first + index, ()))))
    return [Bar(tuple(parts)) for parts in cut]


@dataclass(slots=True)
class Answer:
    """An answer that is on its way: notes come in, whole bars go out.

    Attributes:
        id: of the request.
        asked_s: when it was asked for.
        streamed: whether partial results hold every note of it.
        kind: what it will be, as far as the request says.
        job: its name, once it is known.
        over: whether nothing more will come.
        fault: why it failed; empty when it did not.
    """

    id: str
    asked_s: float
    command: str
    bar_beats: float
    streamed: bool
    kind: Kind = "melodic"
    job: str = ""
    over: bool = False
    fault: str = ""
    given_bars: int = 0
    _notes: dict[int, list[Note]] = field(default_factory=dict)
    _known: dict[int, float] = field(default_factory=dict)
    _parts: tuple[Clip, ...] = ()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take an event of the protocol that bears this request's id."""
        name = event["event"]
        if name == "accepted":
            self.job = event["job"]
        elif name == "partial" and self.streamed and event["take"] == 0:
            part = event["part"]
            self._notes.setdefault(part, []).extend(notes_from_data(event["notes"]))
            self._known[part] = max(self._known.get(part, 0.0), event["end_beats"])
        elif name == "done":
            self._parts = tuple(clip_from_data(part) for part in event["takes"][0]["parts"])
            self.over = True
        elif name in {"failed", "error", "cancelled", "superseded"}:
            self.fault = str(event.get("message", name))
            self.over = True

    @property
    def parts(self) -> tuple[Clip, ...]:
        """The parts of the finished answer."""
        return self._parts

    def take(self, role_of: Any) -> Sequence[Bar]:
        """The bars that have become whole since the last time."""
        if self._parts:
            length = max(part.loop_end_beats for part in self._parts)
            parts = [(role_of(part), part.notes) for part in self._parts]
        elif len(self._known) == 1 and 0 in self._known:  # more parts come one after another
            length = self._known[0]
            parts = [(role_of(Clip((), 1.0, kind=self.kind)), tuple(self._notes[0]))]
        else:
            return ()
        exact = length / self.bar_beats
        whole = math.ceil(exact - 1e-6) if self._parts else math.floor(exact + 1e-6)
        first, self.given_bars = self.given_bars, max(whole, self.given_bars)
        return bars_of(parts, self.bar_beats, first, self.given_bars - first)


class BarQueue:
    """The bars ahead of the playhead.

    Attributes:
        repeated: how often the last bar was played again because the next was not there.
    """

    def __init__(self) -> None:
        self.repeated = 0
        self._ready: deque[Bar] = deque()
        self._last: Bar | None = None

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def playing(self) -> bool:
        """Whether a bar has been played since the queue was cleared."""
        return self._last is not None

    def add(self, bars: Iterable[Bar]) -> None:
        """Put bars behind those that wait."""
        self._ready.extend(bars)

    def next(self, *, more_to_come: bool) -> Bar | None:
        """The bar to play now: the next one, or the last again while more are to come."""
        if self._ready:
            self._last = self._ready.popleft()
            return self._last
        if more_to_come and self._last is not None:
            self.repeated += 1
            return self._last
        self._last = None
        return None

    def clear(self) -> None:
        """Forget every bar."""
        self._ready.clear()
        self._last = None


class History:
    """The last bars of one line, as the context of what follows."""

    def __init__(self, most_bars: int) -> None:
        self._bars: deque[tuple[Note, ...]] = deque(maxlen=most_bars)

    def begin(self, clip: Clip) -> None:
        """Begin anew from a clip."""
        bar_beats = clip.metre.bar_beats
        count = max(1, round(clip.loop_beats / bar_beats))
        self._bars.clear()
        self._bars.extend(bar.notes for bar in bars_of([("", clip.notes)], bar_beats, 0, count))

    def add(self, bars: Iterable[Bar]) -> None:
        """Go on with some bars."""
        self._bars.extend(bar.notes for bar in bars)

    def clear(self) -> None:
        """Forget every bar."""
        self._bars.clear()

    def clip(self, frame: Clip) -> Clip | None:
        """The bars as one clip in the given frame; None where there are none."""
        if not self._bars:
            return None
        bar_beats = frame.metre.bar_beats
        notes = (
            replace(note.moved(index * bar_beats), id=None, origin="kept")
            for index, bar in enumerate(self._bars)
            for note in bar
        )
        length = len(self._bars) * bar_beats
        return replace(frame, notes=tuple(notes), length_beats=length, loop_end_beats=length)
