# SPDX-License-Identifier: Apache-2.0
"""Voices: the notes of a part as one line, or as two where something moves over what is held.

Notes that begin and end together are one strike. One line is taken where it keeps nearly all of
what sounds; else each strike goes to the one of two lines that is free and nearer in pitch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.clip import Note
from models.melody_space.frame import Frame
from models.melody_space.lines import Strike
from models.tokens.vocabulary import TICKS_PER_QUARTER

TOGETHER_TICKS = 2.5  # onsets, and ends in a quarter of the length, this near are struck together
ENOUGH = 0.85  # of what sounds that one line must keep


def voices(frame: Frame, notes: Iterable[Note]) -> list[list[Strike]]:
    """One or two voices, the higher first; none without notes.

    Args:
        frame: whose ticks are counted.
        notes: unmuted ones, in any order.
    """
    struck = _strikes(frame, notes)
    if not struck:
        return []
    one = _merged(struck)
    if _kept(one) >= ENOUGH * sum(_weight(strike) for strike in struck):
        return [one]
    pair = _split(struck)
    return sorted((v for v in pair if v), key=_height, reverse=True)


def _strikes(frame: Frame, notes: Iterable[Note]) -> list[Strike]:
    """Notes in groups that begin and end together, by onset and descending pitch."""
    timed = sorted(
        (
            (frame.tick_at(n.start_beats), n.duration_beats * TICKS_PER_QUARTER, n.pitch)
            for n in notes
        ),
        key=lambda item: (item[0], -item[2]),
    )
    groups: list[list[tuple[float, float, int]]] = []
    for item in timed:
        home = next((g for g in reversed(groups[-6:]) if _fits(g[0], item)), None)
        if home is None:
            groups.append([item])
        else:
            home.append(item)
    return [_strike(group) for group in groups]


def _fits(first: tuple[float, float, int], item: tuple[float, float, int]) -> bool:
    near = abs(item[0] - first[0]) <= TOGETHER_TICKS
    ends = abs(item[0] + item[1] - first[0] - first[1])
    return near and ends <= max(TOGETHER_TICKS, first[1] / 4)


def _strike(group: Sequence[tuple[float, float, int]]) -> Strike:
    start = min(item[0] for item in group)
    end = max(item[0] + item[1] for item in group)
    return Strike(start, end, tuple(sorted({item[2] for item in group}, reverse=True)))


def _merged(struck: Sequence[Strike]) -> list[Strike]:
    """One voice: strikes of one moment joined, with the length of the highest."""
    found: list[Strike] = []
    for strike in struck:
        if found and strike.start - found[-1].start <= TOGETHER_TICKS:
            found[-1] = _both(found[-1], strike)
        else:
            found.append(strike)
    return found


def _both(first: Strike, second: Strike) -> Strike:
    pitches = tuple(sorted({*first.pitches, *second.pitches}, reverse=True))
    end = max((first, second), key=lambda strike: strike.pitches[0]).end
    return Strike(first.start, max(end, first.start + 1), pitches)


def _kept(voice: Sequence[Strike]) -> float:
    """How much sounds of a voice when each strike ends where the next begins."""
    total = 0.0
    for index, strike in enumerate(voice):
        stop = voice[index + 1].start if index + 1 < len(voice) else strike.end
        whole = strike.end - strike.start
        total += _weight(strike) * min(1.0, (stop - strike.start) / whole if whole > 0 else 1.0)
    return total


def _weight(strike: Strike) -> float:
    """Note length counts, but a long note not without end."""
    length = strike.end - strike.start
    return float(len(strike.pitches) * min(length, 2.0 * TICKS_PER_QUARTER) ** 0.5)


def _split(struck: Sequence[Strike]) -> tuple[list[Strike], list[Strike]]:
    """Two voices: each strike goes where there is room, then where the pitch is nearer."""
    low = min(_height([s]) for s in struck)
    high = max(_height([s]) for s in struck)
    upper: list[Strike] = []
    lower: list[Strike] = []
    for strike in struck:
        costs = [_cost(strike, upper, high), _cost(strike, lower, low)]
        (upper if costs[0] <= costs[1] else lower).append(strike)
    return _merged(upper), _merged(lower)


def _cost(strike: Strike, voice: Sequence[Strike], home: float) -> float:
    """Semitones of a leap, and much for cutting off what still sounds."""
    if not voice:
        return abs(_height([strike]) - home)
    last = voice[-1]
    cut = min(1.0, max(0.0, last.end - strike.start - TOGETHER_TICKS) / TICKS_PER_QUARTER)
    return abs(_height([strike]) - _height([last])) + 48 * cut


def _height(voice: Sequence[Strike]) -> float:
    """Mean of its top pitches."""
    return sum(strike.pitches[0] for strike in voice) / len(voice)
