# SPDX-License-Identifier: Apache-2.0
"""A clip as onset slices on its bar grid: what there is to learn from and to copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from models.clip import Clip, Note, note_order
from models.engines.motif.grid import BarGrid, best_division
from models.engines.motif.space import PitchSpace
from models.metre import EPSILON_BEATS

MAX_SLICES = 4000  # learned at most; the newest ones
HEARTBEAT = 100  # items between two heartbeats

Pitches = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """Everything that begins on one tick.

    Attributes:
        bar, tick: where, on the grid.
        pitches: as they may be written, ascending.
        notes: the source notes behind them, by pitch; none for a slice just written.
        offsets_beats: how far each of `notes` lies off the tick.
        gap_beats: time to the next slice.
    """

    bar: int
    tick: int
    pitches: Pitches
    notes: tuple[Note, ...] = ()
    offsets_beats: tuple[float, ...] = ()
    gap_beats: float = 0.0

    @property
    def place(self) -> tuple[int, int]:
        """Bar and tick, for sorting."""
        return (self.bar, self.tick)


@dataclass(slots=True)
class Score:
    """Slices in order and by bar, on their grid; grows while new bars are written."""

    grid: BarGrid
    space: PitchSpace
    slices: list[Slice] = field(default_factory=list)
    bars: dict[int, dict[int, Slice]] = field(default_factory=dict)

    def add(self, piece: Slice) -> None:
        """Append a slice."""
        self.slices.append(piece)
        self.bars.setdefault(piece.bar, {})[piece.tick] = piece

    def fork(self, until: tuple[int, int] | None = None) -> Score:
        """A copy to write into, whose past ends before the place `until`; bars stay known."""
        past = [p for p in self.slices if until is None or p.place < until]
        return Score(self.grid, self.space, past, {n: dict(bar) for n, bar in self.bars.items()})

    def bar(self, number: int) -> dict[int, Slice]:
        """The slices of a bar by tick; empty for a silent one."""
        return self.bars.get(number, {})


def sounding(clip: Clip) -> tuple[Note, ...]:
    """The notes to learn from: those in the loop, or any unmuted ones where the loop is empty."""
    heard = clip.playing()
    if heard:
        return heard
    return tuple(sorted((n for n in clip.notes if not n.mute), key=note_order))


def monophonic(notes: Sequence[Note]) -> bool:
    """Whether hardly any note begins while another begins or still sounds."""
    pairs = list(pairwise(notes))
    clashes = sum(b.start_beats < a.end_beats - min(0.1, a.duration_beats / 4) for a, b in pairs)
    return clashes <= len(pairs) // 10


def read_score(
    clip: Clip,
    notes: Sequence[Note],
    space: PitchSpace,
    ticks_per_beat: int | None = None,
    *,
    finer: int = 1,
) -> Iterator[Score | None]:
    """Build the score of `notes`, which are in order; yields None as heartbeat, the score last.

    The grid is the one that fits the notes best unless it is given; `finer` divides its ticks.
    """
    recent = notes[-4 * MAX_SLICES :]
    starts = [note.start_beats for note in recent[-2000:]]
    metres = (clip.metre, *(change.metre for change in clip.metre_changes))
    grid = BarGrid(clip, finer * (ticks_per_beat or best_division(starts, metres)))
    yield None
    groups: dict[tuple[int, int], list[Note]] = {}
    for index, note in enumerate(recent):
        groups.setdefault(grid.snap(note.start_beats), []).append(note)
        if index % HEARTBEAT == 0:
            yield None
    yield None
    score = Score(grid, space)
    places = sorted(groups)[-MAX_SLICES:]
    for index, place in enumerate(places):
        after = places[index + 1] if index + 1 < len(places) else None
        end = grid.beats(*after) if after else max(clip.loop_end_beats, grid.beats(*place) + 0.25)
        piece = _slice(grid, space, place, groups[place], end)
        if piece.pitches:
            score.add(piece)
        if index % HEARTBEAT == 0:
            yield None
    yield score


def _slice(
    grid: BarGrid, space: PitchSpace, place: tuple[int, int], notes: Iterable[Note], end: float
) -> Slice:
    ordered = tuple(sorted(notes, key=lambda note: (note.pitch, note.start_beats)))
    time = grid.beats(*place)
    return Slice(
        place[0],
        place[1],
        space.fold_all([note.pitch for note in ordered]),
        ordered,
        tuple(note.start_beats - time for note in ordered),
        max(end - time, EPSILON_BEATS),
    )
