# SPDX-License-Identifier: Apache-2.0
"""Bands: what real music of each kind of part measures, and how far a bar may be from its source.

`bands.json` holds four numbers a feature, made from the training split of the corpus by
`python bench/bands.py FOLDER`: the mean, the spread, how much of a source's distance from the mean
the next bars keep (a regression), and the spread that remains then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("drums", "percussion"), "drums"),
        "bass": "bass",
        **dict.fromkeys(("chords", "pad", "arp", "guitar"), "chords"),
        **dict.fromkeys(("S", "A", "T", "B"), "voices"),
        **dict.fromkeys(("lead", "vocal", "counter", "strings", "brass", "other"), "lines"),
    }
)
_FREE = 0.75  # spreads that cost nothing: half of real music is as near, and a copy is nearer
_BEND = 1.5  # from so many spreads past that on, a distance counts straight, no longer squared
_MOST = 6.0  # spreads that count at most


@dataclass(frozen=True, slots=True)
class Band:
    """What one feature measures in real music.

    Attributes:
        mean, spread: over bars of the corpus.
        pull: share of the source's distance from the mean that the bars after it keep.
        rest: spread round what that predicts.
    """

    mean: float
    spread: float
    pull: float
    rest: float

    def distance(self, found: float, source: float | None = None) -> float:
        """How unlikely a value is: 0 in the middle of the band, alike on both sides.

        Huber's function of the distance in spreads: squared near by, straight far off, and
        bounded, so that one odd number does not decide alone. Nothing is won inside the band,
        or else an exact copy of the source would be the best continuation.
        """
        if source is None:
            away = abs(found - self.mean) / self.spread
        else:
            away = abs(found - self.mean - self.pull * (source - self.mean)) / self.rest
        away = max(0.0, min(away, _MOST) - _FREE)
        return away * away / 2 if away < _BEND else _BEND * (away - _BEND / 2)


@cache
def bands(role: str) -> Mapping[str, Band]:
    """The bands of a role's kind of part, by feature."""
    text = resources.files(__package__).joinpath("bands.json").read_text(encoding="utf-8")
    rows = json.loads(text)[FAMILIES[role]]
    return MappingProxyType({name: Band(*row) for name, row in rows.items()})
