# SPDX-License-Identifier: Apache-2.0
"""The two axes of a piano roll: the span of beats with its numbered bars, and the rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bridge.pictures.names import BLACK_KEYS, key_name, pitch_name
from bridge.pictures.panel import Panel
from models.clip import Clip
from models.metre import EPSILON_BEATS, Bar, Metre

MAX_BARS = 20_000  # beyond this many, bar lines are left out: nobody could see them
_QUARTER_BEAT = 0.25


@dataclass(frozen=True, slots=True)
class Span:
    """The beats that a picture shows."""

    start_beats: float
    end_beats: float

    @property
    def beats(self) -> float:
        """Length of the span."""
        return self.end_beats - self.start_beats


def span_of(panels: Iterable[Panel]) -> Span:
    """The common time axis: every clip's loop and end, and every note's onset."""
    spans = [_span_of_clip(panel.clip) for panel in panels]
    return Span(min(s.start_beats for s in spans), max(s.end_beats for s in spans))


def _span_of_clip(clip: Clip) -> Span:
    places = [clip.loop_start_beats, clip.start_marker_beats, *(n.start_beats for n in clip.notes)]
    if clip.loop_start_beats >= 0:
        places.append(0.0)
    # A note that was never released must not shrink the rest: it is cut off a bar later.
    last = max(clip.length_beats, clip.loop_end_beats, *places)
    limit = last + clip.metre_at(last).bar_beats
    released = max((min(note.end_beats, limit) for note in clip.notes), default=last)
    start = math.floor(min(places) / _QUARTER_BEAT) * _QUARTER_BEAT
    return Span(start, max(last, math.ceil(released / _QUARTER_BEAT) * _QUARTER_BEAT))


@dataclass(frozen=True, slots=True)
class NumberedBar:
    """A bar and its number: 1 begins at beat 0, the one before it is -1.

    `new_metre` is set on the first whole bar of a metre.
    """

    number: int
    bar: Bar
    new_metre: Metre | None = None


def numbered_bars(clip: Clip, span: Span) -> list[NumberedBar]:
    """The bars that lie in the span, or none when there are more than 20,000."""
    before = list(islice(clip.bars(_bar_start(clip, min(span.start_beats, 0.0)), 0.0), MAX_BARS))
    after = list(islice(clip.bars(0.0, max(span.end_beats, 0.0)), MAX_BARS))
    if MAX_BARS in (len(before), len(after)):
        return []
    numbered = [
        *((index - len(before), bar) for index, bar in enumerate(before)),
        *((index + 1, bar) for index, bar in enumerate(after)),
    ]
    return list(_shown(numbered, span))


def _bar_start(clip: Clip, beats: float) -> float:
    """Where the bar that contains `beats` begins."""
    reach = clip.metre_at(beats).bar_beats
    starts = (bar.start_beats for bar in clip.bars(beats - reach, beats + EPSILON_BEATS))
    return max(starts, default=beats)


def _shown(numbered: Iterable[tuple[int, Bar]], span: Span) -> Iterator[NumberedBar]:
    metre: Metre | None = None
    for number, bar in numbered:
        if bar.end_beats <= span.start_beats or bar.start_beats >= span.end_beats:
            continue
        # A bar seen in part is not labelled, so the next one tells its metre as well.
        new = bar.start_beats >= span.start_beats and bar.metre != metre
        yield NumberedBar(number, bar, bar.metre if new else None)
        metre = bar.metre if new else metre


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a roll, for one pitch.

    Attributes:
        pitch: MIDI key 0-127.
        label: its name, or empty where a name would only crowd.
        shaded: a black key, or every other lane of drums.
        octave: the row is a C, so a line lies under it.
    """

    pitch: int
    label: str
    shaded: bool
    octave: bool = False


def rows_of(clip: Clip, margin: int = 2, fewest: int = 12) -> list[Row]:
    """The rows of a clip, highest first: the drum lanes or the keys it uses.

    Args:
        clip: whose notes are to be shown.
        margin: for keys: free rows above and below.
        fewest: for keys: at least so many rows.
    """
    used = {note.pitch for note in clip.notes}
    if clip.kind == "drums":
        return _lanes(clip, used)
    return _keys(used, *_cropped(used, margin, fewest))


def _lanes(clip: Clip, used: set[int]) -> list[Row]:
    pitches = sorted(used or {pitch for pitch, _ in clip.pads} or {36, 38, 42}, reverse=True)
    return [Row(p, key_name(clip, p), index % 2 == 1) for index, p in enumerate(pitches)]


def _keys(used: set[int], low: int, high: int) -> list[Row]:
    pitches = range(high, low - 1, -1)
    named = {p for p in pitches if p % 12 == 0}
    if len(named) < 2 and used:
        # One C alone is hard to count from: the outermost notes say where one is.
        named |= {p for p in (min(used), max(used)) if all(abs(p - c) > 1 for c in named)}
    return [
        Row(p, pitch_name(p) if p in named else "", p % 12 in BLACK_KEYS, p % 12 == 0)
        for p in pitches
    ]


def _cropped(used: set[int], margin: int, fewest: int) -> tuple[int, int]:
    """The lowest and the highest key to show."""
    if not used:
        return 60, 60 + fewest - 1
    low, high = max(0, min(used) - margin), min(127, max(used) + margin)
    lacking = max(0, fewest - 1 - (high - low))
    low = max(0, min(low - lacking // 2, 128 - fewest))
    return low, max(high, low + fewest - 1)
