# SPDX-License-Identifier: Apache-2.0
"""Question: a whole request as tracks, bars and cells, of any length; `chain` asks it in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.clip import Note
from models.engine import Answer
from models.engines.clip.ask import Cells
from models.tokens.grid import GridBar
from models.tokens.rules import PartRules
from models.tokens.scene import Cell
from models.tokens.vocabulary import ROLES

# New notes of one cell on the grid, its bar, and the bar's number → the notes as they are played.
Play = Callable[[Sequence[Note], GridBar, int], Iterable[Note]]
NewNotes = Mapping[int, tuple[Note, ...]]  # track → its new notes, on the answer's beat line


class Declined(Exception):
    """The network can't say this; `why` is a clause: "the span is shorter than a 96th"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Track:
    """One part of the music.

    Attributes:
        role: of `vocabulary.ROLES`.
        notes: what stands, on the grid and on the beat line of the bars.
        rules: for what is written in it; None where it is only heard.
        play: gives new notes their touch.
        part: which clip of the answer its new notes belong to.
        sounding: what stands, as it is played; no new note overlaps one of its pitch.
    """

    role: str
    notes: tuple[Note, ...] = ()
    rules: PartRules | None = None
    play: Play | None = None
    part: int = 0
    sounding: tuple[Note, ...] = ()


def in_order(tracks: Iterable[Track]) -> tuple[Track, ...]:
    """The order in which the network learned to write them."""
    return tuple(sorted(tracks, key=lambda track: ROLES.index(track.role)))


@dataclass(frozen=True, slots=True)
class Mood:
    """What is said of the whole music; None where unknown."""

    tempo_bpm: float | None = None
    key: int | None = None
    feel: str | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        tasks: of the first ask, and of those that go on from it.
        tracks: in order.
        bars: context and target, in order.
        cells: every cell to be written; places are those in `tracks` and `bars`.
        spans: first and last + 1 bar of each span that is sent, in order; together they hold
            every bar with a cell.
        low_beats, high_beats: new notes lie between these, on the beat line of the bars.
        answer: the take, given the new notes of each track.
        origin_beats: where the answer's beat 0 lies on the beat line of the bars.
        loop_bars: so many first bars are shown behind the end, which leads back into them.
        at_once: most bars that are written in one ask.
        mood: what is said of the whole.
        degraded: steps back taken already.
        refused: as in `Ask`.
        live: whether an only take may be sent while it is written.
    """

    tasks: tuple[str, str]
    tracks: tuple[Track, ...]
    bars: tuple[GridBar, ...]
    cells: tuple[Cell, ...]
    spans: tuple[tuple[int, int], ...]
    low_beats: float
    high_beats: float
    answer: Callable[[NewNotes], Answer]
    origin_beats: float = 0.0
    loop_bars: int = 0
    at_once: int = 8
    mood: Mood = field(default=Mood())
    degraded: tuple[str, ...] = ()
    refused: Callable[[Cells], bool] | None = None
    live: bool = True
