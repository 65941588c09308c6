# SPDX-License-Identifier: Apache-2.0
"""Score: the clips of a request laid over the first one's loop, as one list of sounds.

The first clip is the frame. Other clips start with it, as launched together, and repeat until
the frame's loop ends.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from models.clip import Clip
from models.errors import BadClip
from models.metre import EPSILON_BEATS, Bar, Metre
from models.theory.steps import Steps

MAX_BARS = 1024
MAX_PULSES = 8192
MAX_SOUNDS = 100_000
_STEP_SOUNDS = 1000  # sounds handled between two pauses
_SAME_ONSET_BEATS = 0.03  # closer onsets are one chord
_SHORTEST_BEATS = 1e-4  # a shorter piece of a note is not heard

_GROUPINGS: dict[tuple[int, bool], tuple[tuple[int, ...], ...]] = {
    # (numerator, whether the unit is an eighth or shorter): groups of units, the usual one first
    (5, False): ((3, 2), (2, 3)),
    (7, False): ((4, 3), (3, 4)),
    (5, True): ((3, 2), (2, 3)),
    (7, True): ((2, 2, 3), (3, 2, 2), (2, 3, 2)),
    (8, True): ((4, 4), (3, 3, 2)),
    (10, True): ((3, 3, 2, 2), (3, 2, 3, 2)),
    (11, True): ((3, 3, 3, 2), (2, 2, 3, 2, 2)),
}


@dataclass(frozen=True, slots=True)
class Sound:
    """A sounding note in the frame's time; `strength` is the metrical weight of its onset, 0-1."""

    pitch: int
    start_beats: float
    end_beats: float
    velocity: float
    strength: float
    line: int


@dataclass(frozen=True, slots=True)
class Score:
    """What is heard while the frame's loop plays once.

    Attributes:
        frame: the first clip.
        clips: all clips, the frame first.
        bars: the bars that cover the loop, cut to it.
        groups: for each bar, where its pulse groups begin, in beats.
        pitched: sounds of melodic clips by onset, then pitch.
        drums: sounds of drum clips by onset, then pitch.
    """

    frame: Clip
    clips: tuple[Clip, ...]
    bars: tuple[Bar, ...]
    groups: tuple[tuple[float, ...], ...]
    pitched: tuple[Sound, ...]
    drums: tuple[Sound, ...]

    @property
    def start_beats(self) -> float:
        """Where the frame's loop begins."""
        return self.frame.loop_start_beats

    @property
    def end_beats(self) -> float:
        """Where the frame's loop ends."""
        return self.frame.loop_end_beats


def read_score(clips: Sequence[Clip]) -> Steps[Score]:
    """Lay the clips over the first one's loop.

    Raises:
        BadClip: nothing sounds in any clip, or there is more than can be read.
    """
    frame = clips[0]
    bars = covering_bars(frame)
    pitched: list[Sound] = []
    drums: list[Sound] = []
    for line, clip in enumerate(clips):
        into = drums if clip.kind == "drums" else pitched
        for count, sound in enumerate(_sounds(clip, frame, bars, line)):
            into.append(sound)
            if count % _STEP_SOUNDS == 0:
                yield
        yield
    if not pitched and not drums:
        raise BadClip(
            "Nothing sounds while the first clip's loop plays; draw in or unmute a note there.",
            where="clips",
        )
    pitched.sort(key=_by_onset)
    yield
    drums.sort(key=_by_onset)
    yield
    groups = []
    for bar in bars:
        groups.append(_group_starts(bar, pitched, drums))
        yield
    return Score(frame, tuple(clips), bars, tuple(groups), tuple(pitched), tuple(drums))


def covering_bars(clip: Clip) -> tuple[Bar, ...]:
    """The bars that cover the clip's loop; the first one may begin before it.

    Raises:
        BadClip: the loop has more bars or pulses than one answer may have.
    """
    start, end = clip.loop_start_beats, clip.loop_end_beats
    before = clip.metre_at(start).bar_beats
    found = tuple(islice(clip.bars(start - before, end), MAX_BARS + 3))
    bars = tuple(bar for bar in found if bar.end_beats > start + 1e-6)
    pulses = sum((bar.end_beats - bar.start_beats) / bar.metre.pulse_beats for bar in bars)
    if len(bars) > MAX_BARS + 1 or pulses > MAX_PULSES:
        raise BadClip(
            f"The loop is longer than {MAX_BARS} bars or {MAX_PULSES} pulses; shorten it.",
            where="loop_end_beats",
        )
    return bars


def strength_at(clip: Clip, bars: Sequence[Bar], beats: float) -> float:
    """Metrical strength of a place, a little off the grid allowed."""
    low, high = 0, len(bars) - 1
    while low < high:  # last bar that begins at or before the place
        middle = (low + high + 1) // 2
        if bars[middle].start_beats <= beats + 0.08:
            low = middle
        else:
            high = middle - 1
    bar = bars[low]
    inside = max(beats - bar.start_beats, 0.0)
    sixteenth = round(inside * 4) / 4
    near = sixteenth if abs(sixteenth - inside) < 0.09 else inside
    return bar.metre.strength(near)


def melody_line(score: Score) -> Steps[tuple[Sound, ...]]:
    """The top line of the clip that lies highest, each sound cut where the next begins."""
    by_line: dict[int, list[Sound]] = {}
    for sound in score.pitched:
        by_line.setdefault(sound.line, []).append(sound)
    if not by_line:
        return ()
    yield
    line = max(by_line, key=lambda n: (sum(s.pitch for s in by_line[n]) / len(by_line[n]), -n))
    return (yield from skyline(by_line[line]))


def skyline(sounds: Sequence[Sound]) -> Steps[tuple[Sound, ...]]:
    """The highest of each onset, each cut where the next one begins."""
    tops: list[Sound] = []
    for count, sound in enumerate(sounds):
        if tops and sound.start_beats - tops[-1].start_beats < _SAME_ONSET_BEATS:
            tops[-1] = max(tops[-1], sound, key=lambda s: s.pitch)
        else:
            tops.append(sound)
        if count % _STEP_SOUNDS == 0:
            yield
    line: list[Sound] = []
    for index, top in enumerate(tops):
        following = tops[index + 1].start_beats if index + 1 < len(tops) else top.end_beats
        if following - top.start_beats > _SHORTEST_BEATS:
            line.append(replace(top, end_beats=min(top.end_beats, following)))
        if index % _STEP_SOUNDS == 0:
            yield
    return tuple(line)


def _sounds(clip: Clip, frame: Clip, bars: Sequence[Bar], line: int) -> Iterator[Sound]:
    """The clip's sounds in the frame's time, repeated until its loop ends."""
    notes = clip.playing()
    if len(notes) * math.ceil(frame.loop_beats / clip.loop_beats) > MAX_SOUNDS:
        raise BadClip(
            f"The clips play more than {MAX_SOUNDS} notes over the first one's loop; "
            "shorten that loop.",
            where="clips",
        )
    shift = frame.loop_start_beats - clip.loop_start_beats
    while notes and clip.loop_start_beats + shift < frame.loop_end_beats - 1e-6:
        for note in notes:
            start = note.start_beats + shift
            end = min(note.end_beats, clip.loop_end_beats) + shift
            end = min(end, frame.loop_end_beats)
            if end - start > _SHORTEST_BEATS:
                strength = strength_at(frame, bars, start)
                yield Sound(note.pitch, start, end, note.velocity, strength, line)
        shift += clip.loop_beats


def _by_onset(sound: Sound) -> tuple[float, int]:
    return (sound.start_beats, sound.pitch)


def _group_starts(bar: Bar, pitched: Sequence[Sound], drums: Sequence[Sound]) -> tuple[float, ...]:
    """Where the bar's pulse groups begin: half bars, or the parts of an odd metre."""
    unit = 4 / bar.metre.denominator
    best = max(
        _groupings(bar.metre),
        key=lambda grouping: _accent(_starts(bar.start_beats, unit, grouping), drums or pitched),
    )
    places = _starts(bar.start_beats, unit, best)
    return tuple(place for place in places if place < bar.end_beats - EPSILON_BEATS)


def _starts(origin: float, unit: float, grouping: Sequence[int]) -> list[float]:
    places = [origin]
    for size in grouping[:-1]:
        places.append(places[-1] + size * unit)
    return places


def _accent(places: Sequence[float], sounds: Sequence[Sound]) -> float:
    """Mean velocity of what begins at the places; sounds are in order of onset."""
    total = 0.0
    for place in places:
        first = bisect_left(sounds, place - 0.08, key=lambda s: s.start_beats)
        near = [
            s.velocity for s in islice(sounds, first, first + 8) if s.start_beats < place + 0.08
        ]
        total += max(near, default=0.0)
    return total / len(places)


def _groupings(metre: Metre) -> tuple[tuple[int, ...], ...]:
    """How the units of a bar may be grouped, the usual way first."""
    count = metre.numerator
    small = metre.denominator >= 8
    known = _GROUPINGS.get((count, small))
    if known:
        return known
    if small and count % 3 == 0 and count > 3:
        half = count // 2
        return ((half, half),) if half % 3 == 0 else ((3,) * (count // 3),)
    if count % 2 == 0 and count > 2:
        return ((count // 2, count // 2),)
    if count <= 3:
        return ((count,),)
    return ((*(2,) * ((count - 3) // 2), 3),)
