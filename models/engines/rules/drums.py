# SPDX-License-Identifier: Apache-2.0
"""Drums: kick, snare and hats that follow the metre's groups and the context's accents."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.engines.rules.feel import Event
from models.engines.rules.pace import Pace, read_pace
from models.engines.rules.palette import Palette
from models.metre import Bar
from models.theory.harmony import Reading
from models.theory.score import Score
from models.theory.steps import Steps

REGISTER = (35, 81)
KICK, SNARE, CLOSED_HAT, OPEN_HAT, GHOST, RIDE, PEDAL_HAT = 36, 38, 42, 46, 37, 51, 44
TOMS = (48, 45, 41)
_HIT_BEATS = 0.2
_SKIP_BEATS = 2 / 3  # the ride's third triplet
_BY_GROUP = {2: "ks", 3: "kss", 4: "ksks", 6: "k-sk-s"}  # pulses of a group
_BY_GROUPS = {  # where the groups themselves are what one counts
    1: ("k",),
    2: ("ks",),
    3: ("kks", "ksk"),
    4: ("ksks",),
    5: ("kskks",),
}


@dataclass(frozen=True, slots=True)
class _Kit:
    """What one take does throughout."""

    hat: int
    backbeat: int
    counted: int
    fills: float
    ghosts: float
    push: float
    fine: bool
    coarse: bool
    jazz: bool
    fill_beats: float


def drum_part(
    score: Score,
    _reading: Reading,
    palette: Palette,
    args: Mapping[str, Any],
    rng: random.Random,
) -> Steps[list[Event]]:
    """The drums of one take, on the grid."""
    kit = _kit(args, read_pace(score), rng)
    yield
    onsets = sorted(sound.start_beats for sound in score.pitched)
    taste = [rng.random() for _ in range(512)]
    events: list[Event] = []
    for number, bar in enumerate(score.bars):
        groups = score.groups[number]
        last_of_phrase = number % 4 == 3 or number + 1 == len(score.bars)
        fill = last_of_phrase and len(score.bars) > 1 and rng.random() < kit.fills
        events += _bar(bar, groups, (kit, onsets, taste, fill), rng)
        yield
    inside = (e for e in events if score.start_beats - 1e-6 <= e.start_beats < score.end_beats)
    allowed = [event for event in inside if palette.low <= event.pitch <= palette.high]
    return allowed or [Event(palette.low, score.start_beats, score.start_beats + _HIT_BEATS)]


def _kit(args: Mapping[str, Any], pace: Pace, rng: random.Random) -> _Kit:
    adventure, density = args.get("adventure", 0.5), args.get("density", 1.0)
    chance = (0.5 if pace.quarters >= 0.3 else 0.0) + 0.3 * adventure
    wanted = density >= 1.8 or (density > 0.9 and rng.random() < chance)
    return _Kit(
        hat=RIDE if pace.walks or rng.random() < 0.25 * adventure else CLOSED_HAT,
        backbeat=GHOST if density < 0.4 else SNARE,
        counted=rng.randrange(4),
        fills=min(0.3 + 0.7 * adventure, 1.0) if density > 0.4 else 0.0,
        ghosts=0.35 * adventure * min(density, 1.5),
        push=min((0.25 + 0.5 * args.get("similarity", 0.5)) * density, 1.0),
        fine=wanted and pace.takes_sixteenths,
        coarse=density < 0.6 or (pace.is_sparse and density <= 1.3 and not pace.walks),
        jazz=pace.walks,
        fill_beats=0.5 if pace.is_swung or pace.is_fast else 0.25,
    )


def _bar(
    bar: Bar,
    groups: Sequence[float],
    mood: tuple[_Kit, Sequence[float], Sequence[float], bool],
    rng: random.Random,
) -> list[Event]:
    """One bar's hits."""
    kit, onsets, taste, fill = mood
    if kit.jazz and bar.metre.pulse_beats == 1:
        return _jazz_bar(bar, kit, taste, fill, rng)
    beats = _counted(bar, groups, kit)
    unit = _unit(bar, kit)
    fill_from = beats[-1][0] if fill else bar.end_beats
    events = [_hit(_pad(kit, mark), place, 8.0) for place, mark in beats if mark in "ks"]
    struck = {round(place, 6) for place, mark in beats if mark in "ks"}
    count = int((bar.end_beats - bar.start_beats) / unit + 1e-6)
    for number in range(count):
        place = bar.start_beats + number * unit
        strength = bar.metre.strength(place - bar.start_beats)
        if place >= fill_from - 1e-6:
            break
        events.append(_hit(kit.hat, place, 14 * strength - 14))
        free = round(place, 6) not in struck
        if free and _near(onsets, place) and taste[number % 512] < kit.push * 0.6:
            events.append(_hit(KICK, place, 0.0))
        elif free and strength < 0.5 and taste[-1 - number % 512] < kit.ghosts:
            events.append(_hit(GHOST, place, -22.0))
    if fill:
        events = [e for e in events if e.start_beats < fill_from - 1e-6]
        events += _fill(fill_from, bar, kit.fill_beats, rng)
    return events


def _jazz_bar(
    bar: Bar, kit: _Kit, taste: Sequence[float], fill: bool, rng: random.Random
) -> list[Event]:
    """One bar under a walking bass: the ride's skip, the hat with the foot, a few snare taps."""
    events: list[Event] = []
    pulses = _pulses(bar.start_beats, bar.end_beats, 1.0)
    for number, place in enumerate(pulses):
        weak = number % 2 == 1
        events.append(_hit(RIDE, place, -2.0 if weak else -8.0))
        events.append(_hit(PEDAL_HAT if weak else KICK, place, -8.0 if weak else -22.0))
        if weak and not kit.coarse:
            events.append(_hit(RIDE, place + _SKIP_BEATS, -14.0))
        if taste[int(place) % 512] < kit.ghosts + 0.1:
            events.append(_hit(SNARE, place + _SKIP_BEATS, -24.0))
    last = pulses[-1]
    if fill:
        events = [e for e in events if e.start_beats < last - 1e-6]
        events += _fill(last, bar, 1 / 3, rng)
    return events


def _counted(bar: Bar, groups: Sequence[float], kit: _Kit) -> list[tuple[float, str]]:
    """The beats one counts, each with k for kick, s for snare or - for neither."""
    pulse = bar.metre.pulse_beats
    if pulse < 1 or bar.metre.denominator >= 8:  # odd or compound: groups, or dotted pulses
        places = list(groups) if pulse < 1 else _pulses(bar.start_beats, bar.end_beats, pulse)
        patterns = _BY_GROUPS.get(len(places), ("ks" * len(places),))
        return list(zip(places, patterns[kit.counted % len(patterns)], strict=False))
    found: list[tuple[float, str]] = []
    for start, end in zip(groups, [*groups[1:], bar.end_beats], strict=True):
        places = _pulses(start, end, pulse)
        odd = "ks"[len(found) % 2] if found else "k"
        pattern = _BY_GROUP.get(len(places), odd + "ks" * len(places))
        found += zip(places, pattern, strict=False)
    return found


def _pulses(start: float, end: float, pulse: float) -> list[float]:
    count = max(int((end - start) / pulse + 0.01), 1)
    return [start + number * pulse for number in range(count)]


def _unit(bar: Bar, kit: _Kit) -> float:
    """How often the hat is struck."""
    pulse = bar.metre.pulse_beats
    if kit.coarse:
        return pulse if pulse >= 1 else 2 * pulse
    if pulse == 1.5:
        return 0.25 if kit.fine else 0.5
    step = pulse / 2 if pulse >= 1 else pulse
    return step / 2 if kit.fine else step


def _fill(start: float, bar: Bar, step_beats: float, rng: random.Random) -> list[Event]:
    """From the snare down the toms, to the bar's end."""
    count = max(int((bar.end_beats - start) / step_beats + 1e-6), 1)
    pads = (SNARE, *TOMS)
    kept = [number for number in range(count) if number % 2 == 0 or rng.random() < 0.7]
    return [
        _hit(pads[min(number * len(pads) // count, 3)], start + number * step_beats, 2.0 + number)
        for number in kept
    ]


def _pad(kit: _Kit, mark: str) -> int:
    return KICK if mark == "k" else kit.backbeat


def _near(onsets: Sequence[float], place: float) -> bool:
    index = bisect_left(onsets, place - 0.09)
    return index < len(onsets) and onsets[index] <= place + 0.09


def _hit(pitch: int, place: float, accent: float) -> Event:
    return Event(pitch, place, place + _HIT_BEATS, accent)
