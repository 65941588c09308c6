# SPDX-License-Identifier: Apache-2.0
"""Similarity by lag: how much the new bars repeat earlier ones, against the same in real music.

Similarity of two bars is the share of their notes that both have, of all that either has: same
place in the bar (a sixteenth grid) and same pitch. The mean distance of two curves is the
similarity error of Museformer (Yu et al. 2022), here over lags 1 to 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from continuing.windows import PROMPT_BARS, TRUTH_BARS, Window

from generation.systems import Notes
from models.clip import Note

LAGS = tuple(range(1, PROMPT_BARS + 1))
SHOWN = (1, 2, 4, 8)
STEPS_PER_BEAT = 4
Bar = frozenset[tuple[int, int]]


def bars_of(notes: Sequence[Note], bar_beats: float, count: int) -> list[Bar]:
    """Each bar's notes as (step in the bar, pitch)."""
    found: list[set[tuple[int, int]]] = [set() for _ in range(count)]
    per_bar = bar_beats * STEPS_PER_BEAT
    for note in notes:
        step = round(note.start_beats * STEPS_PER_BEAT)
        bar = int((step + 1e-6) // per_bar)
        if 0 <= bar < count:
            found[bar].add((round(step - bar * per_bar), note.pitch))
    return [frozenset(bar) for bar in found]


def similarity(left: Bar, right: Bar) -> float:
    """Shared notes over all notes; two empty bars are the same."""
    return len(left & right) / len(left | right) if left or right else 1.0


def curve(windows: Sequence[Window], found: Sequence[Notes]) -> list[float]:
    """For each lag the mean similarity of a new bar to the bar so many bars before."""
    rows = []
    for window, notes in zip(windows, found, strict=True):
        before = bars_of(window.prompt.notes, window.bar_beats, PROMPT_BARS)
        line = before + bars_of(notes, window.bar_beats, TRUTH_BARS)
        new = range(PROMPT_BARS, PROMPT_BARS + TRUTH_BARS)
        rows.append([fmean(similarity(line[n], line[n - lag]) for n in new) for lag in LAGS])
    return [fmean(column) for column in zip(*rows, strict=True)]


def error(curve_: Sequence[float], truth: Sequence[float]) -> float:
    """The mean distance of two curves."""
    return fmean(abs(a - b) for a, b in zip(curve_, truth, strict=True))


def table(curves: Mapping[str, Sequence[float]]) -> list[list[str]]:
    """A row for each system: similarity at the lags shown, and the error over all."""
    head = ["", *(f"lag {lag}" for lag in SHOWN), "error"]
    rows = [
        [name, *(f"{line[lag - 1]:.3f}" for lag in SHOWN), f"{error(line, curves['truth']):.3f}"]
        for name, line in curves.items()
    ]
    return [head, *rows]
