# SPDX-License-Identifier: Apache-2.0
"""Surroundings: a span of a clip that is written anew, and the bars on both sides of it."""

from __future__ import annotations

from collections.abc import Sequence

from models.clip import Clip, Note
from models.engine import Answer, Result
from models.engines.clip.hole import by_bar
from models.engines.clip.question import Declined
from models.engines.clip.source import Source, read_source
from models.engines.roles import roles_of
from models.metre import EPSILON_BEATS, Bar
from models.tokens.grid import grid_bars

MOST_BARS = 64  # of the span


def read_round(
    clip: Clip, span: tuple[float, float], heard: Sequence[Note], reach: int
) -> tuple[Source, tuple[tuple[int, int], ...]]:
    """Read the bars of a span and those round it.

    Args:
        clip: whose.
        span: first and last beat of what is written anew.
        heard: the notes that tell what the clip plays.
        reach: bars on each side.

    Returns:
        The source, and of every bar the first and last + 1 of its bars on the grid.

    Raises:
        Declined: the span is too long for the network.
    """
    real = bars_round(clip, *span, reach)
    if len(real) > MOST_BARS + 2 * reach:
        raise Declined(f"more than {MOST_BARS} bars would be written anew")
    pieces = [grid_bars([bar]) for bar in real]
    bars = tuple(piece for grid in pieces for piece in grid)
    unmuted = [note for note in clip.notes if not note.mute]
    return read_source(clip, unmuted, bars, roles_of([clip], [heard])[0]), by_bar(pieces)


def bars_round(clip: Clip, low_beats: float, high_beats: float, reach: int) -> tuple[Bar, ...]:
    """The bars that a span touches, and up to `reach` more on each side where the clip has them."""
    metres = (clip.metre, *(change.metre for change in clip.metre_changes))
    longest = max(metre.bar_beats for metre in metres)
    begins = (note.start_beats for note in clip.notes)
    first = min((0.0, clip.loop_start_beats, low_beats, *begins))
    last = max(clip.length_beats, clip.loop_end_beats, high_beats)
    start = max(first - longest, low_beats - (reach + 1) * longest)
    found = [
        bar
        for bar in clip.bars(start, min(last, high_beats + reach * longest))
        if bar.end_beats > first + EPSILON_BEATS
    ]
    touched = [
        number
        for number, bar in enumerate(found)
        if bar.end_beats > low_beats + EPSILON_BEATS and bar.start_beats < high_beats
    ]
    return tuple(found[max(0, touched[0] - reach) : touched[-1] + 1 + reach])


def unchanged(clip: Clip, *degraded: str) -> Result:
    """The clip as it is."""
    return Result((Answer((clip,)),), degraded)
