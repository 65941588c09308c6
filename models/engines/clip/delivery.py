# SPDX-License-Identifier: Apache-2.0
"""Delivery: a take's spans as partials, whole pieces at once or live while they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from models.clip import Note
from models.engine import Partial
from models.engines.clip.ask import Ask, Draft, Span
from models.engines.clip.candidate import CellEnd
from models.engines.clip.judge import choose


class Take:
    """One take as far as it is.

    Attributes:
        number: its place among the takes.
        ask: where it stands.
        draft: what was written for that.
    """

    def __init__(self, number: int, ask: Ask) -> None:
        self.number = number
        self.ask = ask
        self.draft = Draft(())
        self._sent: Counter[int] = Counter()
        parts = Counter(span.part for span in ask.spans)
        self._counts = {part: count + ask.spans_after for part, count in parts.items()}

    def go_on(self) -> None:
        """Stand at the next ask."""
        assert self.ask.following is not None
        self.ask = self.ask.following(self.draft.cells)

    def deliver(self) -> Iterator[Partial]:
        """Every span of the draft."""
        for span in self.ask.spans:
            yield self.partial(span, self.draft.cells)

    def partial(self, span: Span, cells: tuple[tuple[Note, ...], ...]) -> Partial:
        """The next span of its part."""
        index = self._sent[span.part]
        self._sent[span.part] += 1
        notes = self.ask.span_notes(span, cells)
        return Partial(
            self.number,
            index,
            self._counts[span.part],
            span.start_beats,
            span.end_beats,
            notes,
            span.part,
        )


class Live:
    """Candidates of an only take while they are written.

    Once each of them has its first bar, the best beginning is chosen; from there on only that
    candidate is written, and its spans go out as they end.

    Attributes:
        chosen: the candidate, or None as long as none is.
    """

    def __init__(self, take: Take, candidates: int) -> None:
        self.chosen: int | None = None
        self._take = take
        self._ended: list[list[CellEnd]] = [[] for _ in range(candidates)]
        self._waiting = list(take.ask.spans)
        first_bar = take.ask.spans[0].end_beats
        beginning = (span for span in take.ask.spans if span.end_beats <= first_bar)
        self._enough = 1 + max(cell for span in beginning for cell in span.cells)

    def wants(self, candidate: int) -> bool:
        """Whether it is still of use what the candidate writes."""
        return self.chosen in (None, candidate)

    def ended(self, cell: CellEnd) -> Iterator[Partial]:
        """Take a cell; yield the spans that are known now."""
        self._ended[cell.candidate].append(cell)
        if self.chosen is None and all(len(own) >= self._enough for own in self._ended):
            self.chosen = self._best()
        if self.chosen is None:
            return
        cells = tuple(end.notes for end in self._ended[self.chosen])
        while self._waiting and max(self._waiting[0].cells) < len(cells):
            yield self._take.partial(self._waiting.pop(0), cells)

    def _best(self) -> int:
        """The best beginning that may be sent, judged as if nothing else were to be written."""
        ask = self._take.ask
        scene = replace(ask.scene, cells=ask.scene.cells[: self._enough])
        begun = [own[: self._enough] for own in self._ended]
        drafts = [
            Draft(
                tuple(end.notes for end in own),
                tuple(end.nats for end in own),
                tuple(end.tokens for end in own),
            )
            for own in begun
        ]
        able = [n for n, draft in enumerate(drafts) if ask.accepts(draft.cells)]
        able = able or list(range(len(drafts)))
        order = choose(replace(ask, scene=scene), [drafts[n] for n in able]).order
        return able[order[0]]
