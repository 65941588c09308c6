# SPDX-License-Identifier: Apache-2.0
"""What a writer is told: the musical settings, and the span of time that it may write into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.engines.motif.grid import BarGrid
from models.engines.motif.lanes import Lanes
from models.engines.motif.score import Slice


@dataclass(frozen=True, slots=True)
class Settings:
    """The musical settings of a request, all in their public ranges.

    Attributes:
        adventure, similarity, density: as asked for.
        novelty: how readily a bar gets onsets where the clip has none, 0-1; none up to the middle
            of adventure, because a rhythm in a strange place sounds like a mistake.
    """

    adventure: float = 0.5
    similarity: float = 0.5
    density: float = 1.0
    novelty: float = 0.0

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Settings:
        """Those that `args` has; defaults for the rest."""
        adventure = float(args.get("adventure", 0.5))
        return cls(
            adventure,
            float(args.get("similarity", 0.5)),
            float(args.get("density", 1.0)),
            max(0.0, 2 * adventure - 1),
        )

    def freer(self, amount: float) -> Settings:
        """The same with more adventure and less similarity, 0-1."""
        return replace(
            self,
            adventure=min(1.0, self.adventure + amount),
            similarity=max(0.0, self.similarity - amount),
            novelty=max(self.novelty, 2 * amount - 1),
        )

    @property
    def temperature(self) -> float:
        """Sharper than the model at 0, a little flatter at 1."""
        return 0.4 + 0.75 * self.adventure


@dataclass(frozen=True, slots=True)
class Span:
    """Where notes may be written, in clip time, and what sounds there already.

    Attributes:
        start_beats, end_beats: bounds for onsets and ends.
        lanes: notes that stay.
        following: the slice that comes after the span, to lead to; None when there is none.
    """

    start_beats: float
    end_beats: float
    lanes: Lanes
    following: Slice | None = None

    def inside(self, grid: BarGrid, bar: int, tick: int) -> bool:
        """Whether a tick lies in it, give or take a quarter of a tick."""
        time = grid.beats(bar, tick)
        slack = 0.25 / grid.ticks_per_beat
        return self.start_beats - slack <= time < self.end_beats - slack

    def share(self, grid: BarGrid, bar: int, tick: int) -> float:
        """How far a tick lies in the part of its bar that is written, 0-1."""
        begin = grid.start_beats(bar)
        first = max(begin, self.start_beats)
        last = min(grid.start_beats(bar + 1), self.end_beats)
        time = begin + tick / grid.ticks_per_beat
        return (time - first) / (last - first) if last > first else 0.0
