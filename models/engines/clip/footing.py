# SPDX-License-Identifier: Apache-2.0
"""Footing: how a bass or chords stand on the chords that the other parts make, in numbers.

Measured where bars and half bars begin, of what sounds there. Where several chords are likely,
each counts by its share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from models.engines.clip.degrees import family_of, level_of
from models.engines.clip.hearing import Heard, chords_heard
from models.engines.clip.passage import Bar, Line
from models.engines.clip.portrait import Portrait
from models.theory.steps import finish
from models.tokens.vocabulary import TICKS_PER_QUARTER

_UNIT = TICKS_PER_QUARTER // 2  # strong places lie on eighths


def hearing_of(lines: Sequence[Line], written: Sequence[int], key: int | None) -> Heard | None:
    """The chords of the parts that are not written; None where that says nothing of the others.

    Args:
        lines: all parts.
        written: places of those that are written.
        key: 0-11 major, 12-23 minor; estimated where it is anything else.
    """
    given = [line for place, line in enumerate(lines) if place not in written]
    if not given or not any(family_of(lines[place].role) for place in written):
        return None
    return finish(chords_heard(given, key))


def footing(line: Line, places: Sequence[int], heard: Heard | None) -> Portrait:
    """Share of chord tones, and how often the lowest note is the root.

    Args:
        line: the part.
        places: bars, ascending.
        heard: the chords of the others.
    """
    if heard is None or not family_of(line.role):
        return {}
    tones, roots = [], []
    for tick, pitches in _sounding(line, places):
        chords = heard.at(tick - line.bars[0].start)
        inside = (share * fmean(p % 12 in c.tones for p in pitches) for c, share in chords)
        tones.append(sum(inside))
        roots.append(sum(share for c, share in chords if min(pitches) % 12 == c.root))
    return {"in_chord": fmean(tones), "rooted": fmean(roots)} if tones else {}


def _sounding(line: Line, places: Sequence[int]) -> Iterator[tuple[int, set[int]]]:
    """What sounds at each strong place, where something does."""
    hits = [hit for bar in line.bars for hit in bar.hits]
    for place in places:
        for tick in _strong(line.bars[place]):
            pitches = {hit.pitch for hit in hits if hit.start <= tick < hit.end}
            if pitches:
                yield tick, pitches


def _strong(bar: Bar) -> Iterator[int]:
    """Where the bar and its half begin."""
    for tick in range(0, bar.end - bar.start, _UNIT):
        if level_of(bar, tick) == 0:
            yield bar.start + tick
