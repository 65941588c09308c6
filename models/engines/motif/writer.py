# SPDX-License-Identifier: Apache-2.0
"""Writes planned bars on given rhythms: slices bar by bar, then how they are played."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from models.clip import Note
from models.engines.motif.feel import placed
from models.engines.motif.melody import ORDER
from models.engines.motif.plan import BarPlan, pitch_closeness
from models.engines.motif.rhythm import Ticks, draw
from models.engines.motif.score import Pitches, Slice
from models.engines.motif.span import Settings, Span
from models.engines.motif.study import Study

_TRIES = 4  # versions of a bar that is not merely copied; the best is kept
_HEARTBEAT_SLICES = 8


class Writer:
    """One take: writes the planned bars into a span."""

    def __init__(self, study: Study, settings: Settings, rng: Random, span: Span) -> None:
        self._study = study
        self._score = study.score.fork(study.score.grid.snap(span.start_beats))
        self._model = study.model.fork(self._score.slices)
        self._settings = settings
        self._rng = rng
        self._span = span
        self._rhythms: Mapping[int, Ticks] = {}
        self._bits: list[float] = []

    def write(
        self, plans: Sequence[BarPlan], rhythms: Mapping[int, Ticks]
    ) -> Iterator[list[Note] | None]:
        """Write the planned bars on the onsets of each.

        Yields:
            The notes of one bar after the other, and None as heartbeat.
        """
        self._rhythms = rhythms
        for index, plan in enumerate(plans):
            after = plans[index + 1] if index + 1 < len(plans) else None
            pieces = yield from self._best_of(plan, after)
            past = self._past()
            for piece in pieces:
                self._bits.append(self._model.surprise(past, piece, {}))
                self._model.learn(past, piece)
                past = [*past[-ORDER:], piece]
                self._score.add(piece)
            written: list[Note] = []
            for number, piece in enumerate(pieces):
                written += self._play(piece, plan)
                if number % _HEARTBEAT_SLICES == 0:
                    yield None
            yield written

    def cost(self) -> float:
        """How far the mean surprise lies from the source's own, plus that of the way back.

        Two-sided, because too plain is as wrong as too wild (Pearce & Wiggins 2007).
        """
        mean = sum(self._bits) / max(1, len(self._bits))
        back = self._span.following or self._first_written()
        seam = self._model.surprise(self._past(), back, {}) if back else 0.0
        return abs(mean - self._study.model.usual_bits) + 0.25 * seam

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
        if copied and self._rng.random() < close.at(
            self._span.share(self._score.grid, plan.bar, tick)
        ):
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
