# SPDX-License-Identifier: Apache-2.0
"""Study: everything learned from one source clip, shared by the takes of a request."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.clip import Clip, Note
from models.engines.motif.feel import Feel
from models.engines.motif.grid import BarGrid
from models.engines.motif.melody import SliceModel
from models.engines.motif.plan import LoopBars
from models.engines.motif.rhythm import RhythmModel
from models.engines.motif.score import MAX_SLICES, Score, monophonic, read_score
from models.engines.motif.space import PitchSpace

_HEARTBEAT_BARS = 32


@dataclass(frozen=True, slots=True)
class Study:
    """What is known of the source.

    Attributes:
        clip: the source.
        score: its slices.
        model, rhythm, feel: what predicts slices, onsets, and how notes are played.
        single_line: a melody rather than chords.
        pickup_bar: the loop's first bar where it holds no more than a pickup to the next.
        degraded: steps back taken while learning, in words.
    """

    clip: Clip
    score: Score
    model: SliceModel
    rhythm: RhythmModel
    feel: Feel
    single_line: bool
    pickup_bar: int | None = None
    degraded: tuple[str, ...] = ()

    @property
    def bars(self) -> LoopBars:
        """The bars of the loop; a pickup bar is none of them.

        A turn counts the pickup bar only where the phrase is not yet full without it: after a
        pickup and seven bars, the eighth is still to come.
        """
        grid = self.score.grid
        first, last = _loop_bars(self.clip, grid)
        if self.pickup_bar is not None:
            full = last - first
            return LoopBars(first + 1, last + 1, full + (full % 2 if full > 1 else 0))
        length = round(self.clip.loop_beats / grid.metre(last).bar_beats)
        return LoopBars(first, last + 1, max(1, length))


def study(
    clip: Clip,
    notes: Sequence[Note],
    space: PitchSpace,
    density: float = 1.0,
    hole_beats: tuple[float, float] = (0.0, 0.0),
) -> Generator[None, None, Study]:
    """Learn from `notes`, in order of onset; yields as heartbeat.

    Above the source's own density the grid is made finer, to have room between its onsets. Bars
    that a hole cuts say nothing of rhythm, and neither does a pickup.
    """
    finer = 1 if density <= 1 else 2 if density <= 2 else 4
    score = None
    for found in read_score(clip, notes, space, finer=finer):
        score = found
        if found is None:
            yield
    assert score is not None
    pitches = [piece.pitches[-1] for piece in score.slices]
    model = SliceModel(space, sum(pitches) / max(1, len(pitches)))
    yield from model.read(score)
    pickup = _pickup_bar(clip, score)
    low, high = hole_beats
    cut = range(score.grid.bar_at(low), score.grid.bar_at(high - 1e-6) + 1) if low < high else ()
    rhythm = RhythmModel()
    for index, (bar, slices) in enumerate(score.bars.items()):
        if bar != pickup and bar not in cut:
            rhythm.learn(score.grid.ticks(bar), sorted(slices))
        if index % _HEARTBEAT_BARS == 0:
            yield
    rhythm.shortest_ticks = _shortest_ticks(clip, score)
    feel = Feel(score)
    yield
    learned = sum(len(piece.notes) for piece in score.slices)
    degraded: tuple[str, ...] = ()
    if len(score.slices) == MAX_SLICES or len(notes) > 4 * MAX_SLICES:
        degraded = (f"learned from the last {learned} of {len(notes)} notes",)
    line = not space.drums and monophonic(notes[-2000:])
    return Study(clip, score, model, rhythm, feel, line, pickup, degraded)


def _loop_bars(clip: Clip, grid: BarGrid) -> tuple[int, int]:
    """The first and the last bar of the loop."""
    last = grid.bar_at(clip.loop_end_beats - 1e-6)
    return min(grid.bar_at(clip.loop_start_beats), last), last


def _pickup_bar(clip: Clip, score: Score) -> int | None:
    """The loop's first bar if it begins in its second half, as hardly any other bar does."""
    first, last = _loop_bars(clip, score.grid)

    def late(bar: int) -> bool:
        return min(score.bar(bar)) >= score.grid.ticks(bar) / 2

    others = [bar for bar in score.bars if first < bar <= last]
    if not score.bar(first) or not score.bar(first + 1) or not others or not late(first):
        return None
    return None if late(first + 1) or sum(map(late, others)) > len(others) // 4 else first


def _shortest_ticks(clip: Clip, score: Score) -> int:
    """Least time between two onsets, also from the end of the loop to its beginning."""
    times = [score.grid.beats(*piece.place) for piece in score.slices]
    gaps = [b - a for a, b in pairwise(times)]
    gaps += [times[0] + clip.loop_beats - times[-1]] if times else []
    return max(1, round(min((g for g in gaps if g > 0), default=0) * score.grid.ticks_per_beat))
