# SPDX-License-Identifier: Apache-2.0
"""Study: everything learned from one source clip, shared by the takes of a request."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from models.clip import Clip, Note
from models.engines.motif.feel import Feel
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
        degraded: steps back taken while learning, in words.
    """

    clip: Clip
    score: Score
    model: SliceModel
    rhythm: RhythmModel
    feel: Feel
    single_line: bool
    degraded: tuple[str, ...] = ()

    @property
    def bars(self) -> LoopBars:
        """The bars of the loop."""
        grid = self.score.grid
        first = grid.bar_at(self.clip.loop_start_beats)
        last = grid.bar_at(self.clip.loop_end_beats - 1e-6)
        length = round(self.clip.loop_beats / grid.metre(last).bar_beats)
        return LoopBars(min(first, last), last + 1, max(1, length))


def study(
    clip: Clip, notes: Sequence[Note], space: PitchSpace, density: float = 1.0
) -> Generator[None, None, Study]:
    """Learn from `notes`, in order of onset; yields as heartbeat.

    Above the source's own density the grid is made finer, to have room between its onsets.
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
    rhythm = RhythmModel()
    for index, (bar, slices) in enumerate(score.bars.items()):
        rhythm.learn(score.grid.ticks(bar), sorted(slices))
        if index % _HEARTBEAT_BARS == 0:
            yield
    feel = Feel(score)
    yield
    learned = sum(len(piece.notes) for piece in score.slices)
    degraded: tuple[str, ...] = ()
    if len(score.slices) == MAX_SLICES or len(notes) > 4 * MAX_SLICES:
        degraded = (f"learned from the last {learned} of {len(notes)} notes",)
    line = not space.drums and monophonic(notes[-2000:])
    return Study(clip, score, model, rhythm, feel, line, degraded)
