# SPDX-License-Identifier: Apache-2.0
"""Degrees: what a pitch class is to a chord, how strong a place is, and what real parts take there.

`accord.json` holds, by kind of part and strength of the place, how often a note of a real part is
the root, third, fifth or seventh of the chord, another note of the key, or foreign to both. Chords
are those that the other parts make, so a table is no surer than its reading of chords. It was
fitted to the training split by expectation maximisation over the likely chords, by
`python bench/accords.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from models.engines.clip.bands import FAMILIES
from models.engines.clip.hearing import metre_of
from models.engines.clip.passage import Bar
from models.theory.chords import Chord
from models.theory.keys import Key
from models.tokens.vocabulary import TICKS_PER_QUARTER

CLASSES = 12
DEGREES = 6
LEVELS = 3

Table = tuple[tuple[float, ...], ...]  # by level, by degree


def level_of(bar: Bar, tick: int) -> int:
    """How strong a place is, by ticks from the bar line: 0 bar lines and half bars, 1 pulses."""
    strength = metre_of(bar).strength(tick / TICKS_PER_QUARTER)
    return 0 if strength >= 0.75 else 1 if strength >= 0.5 else 2


def degree_of(pitch_class: int, chord: Chord, key: Key) -> int:
    """What a pitch class is to a chord: 0-3 its root to seventh, 4 in the key, 5 foreign."""
    if pitch_class in chord.tones:
        return chord.tones.index(pitch_class)
    return 4 if pitch_class in key.with_leading_tone else 5


def chances(rates: Sequence[float], chord: Chord, key: Key) -> list[float]:
    """The chance of each pitch class (12,) under a chord.

    Args:
        rates: by degree, how often it is taken; those that the chord lacks fall to the others.
        chord: what sounds.
        key: of the music.
    """
    degrees = [degree_of(pitch_class, chord, key) for pitch_class in range(CLASSES)]
    weights = [rates[degree] / degrees.count(degree) for degree in degrees]
    total = sum(weights)
    return [weight / total for weight in weights]


@cache
def tables() -> Mapping[str, Table]:
    """The table of each kind of part that has one."""
    text = resources.files(__package__).joinpath("accord.json").read_text(encoding="utf-8")
    return {name: tuple(map(tuple, rows)) for name, rows in json.loads(text).items()}


def family_of(role: str) -> str:
    """The kind of part that there is a table for; empty where there is none."""
    family = FAMILIES[role]
    return family if family in tables() else ""
