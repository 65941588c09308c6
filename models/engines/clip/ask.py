# SPDX-License-Identifier: Apache-2.0
"""Ask: a request in the network's terms; Draft: one candidate that the network wrote for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from models.clip import Note
from models.engine import Answer
from models.tokens.rules import PartRules
from models.tokens.scene import Scene

# The new notes of each target cell, in the order of `Scene.cells`, on the scene's beat line.
Cells = Sequence[Sequence[Note]]


@dataclass(frozen=True, slots=True)
class Span:
    """One span of the answer that is complete once `cells` have ended.

    Attributes:
        cells: places in `Scene.cells`.
        start_beats, end_beats: on the answer's beat line.
        part: which clip of the answer it belongs to.
    """

    cells: tuple[int, ...]
    start_beats: float
    end_beats: float
    part: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One question, and the way back from what is written.

    Attributes:
        scene: what is to be written and around what; target cells hold no answer.
        rules: what must be kept to, by place in `scene.parts`.
        spans: what is sent bar by bar; together they hold every new note.
        span_notes: the new notes of a span, on the answer's beat line, given all cells so far.
        answer: the whole take, given every cell.
        degraded: each step back that was taken, in words.
        following: what is asked next for the same take, given every cell, where the answer is
            longer than the network writes at once; `answer` is then that of the last ask.
        spans_after: how many spans of each part the following asks will have.
        refused: whether cells are no answer, as the clip itself again is none; of an ask that is
            sent live, also whether its first cells are none.
        live: whether an only take may be sent while it is written.
    """

    scene: Scene
    rules: Mapping[int, PartRules]
    spans: tuple[Span, ...]
    span_notes: Callable[[Span, Cells], tuple[Note, ...]]
    answer: Callable[[Cells], Answer]
    degraded: tuple[str, ...] = ()
    following: Callable[[Cells], Ask] | None = None
    spans_after: int = 0
    refused: Callable[[Cells], bool] | None = None
    live: bool = True

    def accepts(self, cells: Cells) -> bool:
        """Whether cells, or the first of them, are an answer: they sound and are not refused."""
        return any(cells) and not (self.refused is not None and self.refused(cells))

    def unchanged(self, cells: Cells) -> bool:
        """Whether cells that are all of the take leave the clip as it was."""
        if self.following is not None or self.refused is None:
            return False
        return any(cells) and self.refused(cells)


@dataclass(frozen=True, slots=True)
class Draft:
    """One candidate.

    Attributes:
        cells: the notes of each target cell.
        nats: -log likelihood of each cell's tokens under the network, grammar applied.
        tokens: how many tokens were chosen freely in each cell.
    """

    cells: tuple[tuple[Note, ...], ...]
    nats: tuple[float, ...] = field(default=())
    tokens: tuple[int, ...] = field(default=())
