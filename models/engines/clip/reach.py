# SPDX-License-Identifier: Apache-2.0
"""Reach: how much one ask may write, and which bars it may see, the most first."""

from __future__ import annotations

from collections.abc import Iterator

from models.engines.clip.question import Question

WINDOW_BARS = 16  # the network learned from windows of up to 16 bars
AFTER_BARS = 4  # read behind what is written, where there is something


def ends(question: Question, first: int) -> Iterator[int]:
    """The last span + 1 of an ask, the most first; what is left over is not a single bar."""
    bars, most = 0, first
    while most < len(question.spans) and (most == first or bars < question.at_once):
        low, high = question.spans[most]
        if most > first and bars + high - low > question.at_once:
            break
        bars += high - low
        most += 1
    left = len(question.spans) - most
    if left == 1 and most - first > 2:
        most -= 1
    count = most - first
    while count >= 1:
        yield first + count
        count = min(count - 1, (count + 1) // 2)


def windows(question: Question, first: int, end: int) -> Iterator[tuple[int, ...]]:
    """Bars to be seen, the most first: before, to be written, behind up to what is still open."""
    low, high = question.spans[first][0], question.spans[end - 1][1]
    open_bars = [bar for bar, _ in question.spans[end:]]
    limit = open_bars[0] if open_bars else len(question.bars)
    room = max(0, WINDOW_BARS - (high - low))
    shown = 0 if open_bars else question.loop_bars
    for wanted in (room, 12, 8, 6, 4, 3, 2, 1, 0):
        most = min(wanted, room)
        after = min(limit - high, AFTER_BARS, most // 2 if low else most)
        before = min(low, most - after)
        if before < min(2 if high - low > 2 else 1, low):
            return  # rather write less at once than with nothing to go on from
        start = low - before
        yield (*range(min(shown, start)), *range(start, high + after))
