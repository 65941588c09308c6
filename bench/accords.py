# SPDX-License-Identifier: Apache-2.0
"""What real basses and chords take of the chords that other parts make: the clip engine's table.

    python bench/accords.py FOLDER > models/engines/clip/accord.json

FOLDER holds shards as `python -m models.corpus` builds them. From each piece eight bars are drawn,
so many pieces from every set that may train weights that ship. The chords of a part are those that
all others make (`models.engines.clip.hearing`); which of the likely ones a note was meant for is
not known, so the table is fitted by expectation maximisation (Dempster, Laird & Rubin 1977). On
the last line of stderr stand the nats a note of works left out, to choose `hearing.SHARPNESS` by.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import log
from pathlib import Path
from random import Random
from statistics import fmean
from typing import NamedTuple

from judging.excerpts import Excerpt, excerpts

from models.engines.clip.bands import FAMILIES
from models.engines.clip.degrees import CLASSES, DEGREES, LEVELS, degree_of, level_of
from models.engines.clip.hearing import SHARPNESS, Heard, chords_heard
from models.engines.clip.passage import Bar
from models.theory.chords import Chord
from models.theory.keys import Key
from models.theory.steps import finish

BARS = 8
ROUNDS = 20
LEAST = 0.005  # of a degree: nothing is impossible
LEFT_OUT = 5  # one work of so many is not fitted to


class Meant(NamedTuple):
    """A chord that a note may have been meant for.

    Attributes:
        share: how likely the chord is.
        degree: what the note is to it.
        sizes: how many pitch classes each degree has.
    """

    share: float
    degree: int
    sizes: tuple[int, ...]


class Taken(NamedTuple):
    """A note that a part took: how strong its place is, and for which chords."""

    level: int
    meant: tuple[Meant, ...]
    weight: float
    fitted: bool


Rates = list[list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=60, help="most pieces a set")
    parser.add_argument("--sharpness", type=float, default=SHARPNESS, help="of the chords' shares")
    args = parser.parse_args()
    found: dict[str, list[Taken]] = defaultdict(list)
    for excerpt in excerpts(args.folder, "train", args.pieces, BARS, Random("accord")):
        for family, taken in _taken(excerpt, args.sharpness):
            found[family].append(taken)
    rows = []
    for family, notes in sorted(found.items()):
        fitted = fit([note for note in notes if note.fitted])
        rows.append(f" {json.dumps(family)}: {_text(fitted)}")
        left = [note for note in notes if not note.fitted]
        print(f"{family}: {len(notes)} notes, {nats(fitted, left):.4f} nats", file=sys.stderr)
    print("{\n" + ",\n".join(rows) + "\n}")


def _taken(excerpt: Excerpt, sharpness: float) -> Iterator[tuple[str, Taken]]:
    """Every note of every bass and of all chords; of a bass's chord the lowest."""
    lines = excerpt.lines
    fitted = hashlib.sha1(excerpt.work.encode()).digest()[0] % LEFT_OUT > 0
    for place, line in enumerate(lines):
        family = FAMILIES[line.role]
        others = [other for n, other in enumerate(lines) if n != place]
        if family not in {"bass", "chords"} or all(other.drums for other in others):
            continue
        heard = finish(chords_heard(others, excerpt.key, sharpness))
        if heard is None:
            continue
        for bar in line.bars:
            for start, pitches in _onsets(bar):
                chosen = pitches[-1:] if family == "bass" else pitches
                for pitch in chosen:
                    level = level_of(bar, start - bar.start)
                    meant = tuple(_meant(heard, start, pitch % CLASSES))
                    yield family, Taken(level, meant, 1 / len(chosen), fitted)


def _onsets(bar: Bar) -> Iterator[tuple[int, list[int]]]:
    """The pitches struck together, the highest first."""
    for start, hits in groupby(bar.hits, key=lambda hit: hit.start):
        yield start, [hit.pitch for hit in hits]


def _meant(heard: Heard, tick: int, pitch_class: int) -> Iterator[Meant]:
    for chord, share in heard.at(tick):
        sizes = _sizes(chord, heard.key)
        yield Meant(share, degree_of(pitch_class, chord, heard.key), sizes)


def _sizes(chord: Chord, key: Key) -> tuple[int, ...]:
    degrees = [degree_of(pitch_class, chord, key) for pitch_class in range(CLASSES)]
    return tuple(degrees.count(degree) for degree in range(DEGREES))


def fit(notes: Sequence[Taken]) -> Rates:
    """By level, how often each degree is taken."""
    rates = [[1 / DEGREES] * DEGREES for _ in range(LEVELS)]
    for _ in range(ROUNDS):
        counts = [[LEAST] * DEGREES for _ in range(LEVELS)]
        for note in notes:
            chances = [_chance(rates[note.level], meant) for meant in note.meant]
            for meant, chance in zip(note.meant, chances, strict=True):
                counts[note.level][meant.degree] += note.weight * chance / sum(chances)
        rates = [_normed(row) for row in counts]
    return [_normed([max(LEAST, rate) for rate in row]) for row in rates]


def nats(rates: Rates, notes: Sequence[Taken]) -> float:
    """Mean -log chance of a note's pitch class."""
    return fmean(-log(sum(_chance(rates[n.level], meant) for meant in n.meant)) for n in notes)


def _chance(rates: Sequence[float], meant: Meant) -> float:
    """The chance of the chord, and of this pitch class under it."""
    able = sum(rate for rate, size in zip(rates, meant.sizes, strict=True) if size)
    return meant.share * rates[meant.degree] / meant.sizes[meant.degree] / able


def _normed(row: Sequence[float]) -> list[float]:
    return [value / sum(row) for value in row]


def _text(rates: Rates) -> str:
    rows = (json.dumps([round(rate, 3) for rate in row]) for row in rates)
    return "[\n  " + ",\n  ".join(rows) + "\n ]"


if __name__ == "__main__":
    main()
