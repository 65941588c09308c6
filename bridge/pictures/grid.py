# SPDX-License-Identifier: Apache-2.0
"""Bar lines, beat lines and bar numbers, thinned out so that they stay legible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.pictures.axes import NumberedBar, Span
from models.metre import EPSILON_BEATS, Bar

_BEAT_LINE_PX = 7.0  # closer than this, lines would grey the roll
_BAR_LINE_PX = 8.0
_LABEL_GAP = 1.5  # free space after a label, in characters


def grid_lines(
    bars: Sequence[NumberedBar], span: Span, width_px: float
) -> Iterator[tuple[str, float]]:
    """Role (`beat` or `bar`) and place in beats of each line, beats first."""
    px_per_beat = width_px / span.beats
    for numbered in bars:
        for beats in _beats_inside(numbered.bar, px_per_beat):
            if span.start_beats < beats < span.end_beats:
                yield "beat", beats
    every = _every(bars, px_per_beat, _BAR_LINE_PX)
    for numbered in bars:
        start = numbered.bar.start_beats
        if _counts(numbered.number, every) and span.start_beats < start < span.end_beats:
            yield "bar", start


def _beats_inside(bar: Bar, px_per_beat: float) -> Iterator[float]:
    """The lines between two bar lines: each unit of the metre, or its pulse, or none."""
    units = (4 / bar.metre.denominator, bar.metre.pulse_beats)
    step = next((unit for unit in units if unit * px_per_beat >= _BEAT_LINE_PX), None)
    if step is None:
        return
    count = 1
    while (beats := bar.start_beats + count * step) < bar.end_beats - EPSILON_BEATS:
        yield beats
        count += 1


def _every(bars: Sequence[NumberedBar], per_beat: float, room: float) -> int:
    """The smallest power of two so that every so many bars are `room` apart on average."""
    if not bars:
        return 1
    average = (bars[-1].bar.end_beats - bars[0].bar.start_beats) / len(bars) * per_beat
    every = 1
    while average * every < room:
        every *= 2
    return every


def _counts(number: int, every: int) -> bool:
    """Whether a bar is counted when only every so many are: 1, 5, 9 ..., and -4, -8 ..."""
    return (number - 1 if number > 0 else number) % every == 0


def ruler_texts(
    bars: Sequence[NumberedBar], span: Span, characters: float
) -> list[tuple[float, str]]:
    """Bar numbers, with the metre where it is new, that do not run into each other.

    Args:
        bars: the bars of the span.
        span: the beats across the roll.
        characters: how many characters the roll is wide.
    """
    per_beat = characters / span.beats
    widest = max((len(str(bar.number)) for bar in bars), default=1)
    every = _every(bars, per_beat, widest + 2 * _LABEL_GAP)
    metres = [_label(bar, span) for bar in bars if bar.new_metre]
    numbers = [_label(b, span) for b in bars if not b.new_metre and _counts(b.number, every)]
    taken: list[tuple[float, float]] = []
    texts = []
    for beats, words in (*metres, *numbers):
        left = (beats - span.start_beats) * per_beat
        right = left + len(words) + _LABEL_GAP
        free = all(right <= other_left or left >= end for other_left, end in taken)
        if words and free and right - _LABEL_GAP <= characters:
            taken.append((left, right))
            texts.append((beats, words))
    return sorted(texts)


def _label(numbered: NumberedBar, span: Span) -> tuple[float, str]:
    """A bar's place and words; a bar that began before the span shows no number."""
    start = numbered.bar.start_beats
    words = [str(numbered.number)] if start >= span.start_beats else []
    if numbered.new_metre:
        words.append(str(numbered.new_metre))
    return max(start, span.start_beats), "  ".join(words)
