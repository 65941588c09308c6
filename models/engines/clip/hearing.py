# SPDX-License-Identifier: Apache-2.0
"""Hearing: which chords the given parts make, place by place, and how sure that is.

`models.theory` rates chords for each span of the music; here the ratings of the best whole path
through each of them become shares that sum to 1. Where the parts spell a chord out, it has nearly
all; under a lone tune several chords share the place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from models.clip import Clip, Kind, Note
from models.engines.clip.passage import Bar, Line
from models.metre import DENOMINATORS, Metre, MetreChange
from models.theory.cells import Cell, fill_cells, group_spans, phrase_ends
from models.theory.chords import Chord
from models.theory.harmony import Lattice, build_lattice, chord_shares
from models.theory.keys import Key, key_of, score_key
from models.theory.score import Score, melody_line, read_score
from models.theory.steps import Steps
from models.tokens.vocabulary import TICKS_PER_QUARTER

SHARPNESS = 0.5  # of the shares; fitted with the tables of `accord`
_FEWEST_NOTES = 4
_FEWEST_CLASSES = 2  # a drone makes no chords
_KEYS = 24  # 0-11 major, 12-23 minor
_QUARTER = TICKS_PER_QUARTER
_WHOLE = 4 * _QUARTER


@dataclass(frozen=True, slots=True)
class Heard:
    """The chords of some bars.

    Attributes:
        key: of the music.
        starts: first tick of each span, ascending, from the first bar.
        shares: for each span, its likely chords and their shares, which sum to 1.
    """

    key: Key
    starts: tuple[int, ...]
    shares: tuple[tuple[tuple[Chord, float], ...], ...]

    def span(self, tick: int) -> int:
        """Place of the span that holds a tick; the nearest one outside."""
        return max(0, bisect_right(self.starts, tick) - 1)

    def at(self, tick: int) -> tuple[tuple[Chord, float], ...]:
        """The chords at a tick."""
        return self.shares[self.span(tick)]


def chords_heard(
    lines: Sequence[Line], key: int | None, sharpness: float = SHARPNESS
) -> Steps[Heard | None]:
    """The chords that some parts make together; None where they make none.

    Args:
        lines: parts over the same bars.
        key: 0-11 major, 12-23 minor by root; estimated where it is anything else.
        sharpness: the higher, the more of a place the likeliest chord has.
    """
    hits = [hit for line in lines if not line.drums for bar in line.bars for hit in bar.hits]
    if len(hits) < _FEWEST_NOTES or len({hit.pitch % 12 for hit in hits}) < _FEWEST_CLASSES:
        return None
    score = yield from read_score(_clips(lines))
    estimated = score_key(score)
    told = None if key is None or key >= _KEYS else key_of(key % 12, minor=key >= 12)
    known = estimated if told is None or estimated.place == told.place else told
    lattice = yield from build_lattice(known, (yield from _cells(score)))
    return (yield from _heard(lattice, sharpness))


def _cells(score: Score) -> Steps[list[Cell]]:
    spans = yield from group_spans(score)
    line = yield from melody_line(score)
    ends = yield from phrase_ends(score, line)
    return (yield from fill_cells(score, spans, ends))


def _heard(lattice: Lattice, sharpness: float) -> Steps[Heard]:
    shares = yield from chord_shares(lattice, sharpness)
    starts = tuple(round(cell.start_beats * _QUARTER) for cell in lattice.cells)
    return Heard(lattice.key, starts, tuple(shares))


def _clips(lines: Sequence[Line]) -> list[Clip]:
    """The lines as clips from beat 0, the bars as one metre after another."""
    bars = lines[0].bars
    origin = bars[0].start
    end = (bars[-1].end - origin) / _QUARTER
    first = metre_of(bars[0])
    changes: list[MetreChange] = []
    for bar in bars[1:]:
        metre = metre_of(bar)
        if metre != (changes[-1].metre if changes else first):
            changes.append(MetreChange((bar.start - origin) / _QUARTER, metre))
    clips = []
    for line in lines:
        notes = [
            Note(hit.pitch, (hit.start - origin) / _QUARTER, (hit.end - hit.start) / _QUARTER)
            for hit in line.hits(range(len(bars)))
        ]
        kind: Kind = "drums" if line.drums else "melodic"
        clips.append(Clip(tuple(notes), end, metre=first, metre_changes=tuple(changes), kind=kind))
    return clips


def metre_of(bar: Bar) -> Metre:
    """The metre of a bar by its length and pulse; one with its units where the length is odd."""
    ticks = bar.end - bar.start
    for denominator in DENOMINATORS:
        unit = _WHOLE // denominator
        compound = denominator >= 8 and bar.pulse == 3 * unit
        if (compound or bar.pulse == unit) and ticks % unit == 0:
            return Metre(min(99, ticks // unit), denominator)
    fine = next((d for d in (4, 8, 16, 32) if ticks % (_WHOLE // d) == 0), 4)
    return Metre(min(99, max(1, round(ticks * fine / _WHOLE))), fine)
