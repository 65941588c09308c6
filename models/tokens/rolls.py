# SPDX-License-Identifier: Apache-2.0
"""What a pitch that is due goes with: sets of pitches, "rolls", whose distance from it counts.

Wherever a pitch may come next, `Tracker.rolls()` gives these bit masks of 128 pitches:

    sounding   what sounds here, in all parts, the chord said so far included
    near       the pitch classes within a quarter of here in this bar, in all parts, in every octave
    last       what the same part struck last
    before     what it struck before that
    bar_ago    what it struck at this place of the bar before, or last before that place

The network makes a kernel over distances for each (`NetworkConfig.interval_reach`), so that it
learns intervals once for all pitches.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from models.tokens import vocabulary as v

ROLL_NAMES = ("sounding", "near", "last", "before", "bar_ago")
Rolls = tuple[int, int, int, int, int]
Span = tuple[int, int, int]  # start and end in ticks from the first bar, pitch
NO_ROLLS: Rolls = (0, 0, 0, 0, 0)

NEAR_TICKS = v.TICKS_PER_QUARTER
_ALL = (1 << 128) - 1
_OCTAVES = sum(1 << 12 * octave for octave in range(11))


class Held:
    """The notes that sound in each bar, in all parts; they may come in any order."""

    def __init__(self) -> None:
        self._bars: list[list[Span]] = []

    def copy(self) -> Held:
        """Independent ones."""
        twin = Held()
        twin._bars = [list(notes) for notes in self._bars]
        return twin

    def open_bar(self, start: int) -> None:
        """A bar begins, and with it what still sounds."""
        self._bars.append([n for n in self._bars[-1] if n[1] > start] if self._bars else [])

    def add(self, bar: int, note: Span, starts_ticks: Sequence[int]) -> None:
        """A note of a bar, into every bar known so far that it reaches."""
        for later in range(bar, len(self._bars)):
            if note[1] <= starts_ticks[later]:
                break
            self._bars[later].append(note)

    def at(self, bar: int, now: int) -> int:
        """Bit mask of the pitches that sound at a tick of a bar."""
        mask = 0
        for start, end, pitch in self._bars[bar]:
            if start <= now < end:
                mask |= 1 << pitch
        return mask

    def near(self, bar: int, now: int) -> int:
        """The roll `near` at a tick of a bar."""
        return classes_near(self._bars[bar], now)


class Lines:
    """What each part struck and when, in order of time; notes may come in any order."""

    def __init__(self) -> None:
        self._parts: dict[int, tuple[list[int], list[int]]] = {}

    def copy(self) -> Lines:
        """Independent ones."""
        twin = Lines()
        for part, (ticks, masks) in self._parts.items():
            twin._parts[part] = (list(ticks), list(masks))
        return twin

    def strike(self, part: int, tick: int, pitch: int) -> None:
        """A note begins, at a tick from the first bar."""
        ticks, masks = self._parts.setdefault(part, ([], []))
        place = bisect_left(ticks, tick)
        if place < len(ticks) and ticks[place] == tick:
            masks[place] |= 1 << pitch
        else:
            ticks.insert(place, tick)
            masks.insert(place, 1 << pitch)

    def earlier(self, part: int, tick: int, bar_lines: Sequence[int]) -> tuple[int, int, int]:
        """The rolls `last`, `before` and `bar_ago` at a tick.

        Args:
            part: whose.
            tick: where the pitch would come, from the first bar.
            bar_lines: ticks of the bar line before the last, if there is one, and of the last.
        """
        last, before = self.last_two(part, tick)
        low, high = bar_lines[0], bar_lines[-1]
        bar_ago = self.latest(part, low, min(low + tick - high, high - 1)) if low < high else 0
        return last, before, bar_ago

    def last_two(self, part: int, tick: int) -> tuple[int, int]:
        """What the part struck last before a tick, and before that; 0 where there is nothing."""
        ticks, masks = self._parts.get(part, ((), ()))
        place = bisect_left(ticks, tick)
        return masks[place - 1] if place else 0, masks[place - 2] if place > 1 else 0

    def latest(self, part: int, low: int, high: int) -> int:
        """What the part struck last from tick `low` to `high`, both included; 0 for nothing."""
        ticks, masks = self._parts.get(part, ((), ()))
        place = bisect_right(ticks, high) - 1
        return masks[place] if place >= 0 and ticks[place] >= low else 0


def classes_near(notes: Iterable[Span], now: int) -> int:
    """The pitch classes of the (start, end, pitch) around a tick, in every octave."""
    first, last, mask = now - NEAR_TICKS, now + NEAR_TICKS, 0
    for start, end, pitch in notes:
        if start < last and end > first:
            mask |= 1 << pitch % 12
    return mask * _OCTAVES & _ALL
