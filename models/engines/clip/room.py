# SPDX-License-Identifier: Apache-2.0
"""How many tokens a scene takes, so that it can be cut to the network's context beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.errors import BadArgument
from models.tokens.encode import Layout, draft_of, encode, lay_out
from models.tokens.grid import Placed
from models.tokens.scene import Cell, Scene

FRAME_TOKENS = 3  # of a cell: BAR, ROLE and ENDCELL
USUAL_TOKENS = 28  # of a cell of which nothing is known; a bar of one part has 10 to 40
BUSY_TOKENS = 60  # of such a cell beside parts that are as busy as that


class TooLong(BadArgument):
    """A scene does not fit into the network's context.

    Attributes:
        needed: tokens that it takes.
        room: tokens that there are.
    """

    def __init__(self, needed: int, room: int) -> None:
        super().__init__(
            f"The music needs about {needed} tokens and the network holds {room}; "
            "ask for fewer bars or tracks.",
            where="context",
        )
        self.needed, self.room = needed, room


@dataclass(frozen=True, slots=True)
class Need:
    """Tokens that a scene takes.

    Attributes:
        context: of the question; exact.
        cells: of each target cell, its frame included; a safe estimate.
    """

    context: int
    cells: tuple[int, ...]

    @property
    def total(self) -> int:
        """Question and answer."""
        return self.context + sum(self.cells) + 1  # END


def tokens_needed(scene: Scene, *, velocities: bool = False, micro: bool = False) -> Need:
    """What a scene takes; compare its `total` with the network's `config.context`.

    A cell is taken to need as much as the fullest bar that its part has, or where that has none,
    about as much as the others; a forced rhythm or forced pitches as much as they say.
    """
    context = encode(scene, velocities=velocities, micro=micro).context
    return need_behind(scene, len(context), velocities + micro)


def need_behind(scene: Scene, context_tokens: int, extra: int) -> Need:
    """The same where the context is encoded already; `extra` tokens are said of each note."""
    layout = lay_out(scene)
    fullest = [_fullest(layout, part, extra) for part in range(len(scene.parts))]
    usual = min(BUSY_TOKENS, max(USUAL_TOKENS, *fullest))
    fullest = [tokens or usual for tokens in fullest]
    cells = [_cell(layout, cell, fullest[cell.part], extra) for cell in scene.cells]
    return Need(context_tokens, tuple(cells))


def least_after(scene: Scene, need: Need) -> tuple[int, ...]:
    """For each cell, the tokens that are kept for all cells behind it.

    Half of what a cell is thought to need is kept, or a busy beginning would leave nothing to the
    last bars; what is forced is kept whole.
    """
    least = [
        tokens
        if cell.hint in {"rhythm", "pitches"}
        else FRAME_TOKENS + (tokens - FRAME_TOKENS) // 2
        for cell, tokens in zip(scene.cells, need.cells, strict=True)
    ]
    return tuple(sum(least[index + 1 :]) + 1 for index in range(len(least)))


def _cell(layout: Layout, cell: Cell, fullest: int, extra: int) -> int:
    drums = layout.scene.parts[cell.part].drums
    if cell.hint == "nothing":
        return FRAME_TOKENS + fullest
    drafted = _tokens(draft_of(layout, cell), extra, drums=drums)
    if cell.hint == "rework":
        drafted = max(drafted, fullest)
    return FRAME_TOKENS + drafted


def _fullest(layout: Layout, part: int, extra: int) -> int:
    drums = layout.scene.parts[part].drums
    bars: Iterable[Sequence[Placed]] = (*layout.standing[part], *layout.target[part])
    return max(_tokens(bar, extra, drums=drums) for bar in bars)


def _tokens(notes: Sequence[Placed], extra: int, *, drums: bool) -> int:
    """POS an onset; PITCH and DUR, or DRUM, a note."""
    onsets = len({note.tick for note in notes})
    return onsets + len(notes) * ((1 if drums else 2) + extra)
