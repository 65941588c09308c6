# SPDX-License-Identifier: Apache-2.0
"""Writes bars after a plan: first all rhythms, then slices bar by bar, then how they are played."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from models.clip import Note
from models.engines.motif.feel import placed
from models.engines.motif.lanes import Lanes
from models.engines.motif.melody import ORDER
from models.engines.motif.plan import BarPlan, pitch_closeness, rhythm_closeness
from models.engines.motif.rhythm import (
    Ticks,
    adjust_density,
    draw,
    metric_base,
    write_rhythm,
)
from models.engines.motif.score import Pitches, Slice
from models.engines.motif.study import Study

_TRIES = 4  # versions of a bar that is not merely copied; the best is kept
_HEARTBEAT_SLICES = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """The musical settings of a request, all in their public ranges."""

    adventure: float = 0.5
    similarity: float = 0.5
    density: float = 1.0

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Settings:
        """Those that `args` has; defaults for the rest."""
        return cls(
            float(args.get("adventure", 0.5)),
            float(args.get("similarity", 0.5)),
            float(args.get("density", 1.0)),
        )

    def freer(self, amount: float) -> Settings:
        """The same with more adventure and less similarity, 0-1."""
        return replace(
            self,
            adventure=min(1.0, self.adventure + amount),
            similarity=max(0.0, self.similarity - amount),
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


class Writer:
    """One take: writes the planned bars into a span."""

    def __init__(self, study: Study, settings: Settings, rng: Random, span: Span) -> None:
        self._study = study
        self._score = study.score.fork(study.score.grid.snap(span.start_beats))
        self._model = study.model.fork(self._score.slices)
        self._settings = settings
        self._rng = rng
        self._span = span
        self._rhythms: dict[int, Ticks] = {}
        self._bits: list[float] = []

    def write(self, plans: Sequence[BarPlan]) -> Generator[None, None, list[Note]]:
        """The notes of the planned bars; yields as heartbeat."""
        written: list[Note] = []
        for plan in plans:
            self._rhythms[plan.bar] = self._rhythm(plan)
            yield
        if not any(self._rhythms.values()):
            self._rhythms[plans[0].bar] = self._anything(plans[0].bar)
        for index, plan in enumerate(plans):
            after = plans[index + 1] if index + 1 < len(plans) else None
            pieces = yield from self._best_of(plan, after)
            past = self._past()
            for piece in pieces:
                self._bits.append(self._model.surprise(past, piece, {}))
                self._model.learn(past, piece)
                past = [*past[-ORDER:], piece]
                self._score.add(piece)
            for number, piece in enumerate(pieces):
                written += self._play(piece, plan)
                if number % _HEARTBEAT_SLICES == 0:
                    yield
        return written

    def cost(self) -> float:
        """How far the mean surprise lies from the source's own, plus that of the way back.

        Two-sided, because too plain is as wrong as too wild (Pearce & Wiggins 2007).
        """
        mean = sum(self._bits) / max(1, len(self._bits))
        back = self._span.following or self._first_written()
        seam = self._model.surprise(self._past(), back, {}) if back else 0.0
        return abs(mean - self._study.model.usual_bits) + 0.25 * seam

    def _inside(self, bar: int, tick: int) -> bool:
        time = self._score.grid.beats(bar, tick)
        half = 0.5 / self._score.grid.ticks_per_beat
        return self._span.start_beats - half / 2 <= time < self._span.end_beats - half / 2

    def _share(self, bar: int, tick: int) -> float:
        """How far a tick lies in the part of its bar that is written, 0-1."""
        grid = self._score.grid
        begin = grid.start_beats(bar)
        first = max(begin, self._span.start_beats)
        last = min(grid.start_beats(bar + 1), self._span.end_beats)
        time = begin + tick / grid.ticks_per_beat
        return (time - first) / (last - first) if last > first else 0.0

    def _onsets(self, bar: int) -> Ticks:
        written = self._rhythms.get(bar)
        return sorted(self._score.bar(bar)) if written is None else written

    def _rhythm(self, plan: BarPlan) -> Ticks:
        grid, settings = self._score.grid, self._settings
        metre, length = grid.metre(plan.bar), grid.ticks(plan.bar)
        close = rhythm_closeness(plan.treatment, settings.similarity, settings.adventure)
        base = metric_base(metre, length, grid.ticks_per_beat)
        reference = [tick for tick in self._onsets(plan.reference) if tick < length]
        ticks = write_rhythm(
            self._rng,
            lambda done: self._study.rhythm.chances(length, done, base),
            reference,
            lambda tick: close.at(self._share(plan.bar, tick)),
            (length, settings.temperature),
        )
        ticks = [tick for tick in ticks if self._inside(plan.bar, tick)]
        if settings.density == 1.0:
            return ticks

        def strength(tick: int) -> float:
            return metre.strength(tick / grid.ticks_per_beat)

        dense = adjust_density(self._rng, ticks, len(ticks) * settings.density, strength, length)
        return [tick for tick in dense if self._inside(plan.bar, tick)]

    def _anything(self, bar: int) -> Ticks:
        """A rhythm where chance left none: that of the first bar with notes, or one onset."""
        length = self._score.grid.ticks(bar)
        source = sorted(next(iter(self._study.score.bars.values())))
        inside = [tick for tick in source if tick < length and self._inside(bar, tick)]
        start = self._span.start_beats - self._score.grid.start_beats(bar)
        near = min(length - 1, max(0, int(start * self._score.grid.ticks_per_beat)))
        return inside or [t for t in range(length) if self._inside(bar, t)][:1] or [near]

    def _past(self) -> list[Slice]:
        return self._score.slices[-ORDER - 1 :]

    def _best_of(self, plan: BarPlan, after: BarPlan | None) -> Generator[None, None, list[Slice]]:
        """The best of several versions of a bar."""
        goal = self._goal(after)
        best: list[Slice] = []
        best_cost = math.inf
        for _ in range(1 if plan.treatment in {"copy", "follow"} else _TRIES):
            pieces: list[Slice] = []
            bits = 0.0
            past = self._past()
            for tick in self._rhythms[plan.bar]:
                piece, surprise = self._choose(plan, tick, past)
                bits += surprise
                pieces.append(piece)
                past = [*past[-ORDER:], piece]
                if len(pieces) % _HEARTBEAT_SLICES == 0:
                    yield
            cost = (1 - self._settings.adventure) * bits / max(1, len(pieces))
            if goal is not None and past:
                cost += self._model.surprise(past, goal, {})
            if cost < best_cost:
                best, best_cost = pieces, cost
        return best

    def _goal(self, after: BarPlan | None) -> Slice | None:
        """The slice that a bar should lead to."""
        if after is None:
            return self._span.following or self._first_written()
        onsets = self._rhythms[after.bar]
        reference = self._score.bar(after.reference)
        return reference.get(onsets[0]) if onsets else None

    def _first_written(self) -> Slice | None:
        first_bar = min(self._rhythms)
        slices = self._score.bar(first_bar)
        return slices[min(slices)] if slices else None

    def _choose(self, plan: BarPlan, tick: int, past: list[Slice]) -> tuple[Slice, float]:
        """The slice at a tick, and the bits of surprise where it was drawn."""
        settings = self._settings
        close = pitch_closeness(plan.treatment, settings.similarity, settings.adventure)
        copied = self._copied(plan, tick)
        if copied and self._rng.random() < close.at(self._share(plan.bar, tick)):
            return Slice(plan.bar, tick, copied), 0.0
        free = settings.adventure * (1 - settings.similarity)
        # A short memory now and then: long contexts of a repetitive clip allow only one way on.
        known = past[-1:] if self._rng.random() < 0.5 * free else past
        chances = self._model.chances(known, tick, 0.3 * free)
        if not chances:
            chances = {piece.pitches: 1.0 for piece in self._study.score.slices[:64]}
        keys = list(chances)
        drawn = draw(self._rng, dict(enumerate(chances.values())), settings.temperature)
        piece = Slice(plan.bar, tick, keys[drawn])
        return piece, self._model.surprise(past, piece, {}) if past else 0.0

    def _copied(self, plan: BarPlan, tick: int) -> Pitches:
        """What the reference has at the tick, moved by the plan's shift."""
        reference = self._score.bar(plan.reference).get(tick)
        if reference is None:
            return ()
        if plan.treatment != "sequence":
            return reference.pitches
        space = self._study.score.space
        moved = [space.stepped(pitch, plan.shift_steps) for pitch in reference.pitches]
        return tuple(p for p in moved if p is not None) or reference.pitches

    def _play(self, piece: Slice, plan: BarPlan) -> list[Note]:
        """The notes of a written slice, in the span."""
        grid = self._score.grid
        time = grid.beats(*piece.place)
        end = min(self._next_onset(piece), self._span.end_beats)
        gap = max(end - time, 1 / 64)
        reference = self._score.bar(plan.reference).get(piece.tick)
        if reference is not None and len(reference.pitches) != len(piece.pitches):
            reference = None
        found = []
        for note in self._study.feel.notes(self._rng, piece, gap, reference):
            note_in = note
            if self._study.single_line and note.duration_beats > gap * 1.05:
                note_in = replace(note, duration_beats=gap)
            fitted = placed(self._span.lanes, note_in, self._span.start_beats, self._span.end_beats)
            found += [fitted] if fitted else []
        return found

    def _next_onset(self, piece: Slice) -> float:
        grid = self._score.grid
        later = [tick for tick in self._rhythms[piece.bar] if tick > piece.tick]
        if later:
            return grid.beats(piece.bar, later[0])
        for bar in range(piece.bar + 1, max(self._rhythms) + 1):
            if self._rhythms.get(bar):
                return grid.beats(bar, self._rhythms[bar][0])
        following = self._span.following
        return grid.beats(*following.place) if following else self._span.end_beats
