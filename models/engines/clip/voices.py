# SPDX-License-Identifier: Apache-2.0
"""Voices: faults of part-writing among four voices, beyond how often Bach has them himself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from models.engines.clip.passage import Line, top_line
from models.theory.keys import key_of
from models.theory.voiceleading import Tone, check, moments
from models.tokens.vocabulary import TICKS_PER_QUARTER

ORDER = ("S", "A", "T", "B")
# Per 100 changes: (weight, rate in Bach's chorales, measured by bench/harmony.py).
RULES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "parallel fifths": (1.0, 0.25),
        "parallel octaves": (1.0, 0.1),
        "direct octaves": (0.3, 0.1),
        "direct fifths": (0.2, 0.4),
        "crossing": (0.3, 2.5),
        "overlap": (0.1, 3.9),
        "spacing": (0.3, 2.8),
        "range": (0.3, 0.5),
        "leap": (0.2, 1.3),
        "leading tone": (0.2, 1.0),
        "doubled leading tone": (0.2, 1.1),
    }
)


def part_writing(lines: Sequence[Line], written: Collection[int], key: int | None) -> float:
    """Weighted faults a ten changes that involve a written voice; 0 without two voices.

    Args:
        lines: every part.
        written: places of the parts that were written.
        key: of the scene, as `Scene.key`; unknown counts as C major, which only the rules about
            the leading tone read.
    """
    voices = sorted(
        (ORDER.index(line.role), place) for place, line in enumerate(lines) if line.role in ORDER
    )
    if len(voices) < 2 or not any(place in written for _, place in voices):
        return 0.0
    tones = [_tones(lines[place]) for _, place in voices]
    tonic = key_of((key or 0) % 12, minor=key is not None and 12 <= key < 24)
    ours = {n for n, (_, place) in enumerate(voices) if place in written}
    found = Counter(f.kind for f in check(tones, tonic) if ours.intersection(f.voices))
    changes = len(moments(tones))
    rates = ((kind, 100 * count / changes) for kind, count in found.items())
    over = (RULES[kind][0] * max(0.0, rate - RULES[kind][1]) for kind, rate in rates)
    return sum(over) / 10


def _tones(line: Line) -> list[Tone]:
    """The top line as tones that end where the next begins."""
    top = top_line([hit for bar in line.bars for hit in bar.hits])
    ends = [min(a.end, b.start) for a, b in pairwise(top)]
    ends += [top[-1].end] if top else []
    return [
        Tone(hit.start / TICKS_PER_QUARTER, end / TICKS_PER_QUARTER, hit.pitch)
        for hit, end in zip(top, ends, strict=True)
    ]
