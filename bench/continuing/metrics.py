# SPDX-License-Identifier: Apache-2.0
"""How near a continuation comes to what really followed, on a sixteenth grid.

Groove similarity, pitch-class entropy and its difference after Wu & Yang 2020 (The Jazz
Transformer); histogram overlap as in Yang & Lerch 2020 (MGEval). None of them is a verdict on
quality: groove similarity and onset F1 reward copying, in-scale is near its ceiling for anything.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from models.clip import Note

STEPS_PER_BEAT = 4
NAMES = ("note F1", "onset F1", "groove", "dPCE", "PCH", "in scale", "density")


def scores(
    guess: Sequence[Note], truth: Sequence[Note], prompt: Sequence[Note], bar_beats: float
) -> tuple[float, ...]:
    """The seven numbers named in NAMES."""
    home = {note.pitch % 12 for note in prompt}
    return (
        _f1(
            Counter((_step(n), n.pitch) for n in guess), Counter((_step(n), n.pitch) for n in truth)
        ),
        _f1(Counter({_step(n) for n in guess}), Counter({_step(n) for n in truth})),
        _groove(guess, truth, bar_beats),
        abs(entropy(guess) - entropy(truth)),
        overlap(guess, truth),
        fmean(float(n.pitch % 12 in home) for n in guess) if guess else 0.0,
        len(guess) / len(truth),
    )


def _step(note: Note) -> int:
    return round(note.start_beats * STEPS_PER_BEAT)


def _f1(guess: Counter[object], truth: Counter[object]) -> float:
    both = sum((guess & truth).values())
    return 2 * both / max(1, sum(guess.values()) + sum(truth.values()))


def _groove(guess: Sequence[Note], truth: Sequence[Note], bar_beats: float) -> float:
    """1 minus the share of steps where only one of the two has an onset."""
    steps = max(1, round(4 * bar_beats * STEPS_PER_BEAT))
    return 1 - len({_step(n) for n in guess} ^ {_step(n) for n in truth}) / steps


def histogram(notes: Sequence[Note]) -> list[float]:
    """The share of notes on each pitch class."""
    counts = Counter(note.pitch % 12 for note in notes)
    return [counts[pc] / max(1, len(notes)) for pc in range(12)]


def entropy(notes: Sequence[Note]) -> float:
    """Of the pitch classes, in bits."""
    return -sum(p * math.log2(p) for p in histogram(notes) if p > 0)


def overlap(guess: Sequence[Note], truth: Sequence[Note]) -> float:
    """Of the pitch-class histograms, 0 to 1."""
    return sum(min(a, b) for a, b in zip(histogram(guess), histogram(truth), strict=True))
