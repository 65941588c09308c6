# SPDX-License-Identifier: Apache-2.0
"""Live: sends the bars of a take while it is written, once it is sure to be no unwanted tune."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.engine import Partial
from models.engines.motif.take import TUNE_PER_BEAT, TakeSpan, Tune, tune_of


class Live:
    """The spans of the only take; those of an attempt that might be dropped are held back.

    Attributes:
        sent: how many were sent. From the first one on, the take is accepted.
    """

    def __init__(self, unwanted: Iterable[Tune]) -> None:
        self.sent = 0
        self._unwanted = tuple(unwanted)
        self._open: tuple[Tune, ...] = ()
        self._held: list[TakeSpan] = []
        self._written: set[tuple[float, ...]] = set()

    def restart(self) -> None:
        """Begin an attempt: forget what was held back of the one before."""
        self._open, self._held = self._unwanted, []
        self._written = set()

    def offer(self, span: TakeSpan) -> Iterator[Partial]:
        """Take a full span; yield those that may be sent now."""
        self._held.append(span)
        if self._open:
            self._written |= tune_of(span.notes, 0)
            self._open = tuple(tune for tune in self._open if not self._left(tune, span.end_beats))
        if not self._open:
            for held in self._held:
                self.sent += 1
                yield partial(0, held)
            self._held = []

    def _left(self, tune: Tune, until_beats: float) -> bool:
        """Whether what is written up to a beat can no longer become the tune."""
        late = TUNE_PER_BEAT * until_beats - 0.5  # from here on, a note may still come
        rows, written = ({row for row in both if len(row) > 1} for both in (tune, self._written))
        return bool(written - rows) or any(tick < late for _, tick in rows - written)


def partial(take: int, span: TakeSpan) -> Partial:
    """The event that sends a span."""
    return Partial(take, span.index, span.count, span.start_beats, span.end_beats, span.notes)
