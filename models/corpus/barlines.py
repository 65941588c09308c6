# SPDX-License-Identifier: Apache-2.0
"""Bar lines: pieces whose pickup the file hides get their first downbeat at beat 0.

Converters of text formats begin a file with the first note, so that a tune with a pickup has all
its bar lines in the wrong place. abc2midi leaves the truth in the velocities: downbeats are
loudest. Where nothing of the kind is known, long notes tell: they begin on downbeats. Files are
moved by that only where it is plain, and otherwise say that only their beats can be trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from models.clip import Clip, Note
from models.corpus.piece import Grid, PiecePart
from models.metre import Metre

_AGREED = 0.6  # share of the loudest onsets that must agree where the bar begins
_PLAIN = 1.5  # how much more must begin there than at any other place of the bar
_LONGEST_BEATS = 4.0
_NEAR = 0.05  # of a unit, that an onset may be off
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Barred:
    """Parts with their bar lines in place, as far as `grid` says."""

    parts: tuple[PiecePart, ...]
    grid: Grid


def by_accents(parts: Sequence[PiecePart], ticks_per_beat: int) -> Barred:
    """Parts as abc2midi writes them: all one tick late, the downbeats loudest."""
    on_time = tuple(replace(p, clip=_moved(p.clip, -1, ticks_per_beat)) for p in parts)
    return _placed(on_time, ticks_per_beat, _loudest)


def by_long_notes(parts: Sequence[PiecePart], ticks_per_beat: int) -> Barred:
    """Parts of which it is not known whether they begin with a pickup."""
    return _placed(parts, ticks_per_beat, _longest)


# From parts, places in a bar, and length of a place: the downbeat, 0 if it is where it should be,
# None if that can't be said.
_Finder = Callable[[Sequence[PiecePart], int, float], "int | None"]


def _placed(parts: Sequence[PiecePart], ticks_per_beat: int, find: _Finder) -> Barred:
    """The parts moved so that what `find` gives is beat 0."""
    metre = _only_metre(parts)
    if metre is None:
        return Barred(tuple(parts), "bars")
    unit_beats = 4 / metre.denominator / (1 if metre.denominator >= 8 else 2)
    places = round(metre.bar_beats / unit_beats)
    place = find(parts, places, unit_beats)
    ticks = (place or 0) * unit_beats * ticks_per_beat
    if place is None or ticks != int(ticks):
        return Barred(tuple(parts), "beats")
    if place == 0:
        return Barred(tuple(parts), "bars")
    moved = [replace(p, clip=_moved(p.clip, -int(ticks), ticks_per_beat)) for p in parts]
    return Barred(_of_one_length(moved, metre), "bars")


def _only_metre(parts: Sequence[PiecePart]) -> Metre | None:
    """The metre, if it never changes."""
    metres = {part.clip.metre for part in parts}
    metres.update(change.metre for part in parts for change in part.clip.metre_changes)
    irregular = any(
        abs((c.start_beats / c.metre.bar_beats) % 1) > _SAME
        for part in parts
        for c in part.clip.metre_changes
    )
    return metres.pop() if len(metres) == 1 and not irregular else None


def _loudest(parts: Sequence[PiecePart], places: int, unit_beats: float) -> int | None:
    """The place of the bar that the loudest notes of each part agree on."""
    votes: Counter[int] = Counter()
    for part in parts:
        levels = {note.velocity for note in part.clip.notes}
        if len(levels) > 1:
            loud = [note for note in part.clip.notes if note.velocity == max(levels)]
            votes.update(place for place, _ in _places(loud, places, unit_beats))
    if not votes:
        return None
    place, count = votes.most_common(1)[0]
    return place if count >= _AGREED * sum(votes.values()) else None


def _longest(parts: Sequence[PiecePart], places: int, unit_beats: float) -> int | None:
    """The place where by far the most sound begins; 0 where none stands out more than beat 1."""
    weights = [0.0] * places
    for part in parts:
        for place, note in _places(part.clip.notes, places, unit_beats):
            weights[place] += min(note.duration_beats, _LONGEST_BEATS)
    best = max(range(places), key=weights.__getitem__)
    others = [weight for place, weight in enumerate(weights) if place != best]
    if best == 0 or not others:
        return 0
    return best if weights[best] >= _PLAIN * max(others) else None


def _places(notes: Iterable[Note], places: int, unit_beats: float) -> Iterable[tuple[int, Note]]:
    """Each note that begins on a place of the bar, with that place."""
    for note in notes:
        units = note.start_beats / unit_beats
        if abs(units - round(units)) < _NEAR:
            yield round(units) % places, note


def _moved(clip: Clip, ticks: int, ticks_per_beat: int) -> Clip:
    """A clip with all that is in it later by so many ticks; what falls before beat 0 is kept."""

    def later(beats: float) -> float:
        return (round(beats * ticks_per_beat) + ticks) / ticks_per_beat

    notes = tuple(replace(note, start_beats=later(note.start_beats)) for note in clip.notes)
    metres = [replace(c, start_beats=later(c.start_beats)) for c in clip.metre_changes]
    tempi = [replace(c, start_beats=later(c.start_beats)) for c in clip.tempo_changes]
    begun = [change for change in metres if change.start_beats <= 0]
    played = [change for change in tempi if change.start_beats <= 0]
    return replace(
        clip,
        notes=notes,
        start_marker_beats=min(0.0, min((n.start_beats for n in notes), default=0.0)),
        metre=begun[-1].metre if begun else clip.metre,
        metre_changes=tuple(change for change in metres if change.start_beats > 0),
        tempo_bpm=played[-1].tempo_bpm if played else clip.tempo_bpm,
        tempo_changes=tuple(change for change in tempi if change.start_beats > 0),
    )


def _of_one_length(parts: Sequence[PiecePart], metre: Metre) -> tuple[PiecePart, ...]:
    """The parts, all as long as the whole bars that hold their notes."""
    ends = [note.end_beats for part in parts for note in part.clip.notes]
    bars = -(-max(ends, default=0.0) // metre.bar_beats)
    length_beats = max(bars, 1.0) * metre.bar_beats
    return tuple(
        replace(p, clip=replace(p.clip, length_beats=length_beats, loop_end_beats=length_beats))
        for p in parts
    )
