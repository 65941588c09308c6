# SPDX-License-Identifier: Apache-2.0
"""What a drummer adds to a groove that goes on: ghost notes, a moved kick, a fill, a live hand.

The bars of a groove are copied whole, so that backbeat, density and turnarounds stay; then a few
hits change, as many as adventure and similarity allow, with as many added as left out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from models.clip import Note
from models.engines.motif.changing import change_bars
from models.engines.motif.kit import read_kit
from models.engines.motif.plan import bar_likeness
from models.engines.motif.sketch import Sketch
from models.engines.motif.span import Settings
from models.engines.motif.study import Study
from models.engines.motif.thinning import thinned
from models.engines.motif.vary_drums import DrumVariation

_ALIKE = 0.9  # bar likeness from which on a last bar is no turnaround
_HEARTBEAT_NOTES = 100


class Drummer:
    """Plays copied bars a little differently, inside a span and round the notes that stay."""

    def __init__(
        self, study: Study, args: Mapping[str, Any], span_beats: tuple[float, float]
    ) -> None:
        self._study = study
        self._args = args
        self._span_beats = span_beats

    def loosened(
        self,
        kept: Sequence[Note],
        bars: Iterable[Sequence[Note] | None],
        settings: Settings,
        rng: Random,
        *,
        ending: bool,
    ) -> Iterator[list[Note] | None]:
        """The written notes with changes, all at once: what changes is chosen over the whole span.

        Args:
            kept: notes of the clip that stay.
            bars: the notes to change, bar by bar, with None as heartbeat.
            settings: how much may change.
            rng: the source of chance.
            ending: whether the span ends a phrase, where a groove without turnaround may get one.

        Yields:
            None as heartbeat, and the notes at the end.
        """
        written = yield from self._wanted(bars, settings.density, rng)
        low, high = self._span_beats
        frame = replace(self._study.clip, loop_start_beats=low, loop_end_beats=high)
        sketch = yield from Sketch.of(frame.with_notes((*kept, *written)), self._args)
        line = DrumVariation(self._study, sketch)
        if ending and not self._turns_round():
            line.fill(0.8 * settings.adventure * (1 - settings.similarity**4), rng)

        def balance(_: Random) -> int:
            return (sketch.growth < 0) - (sketch.growth > 0)

        amount = (1 - settings.similarity) * (0.08 + 0.3 * settings.adventure)
        grid = self._study.score.grid
        yield from change_bars(line, sketch, grid, rng, amount, balance)
        hand = self._hand(30 * amount)
        first = len(kept)
        for index in range(first, first + len(written)):
            note = sketch.now(index)
            if note is not None and (spread := hand.get(note.pitch)):
                velocity = min(127.0, max(1.0, rng.gauss(note.velocity, spread)))
                sketch.edit(index, velocity=float(round(velocity)))
            if index % _HEARTBEAT_NOTES == 0:
                yield None
        yield [replace(note, origin="new") for note in sketch.rest(first)]

    def _wanted(
        self, bars: Iterable[Sequence[Note] | None], density: float, rng: Random
    ) -> Generator[None, None, list[Note]]:
        """The notes of all bars, thinned out below density 1; yields as heartbeat."""
        written: list[Note] = []
        for bar in bars:
            written += bar or ()
            yield
        if density >= 1:
            return written
        kit = read_kit(self._study.clip, self._study.score.space)
        return thinned(written, density, kit, self._study.score.grid, rng)

    def _hand(self, most: float) -> dict[int, float]:
        """How much the velocity of each pad may vary: never more than it did in the source."""
        played: dict[int, list[float]] = {}
        for piece in self._study.score.slices:
            for note in piece.notes:
                played.setdefault(note.pitch, []).append(note.velocity)
        return {pitch: min(most, _spread(v) / 3) for pitch, v in played.items()}

    def _turns_round(self) -> bool:
        """Whether the last bar of the source differs from all others."""
        score, bars = self._study.score, self._study.bars
        last = bars.end - 1
        others = range(max(bars.first, last - 32), last)
        return bool(others) and all(bar_likeness(score, last, bar) < _ALIKE for bar in others)


def _spread(values: Sequence[float]) -> float:
    """Standard deviation."""
    mean = sum(values) / len(values)
    return float((sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5)
