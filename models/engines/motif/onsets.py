# SPDX-License-Identifier: Apache-2.0
"""Rhythms for planned bars: drawn after each bar's reference, as dense as was asked for."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from random import Random

from models.engines.motif.plan import BarPlan, rhythm_closeness
from models.engines.motif.rhythm import Ticks, adjust_density, metric_base, write_rhythm
from models.engines.motif.score import Slice
from models.engines.motif.span import Settings, Span
from models.engines.motif.study import Study

Rhythms = dict[int, Ticks]  # onsets by bar

_HEARTBEAT_BARS = 8
_ROUNDS = 8  # drawings of a hole's rhythm, plan included; the one nearest to the mark is kept
_NEAR = 0.35  # share of the wanted onsets by which a hole may miss them
_NEAR_ONSETS = 0.75


class Onsets:
    """Draws the onsets of the bars of one span."""

    def __init__(self, study: Study, settings: Settings, rng: Random, span: Span) -> None:
        self._study = study
        self._grid = study.score.grid
        self._settings = settings
        self._rng = rng
        self._span = span
        self._rhythms: Rhythms = {}

    def write(self, plans: Sequence[BarPlan]) -> Generator[None, None, Rhythms]:
        """Onsets of the planned bars, one at least; yields as heartbeat."""
        self._rhythms = {}
        for number, plan in enumerate(plans):
            self._rhythms[plan.bar] = self._rhythm(plan)
            if number % _HEARTBEAT_BARS == 0:
                yield
        if not any(self._rhythms.values()):
            self._rhythms[plans[0].bar] = self._anything(plans[0].bar)
        return self._rhythms

    def fitted(
        self, plan: Callable[[], list[BarPlan]], elsewhere_a_beat: float
    ) -> Generator[None, None, tuple[list[BarPlan], Rhythms]]:
        """A plan and its onsets, about as many as such a span usually has.

        Args:
            plan: draws a plan.
            elsewhere_a_beat: onsets a beat where no whole bar is known to compare with.
        """
        best_plans, best, least_off = list[BarPlan](), Rhythms(), float("inf")
        for _ in range(_ROUNDS):
            plans = plan()
            found = yield from self.write(plans)
            if self._study.score.space.drums:
                return plans, found
            wanted = sum(self._usual(bar, elsewhere_a_beat) for bar in found)
            off = abs(sum(map(len, found.values())) - wanted)
            if off < least_off:
                best_plans, best, least_off = plans, found, off
            if off <= max(_NEAR_ONSETS, _NEAR * wanted):
                return best_plans, best
        return best_plans, {
            bar: self._dense(bar, ticks, self._usual(bar, elsewhere_a_beat))
            for bar, ticks in best.items()
        }

    def _usual(self, bar: int, elsewhere_a_beat: float) -> float:
        """How many onsets the written part of a bar should have."""
        length = self._grid.ticks(bar)
        found = self._study.rhythm.usual(length, lambda tick: self._inside(bar, tick))
        if found is None:
            inside = sum(self._inside(bar, tick) for tick in range(length))
            found = elsewhere_a_beat * inside / self._grid.ticks_per_beat
        return found * self._settings.density

    def _inside(self, bar: int, tick: int) -> bool:
        return self._span.inside(self._grid, bar, tick)

    def _known(self, bar: int) -> Ticks:
        written = self._rhythms.get(bar)
        return sorted(self._study.score.bar(bar)) if written is None else written

    def _rhythm(self, plan: BarPlan) -> Ticks:
        settings, bar, length = self._settings, plan.bar, self._grid.ticks(plan.bar)
        close = rhythm_closeness(plan.treatment, settings.similarity, settings.adventure)
        base = metric_base(self._grid.metre(bar), length, self._grid.ticks_per_beat)
        rhythm = self._study.rhythm
        before = self._span.start_beats - 0.25 / self._grid.ticks_per_beat
        ticks = write_rhythm(
            self._rng,
            lambda done: rhythm.chances(length, done, base, settings.novelty),
            [tick for tick in self._known(plan.reference) if tick < length],
            lambda tick: close.at(self._span.share(self._grid, bar, tick)),
            [t for t in sorted(self._study.score.bar(bar)) if self._grid.beats(bar, t) < before],
            (length, settings.temperature),
        )
        ticks = [tick for tick in ticks if self._fits(bar, tick)]
        # A groove is thinned hit by hit, not onset by onset: see the drummer.
        if settings.density == 1.0 or (self._study.score.space.drums and settings.density < 1):
            return ticks
        return self._dense(bar, ticks, len(ticks) * settings.density)

    def _fits(self, bar: int, tick: int) -> bool:
        """Whether it lies in the span, and not too close to what comes after that."""
        if not self._inside(bar, tick):
            return False
        after: Slice | None = self._span.following
        if after is None:
            return True
        room = self._grid.beats(*after.place) - self._grid.beats(bar, tick)
        return room > (self._study.rhythm.shortest_ticks - 0.5) / self._grid.ticks_per_beat

    def _dense(self, bar: int, ticks: Ticks, wanted: float) -> Ticks:
        metre, length = self._grid.metre(bar), self._grid.ticks(bar)

        def strength(tick: int) -> float:
            return metre.strength(tick / self._grid.ticks_per_beat)

        room = [tick for tick in range(length) if self._inside(bar, tick)]
        if not room:
            return ticks
        written = range(room[0], room[-1] + 1)
        return adjust_density(self._rng, ticks, wanted, strength, written)

    def _anything(self, bar: int) -> Ticks:
        """A rhythm where chance left none: that of the first bar with notes, or one onset."""
        length = self._grid.ticks(bar)
        source = sorted(next(iter(self._study.score.bars.values())))
        inside = [tick for tick in source if tick < length and self._inside(bar, tick)]
        start = self._span.start_beats - self._grid.start_beats(bar)
        near = min(length - 1, max(0, int(start * self._grid.ticks_per_beat)))
        return inside or [t for t in range(length) if self._inside(bar, t)][:1] or [near]
