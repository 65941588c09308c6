# SPDX-License-Identifier: Apache-2.0
"""Rhythm: which ticks of a bar carry an onset.

A chain over places in the bar rather than over inter-onset intervals alone, so that every
decision knows the metre (the "bar position" viewpoint of Conklin & Witten 1995).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from random import Random

from models.engines.motif.ppm import Ppm
from models.metre import Metre

Ticks = list[int]
START = -1  # stands before the first onset of a bar


class RhythmModel:
    """PPM over the onsets of a bar: after these onsets, where is the next one?

    Attributes:
        shortest_ticks: least time between two onsets of the clip; 1 until that is known.
    """

    def __init__(self) -> None:
        self.shortest_ticks = 1
        self._ppm = Ppm()
        self._places: dict[int, Counter[int]] = {}  # by bar length: bars that have this onset
        self._opening: dict[int, set[int]] = {}  # by bar length: first onsets
        self._closing: dict[int, set[int]] = {}  # and last ones
        self._bars: Counter[int] = Counter()

    def learn(self, bar_ticks: int, onsets: Sequence[int]) -> None:
        """Learn one bar; the bar's end is a symbol like any other."""
        done = [START]
        for tick in (*onsets, bar_ticks):
            self._ppm.learn(self._contexts(bar_ticks, done), tick)
            done.append(tick)
        self._bars[bar_ticks] += 1
        self._places.setdefault(bar_ticks, Counter()).update(onsets)
        self._opening.setdefault(bar_ticks, set()).add(done[1])
        self._closing.setdefault(bar_ticks, set()).add(done[-2])

    def usual(self, bar_ticks: int, within: Callable[[int], bool]) -> float | None:
        """Mean number of onsets a bar at the ticks `within`; None for an unknown bar length."""
        if not self._bars[bar_ticks]:
            return None
        found = sum(n for tick, n in self._places[bar_ticks].items() if within(tick))
        return found / self._bars[bar_ticks]

    def chances(
        self, bar_ticks: int, done: Sequence[int], base: dict[int, float], novelty: float
    ) -> dict[int, float]:
        """Probability of each next onset after those `done`; `bar_ticks` means none.

        `novelty` weighs onsets where no bar has one, and a beginning or end of the bar's
        rhythm where no bar has its first or last onset.
        """
        shares, mass = self._ppm.spread(self._contexts(bar_ticks, [START, *done]))
        last = done[-1] if done else START
        known = set((self._places if done else self._opening).get(bar_ticks, base))
        if last in self._closing.get(bar_ticks, {last}):
            known.add(bar_ticks)
        least = last + (self.shortest_ticks if done else 1)
        left = {t: p * (1 if t in known else novelty) for t, p in base.items() if t >= least}
        total = sum(left.values()) or 1.0
        mixed = {tick: mass * p / total for tick, p in left.items() if p}
        for symbol, share in shares.items():
            assert isinstance(symbol, int)
            if symbol >= least or symbol == bar_ticks:
                mixed[symbol] = mixed.get(symbol, 0.0) + share
        return mixed or {bar_ticks: 1.0}

    @staticmethod
    def _contexts(bar_ticks: int, done: Sequence[int]) -> list[Hashable]:
        longest = min(4, len(done))
        return [(bar_ticks, *done[-order:]) for order in range(longest, 0, -1)]


def metric_base(metre: Metre, bar_ticks: int, ticks_per_beat: int) -> dict[int, float]:
    """A plain prior for the next onset: stronger places are likelier."""
    weights = {t: metre.strength(t / ticks_per_beat) + 0.02 for t in range(min(bar_ticks, 400))}
    weights[bar_ticks] = 0.3
    return weights


def write_rhythm(
    rng: Random,
    chances: Callable[[Ticks], dict[int, float]],
    reference: Sequence[int],
    copy: Callable[[int], float],
    before: Sequence[int],
    bar: tuple[int, float],
) -> Ticks:
    """Onsets of one bar.

    Args:
        rng: the source of chance.
        chances: next-onset probabilities after the onsets so far.
        reference: onsets of the bar to follow.
        copy: for a tick, the share of decisions that follow the reference from there.
        before: onsets that the bar has already, at its beginning.
        bar: its length in ticks, and the temperature.
    """
    bar_ticks, temperature = bar
    done = list(before)
    last = done[-1] if done else START
    while last < bar_ticks:
        options = chances(done)
        following = next((tick for tick in reference if tick > last), bar_ticks)
        fits = following == bar_ticks or following >= min(options)
        copied = fits and rng.random() < copy(last)
        last = following if copied else draw(rng, options, temperature)
        done.append(last)
    return [tick for tick in done[len(before) :] if tick < bar_ticks]


def draw(rng: Random, weights: dict[int, float], temperature: float) -> int:
    """A key drawn with its weight, sharpened (below 1) or flattened (above 1)."""
    top = max(weights.values())
    bent = [(p / top) ** (1 / temperature) for p in weights.values()]
    return rng.choices(list(weights), bent)[0]


def adjust_density(
    rng: Random, onsets: Ticks, wanted: float, strength: Callable[[int], float], room: range
) -> Ticks:
    """Thin out weak onsets, or split the longest gaps in `room`, until `wanted` onsets are left.

    A fractional `wanted` is rounded up or down by chance, so that bars add up to the ratio.
    """
    target = int(wanted) + (rng.random() < wanted - int(wanted))
    kept = list(onsets)
    if len(kept) > target:
        order = sorted(kept, key=lambda t: strength(t) + 0.3 * rng.random(), reverse=True)
        return sorted(order[:target])
    while len(kept) < target and len(kept) < len(room):
        edges = [*kept, room.stop]
        edges = edges if kept and kept[0] == room.start else [room.start, *edges]
        gaps = [(b - a, a) for a, b in pairwise(edges)]
        widest = max(gap for gap, _ in gaps)
        start = rng.choice([a for gap, a in gaps if gap >= widest * 0.99])
        if start not in kept:
            kept.append(start)
        elif widest < 2:
            break
        else:
            kept.append(_middle(start, widest, strength))
        kept.sort()
    return kept


def _middle(start: int, gap: int, strength: Callable[[int], float]) -> int:
    """The strongest tick near the middle of a gap."""
    inner = range(start + max(1, gap // 4), start + gap - (gap // 4 if gap > 3 else 0))
    ticks = list(inner) or [start + gap // 2]
    return max(ticks, key=lambda t: (strength(t), -abs(2 * (t - start) - gap)))
