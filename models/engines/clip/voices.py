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
        "parallel fifths": (3.0, 0.25),
        "parallel octaves": (3.0, 0.1),
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
    """Weighted faults a ten changes beyond Bach's, of written voices; 0 without two voices.

    Args:
        lines: every part.
        written: places of the parts that were written.
        key: of the scene, as `Scene.key`; where it is unknown, rules about the leading tone are
            not asked.
    """
    found, changes = findings(lines, written, key)
    rates = ((kind, 100 * count / changes) for kind, count in found.items())
    over = (RULES[kind][0] * max(0.0, rate - RULES[kind][1]) for kind, rate in rates)
    return sum(over) / 10


def findings(
    lines: Sequence[Line], written: Collection[int], key: int | None
) -> tuple[Counter[str], int]:
    """Broken rules by kind in which a written voice takes part, and the number of changes."""
    voices = sorted(
        (ORDER.index(line.role), place) for place, line in enumerate(lines) if line.role in ORDER
    )
    ours = {n for n, (_, place) in enumerate(voices) if place in written}
    tones = [_tones(lines[place]) for _, place in voices]
    if len(voices) < 2 or not ours or not any(tones):
        return Counter(), 1
    tonic = key_of((key or 0) % 12, minor=key is not None and 12 <= key < 24)
    known = key is not None and key < 24
    found: Counter[str] = Counter(
        finding.kind
        for finding in check(tones, tonic)
        if ours.intersection(finding.voices) and (known or "leading" not in finding.kind)
    )
    return found, len(moments(tones))


def _tones(line: Line) -> list[Tone]:
    """The top line as tones that end where the next begins."""
    top = top_line([hit for bar in line.bars for hit in bar.hits])
    ends = [min(a.end, b.start) for a, b in pairwise(top)]
    ends += [top[-1].end] if top else []
    return [
        Tone(hit.start / TICKS_PER_QUARTER, end / TICKS_PER_QUARTER, hit.pitch)
        for hit, end in zip(top, ends, strict=True)
    ]
