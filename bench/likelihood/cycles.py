# SPDX-License-Identifier: Apache-2.0
"""Literal repeats: does the network foresee what it has heard word for word?

The first bars of a part, once, twice ... over eight bars of prompt and four of answer. Whoever can
copy needs next to nothing; what is left says how much of the distance to models of repetition is
copying, and how much is music.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from likelihood.continuations import drawn
from likelihood.scoring import Scorer
from likelihood.windows import Window, continuation

CYCLES_BARS = (1, 2, 4, 8)


def cycled(window: Window, part: int, bars: int) -> Window:
    """The window with one part made of its first bars over and over."""
    length = window.bars[0].end_beats
    notes = [
        note.moved((bar - bar % bars) * length)
        for bar in range(len(window.bars))
        for note in window.notes(part, bar % bars, bar % bars + 1)
    ]
    old = window.parts[part]
    new = replace(old, clip=old.clip.with_notes(notes))
    parts = tuple(new if n == part else one for n, one in enumerate(window.parts))
    return replace(window, parts=parts)


def measure(corpus: Path, sets: Sequence[str], scorer: Scorer, count: int) -> dict[str, Any]:
    """By length of the cycle: nats and notes of the answers, and of the real ones."""
    chosen = [one for name in sets for one in drawn(corpus, name, "test", count)]
    result: dict[str, Any] = {"real": _sum(scorer, [continuation(*one) for one in chosen])}
    for bars in CYCLES_BARS:
        scenes = [continuation(cycled(window, part, bars), part) for window, part in chosen]
        result[str(bars)] = _sum(scorer, scenes)
    return result


def _sum(scorer: Scorer, scenes: Sequence[Any]) -> dict[str, float]:
    scored = [one for one in scorer([s for s in scenes if scorer.fits(s)]) if one.notes]
    return {
        "answers": len(scored),
        "notes": sum(one.notes for one in scored),
        "nats": sum(one.total for one in scored),
    }
