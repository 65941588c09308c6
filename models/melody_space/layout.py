# SPDX-License-Identifier: Apache-2.0
"""Layout: the bars of each step of a morph, and which bar of either phrase each stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from models.errors import BadClip
from models.melody_space.frame import WINDOW_BARS, Frame, frame_of
from models.melody_space.lengths import counts, source_unit
from models.melody_space.phrase import Phrase, same_metre
from models.tokens.grid import GridBar

Bars = tuple[int | None, int | None]  # the bar of the first and of the second phrase


@dataclass(frozen=True)
class Layout:
    """One step's bars.

    Attributes:
        share: 0 is the first phrase, 1 the second.
        nearer: the phrase whose frame it has.
        frame: its bars, pickup included, where they lie in its clip.
        pickup_bars: how many of them come before the loop.
        sources: for each bar those that it stands for; None where a phrase has none there.
    """

    share: float
    nearer: Phrase
    frame: Frame
    pickup_bars: int
    sources: tuple[Bars, ...]

    @property
    def kind(self) -> tuple[object, ...]:
        """What steps have in common that are written as one walk."""
        return (self.sources, tuple((bar.ticks, bar.metre) for bar in self.frame.bars))

    def windows(self) -> list[tuple[int, int]]:
        """First bar and last + 1 of each window; no window holds pickup and loop."""
        cuts = [*range(0, self.pickup_bars, WINDOW_BARS)]
        cuts += [*range(self.pickup_bars, len(self.sources), WINDOW_BARS), len(self.sources)]
        return list(pairwise(cuts))


def layouts(first: Phrase, second: Phrase, steps: int, *, map_metres: bool) -> list[Layout]:
    """The steps between two phrases, end points included.

    Raises:
        BadClip: their metres differ and shall not be mapped.
    """
    unit = WINDOW_BARS if first.even and second.even else 1
    lengths = counts(first.body_bars // unit, second.body_bars // unit, steps)
    found = []
    for step, count in enumerate(lengths):
        share = step / (steps - 1)
        bodies = [_body(phrase, unit, count) for phrase in (first, second)]
        nearer = first if share <= 0.5 else second
        found.append(_layout((first, second), nearer, share, list(zip(*bodies, strict=True))))
    if not map_metres:
        for layout in found:
            _need_one_metre(first, second, layout)
    return found


def _body(phrase: Phrase, unit: int, count: int) -> Iterator[int]:
    for index in range(count):
        start = phrase.pickup_bars + unit * source_unit(phrase.body_bars // unit, count, index)
        yield from range(start, start + unit)


def _layout(
    phrases: tuple[Phrase, Phrase], nearer: Phrase, share: float, body: Sequence[Bars]
) -> Layout:
    number = phrases.index(nearer)
    pickup: list[Bars] = []
    for back in range(nearer.pickup_bars, 0, -1):
        at = [p.pickup_bars - back if p.pickup_bars >= back else None for p in phrases]
        pickup.append((at[0], at[1]))
    sources = (*pickup, *body)
    bars = [nearer.frame.bars[_own(source, number)] for source in sources]
    placed = _placed(bars[: len(pickup)], bars[len(pickup) :], nearer.clip.loop_start_beats)
    return Layout(share, nearer, frame_of(placed), len(pickup), sources)


def _own(source: Bars, number: int) -> int:
    bar = source[number]
    assert bar is not None
    return bar


def _placed(
    pickup: Sequence[GridBar], body: Sequence[GridBar], start_beats: float
) -> list[GridBar]:
    """Bars one after the other, the first one of the loop at its start."""
    place = start_beats - sum(bar.end_beats - bar.start_beats for bar in pickup)
    found = []
    for bar in (*pickup, *body):
        beats = bar.end_beats - bar.start_beats
        found.append(replace(bar, start_beats=place, end_beats=place + beats))
        place += beats
    return found


def _need_one_metre(first: Phrase, second: Phrase, layout: Layout) -> None:
    for left, right in layout.sources[layout.pickup_bars :]:
        if left is None or right is None:
            continue
        bars = first.frame.bars[left], second.frame.bars[right]
        cut = [_is_cut(phrase, bar) for phrase, bar in zip((first, second), bars, strict=True)]
        if not any(cut) and not same_metre(*bars):
            names = [
                _metre_of(phrase, bar) for phrase, bar in zip((first, second), bars, strict=True)
            ]
            raise BadClip(
                f"The first clip is in {names[0]} and the second in {names[1]}: give clips of one "
                'metre, or set metres to "map" to lay bar on bar.',
                where="metre",
            )


def _is_cut(phrase: Phrase, bar: GridBar) -> bool:
    """Whether the loop begins or ends inside this bar."""
    metre = phrase.clip.metre_at(bar.start_beats)
    whole = bar.end_beats - bar.start_beats >= metre.bar_beats - 1e-6
    return not whole and bar in (
        phrase.frame.bars[phrase.pickup_bars],
        phrase.frame.bars[-1],
    )


def _metre_of(phrase: Phrase, bar: GridBar) -> str:
    return str(phrase.clip.metre_at(bar.start_beats))
