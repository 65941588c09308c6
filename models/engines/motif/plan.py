# SPDX-License-Identifier: Apache-2.0
"""The plan of a span: which earlier bar each new bar follows, and how closely.

Music repeats by bars at a few lags; lines written note by note lose that. So every bar first gets
a reference (the bar one loop, or eight, four, two, one bars back, chosen for a whole phrase by how
well that lag explains the source) and a treatment: follow it, change its ending, move it as a
sequence, or go free. Drums copy it, so that backbeat and turnarounds stay where they are; what
varies in them is varied hit by hit afterwards.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from models.engines.motif.rhythm import draw
from models.engines.motif.score import Score

Treatment = Literal["copy", "follow", "answer", "sequence", "free"]
PHRASE_BARS = 4
_LAG_PRIORS = {1: 0.3, 2: 0.8, 4: 1.5, 8: 1.5, 16: 1.0}
_LOOP_PRIOR = 6.0
_LONGEST_LOOP_BARS = 64
_BARS_COMPARED = 64
_FARTHEST_BARS = 8  # from a hole to the bar that it follows


@dataclass(frozen=True, slots=True)
class LoopBars:
    """The bars of a loop: `first`, the one after its last, and how many bars one turn takes."""

    first: int
    end: int
    turn: int


@dataclass(frozen=True, slots=True)
class BarPlan:
    """What one new bar does.

    Attributes:
        bar: its number on the grid.
        reference: number of the bar it follows.
        treatment: how.
        shift_steps: for a sequence, scale steps up or down.
    """

    bar: int
    reference: int
    treatment: Treatment
    shift_steps: int = 0


@dataclass(frozen=True, slots=True)
class Closeness:
    """How much of a bar is copied: `head` up to `split` of its length, `tail` after it."""

    head: float
    tail: float
    split: float = 0.5

    def at(self, share_of_bar: float) -> float:
        """The chance to copy at a place in the bar."""
        return self.head if share_of_bar < self.split else self.tail


def pitch_closeness(treatment: Treatment, similarity: float, adventure: float) -> Closeness:
    """How closely the pitches of a bar follow those of its reference."""
    slack = (1 - similarity) * (0.1 + 0.3 * adventure)
    tail = 0.15 + 0.5 * similarity * (1 - adventure)
    return {
        "copy": Closeness(1, 1),
        "follow": Closeness(1 - slack / 2, 1 - slack),
        "answer": Closeness(1 - slack / 2, tail),
        "sequence": Closeness(1 - slack / 2, 0.9 - slack),
        "free": Closeness(0.4 * similarity, 0.2 * similarity),
    }[treatment]


def rhythm_closeness(treatment: Treatment, similarity: float, adventure: float) -> Closeness:
    """How closely the onsets of a bar follow those of its reference: more than its pitches."""
    slack = (1 - similarity) * (0.05 + 0.25 * adventure)
    return {
        "copy": Closeness(1, 1),
        "follow": Closeness(1 - slack / 4, 1 - slack / 2),
        "answer": Closeness(1 - slack / 4, 0.75 - slack),
        "sequence": Closeness(1 - slack / 4, 1 - slack / 2),
        "free": Closeness(0.3 + 0.5 * similarity, 0.2 + 0.4 * similarity),
    }[treatment]


def bar_likeness(score: Score, first: int, second: int) -> float:
    """Share of (tick, pitch) pairs that two bars have in common, with half weight for ticks."""
    a, b = score.bar(first), score.bar(second)
    if not a or not b:
        return float(not a and not b) * 0.5
    ticks = len(a.keys() & b.keys()) / max(len(a), len(b))
    same = sum(a[tick].pitches == b[tick].pitches for tick in a.keys() & b.keys())
    return (ticks + 2 * same / max(len(a), len(b))) / 3


def lag_weights(score: Score, loop_bars: LoopBars) -> dict[int, float]:
    """How well each lag explains the loop's bars; one turn of the loop is a lag too."""
    first, end, loop = loop_bars.first, loop_bars.end, loop_bars.turn
    bars = range(max(first, end - _BARS_COMPARED), end)
    weights: dict[int, float] = {}
    for lag, prior in _LAG_PRIORS.items():
        pairs = [bar for bar in bars if bar - lag >= first]
        if pairs:
            likeness = sum(bar_likeness(score, bar, bar - lag) for bar in pairs) / len(pairs)
            weights[lag] = prior * (0.05 + likeness) ** 2
    if 1 <= loop <= _LONGEST_LOOP_BARS:
        best = max((w / _LAG_PRIORS[lag] for lag, w in weights.items()), default=1.0)
        weights[loop] = weights.get(loop, 0.0) + _LOOP_PRIOR * best
    sharpness = 8 if score.space.drums else 2  # a groove must not thin out at the seam
    return {lag: w * _continuity(score, end, lag) ** sharpness for lag, w in weights.items()}


def _continuity(score: Score, end: int, lag: int) -> float:
    """How much the rhythm that a lag leads to is like that of the last bars, above 0 to 1.

    A part that has just come in must not fall silent because it was silent one turn ago.
    """
    recent = _pattern(score, range(end - PHRASE_BARS, end))
    ahead = range(end - lag, min(end, end - lag + PHRASE_BARS))
    coming = _pattern(score, ahead)
    per_bar = PHRASE_BARS / max(1, len(ahead))
    both = sum(min(count, coming[tick] * per_bar) for tick, count in recent.items())
    return (0.02 + both) / (0.02 + max(sum(recent.values()), sum(coming.values()) * per_bar))


def _pattern(score: Score, bars: range) -> Counter[tuple[int, int]]:
    """How often each tick has an onset; for drums, each pad at each tick."""
    hits: Counter[tuple[int, int]] = Counter()
    for bar in bars:
        for tick, piece in score.bar(bar).items():
            hits.update((tick, pad) for pad in (piece.pitches if score.space.drums else (0,)))
    return hits


def treatments(
    rng: Random, count: int, similarity: float, adventure: float, *, drums: bool
) -> list[Treatment]:
    """One treatment a bar; a phrase ends with an answer more often than it begins with one."""
    if drums:
        return ["copy"] * count
    chosen: list[Treatment] = []
    for index in range(count):
        closing = index % PHRASE_BARS == PHRASE_BARS - 1 or index == count - 1
        weights: dict[Treatment, float] = {
            "follow": 0.15 + 1.6 * similarity * (0.5 if closing else 1.0),
            "answer": 0.2 + (1.2 if closing else 0.4),
            "sequence": 0.0 if closing else 0.4 * (1 - similarity) * (0.2 + adventure),
            "free": (1 - similarity) ** 2 * (0.3 + 1.2 * adventure),
        }
        chosen.append(rng.choices(list(weights), list(weights.values()))[0])
    if similarity < 0.95 and count > 1 and all(name == "follow" for name in chosen):
        chosen[-1] = "answer"
    return chosen


def plan_continuation(
    rng: Random, score: Score, source_bars: LoopBars, count: int, shape: Sequence[float]
) -> list[BarPlan]:
    """Plans for `count` bars after the source's loop.

    Args:
        rng: the source of chance.
        score: the source.
        source_bars: the bars of its loop.
        count: how many new bars.
        shape: similarity and adventure, 0-1 each.
    """
    end = source_bars.end
    similarity, adventure = shape
    weights = lag_weights(score, source_bars)
    names = treatments(rng, count, similarity, adventure, drums=score.space.drums)
    plans: list[BarPlan] = []
    # The phrase of a groove is its turnaround; it is kept more readily than that of a tune.
    temperature = 0.35 + (0.3 if score.space.drums else 1.3) * adventure
    for start in range(0, count, PHRASE_BARS):
        lag = draw(rng, weights, temperature)
        shift = rng.choice((-2, -1, 1, 2))
        for index in range(start, min(start + PHRASE_BARS, count)):
            bar = end + index
            reference = bar - lag
            if reference < source_bars.first:  # a pickup: half a phrase on is a bar like this one
                reference = min(reference + max(1, lag // 2), end - 1)
            plans.append(BarPlan(bar, reference, names[index], shift))
    return _closed(rng, score, plans, source_bars)


def _closed(
    rng: Random, score: Score, plans: list[BarPlan], source_bars: LoopBars
) -> list[BarPlan]:
    """The last bar may follow the source's last one, which leads back to its beginning."""
    first, end = source_bars.first, source_bars.end
    last = plans[-1]
    if end - first > 1 and score.bar(end - 1) and rng.random() < 0.35:
        plans[-1] = BarPlan(last.bar, end - 1, last.treatment)
    return plans


def plan_hole(
    rng: Random, score: Score, bars: Sequence[int], usable: Callable[[int], bool], shape: float
) -> list[BarPlan]:
    """Plans for bars inside a clip: each follows a bar before or after the hole.

    Args:
        rng: the source of chance.
        score: what is left to learn from.
        bars: the bars of the hole.
        usable: whether a bar may be followed.
        shape: similarity, 0-1.
    """
    weights = _offset_weights(score, bars, usable)
    names = treatments(rng, len(bars), shape, 0.5, drums=score.space.drums)
    chosen = draw(rng, weights, 1.0) if weights else 0
    known = sorted(filter(usable, score.bars))
    plans = []
    for bar, name in zip(bars, names, strict=True):
        options = {offset: w for offset, w in weights.items() if usable(bar + offset)}
        if options:
            found = bar + (chosen if chosen in options else draw(rng, options, 1.0))
        else:
            place = bisect_left(known, bar)
            near = known[max(0, place - 1) : place + 1] or [bar]
            found = min(near, key=lambda b: abs(b - bar))
        plans.append(BarPlan(bar, found, name, rng.choice((-1, 1))))
    return plans


def _offset_weights(
    score: Score, bars: Sequence[int], usable: Callable[[int], bool]
) -> dict[int, float]:
    """How well each distance leads to bars that stand among the like of what is round the hole."""
    first, last = bars[0], bars[-1]
    edges = {first - 1, first, last, last + 1}
    weights = {}
    for offset in range(-_FARTHEST_BARS, _FARTHEST_BARS + 1):
        if not (usable(first + offset) or usable(last + offset)):
            continue
        likeness = sum(bar_likeness(score, edge, edge + offset) for edge in edges) / len(edges)
        weights[offset] = _LAG_PRIORS.get(abs(offset), 0.3) * (0.1 + likeness)
    return weights
