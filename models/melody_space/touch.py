# SPDX-License-Identifier: Apache-2.0
"""Touch: how the notes between two phrases are played: what either plays there, blended.

Velocity, chances and lengths go evenly from the first phrase's to the second's; a note that stands
where one of a phrase stands also takes its share of that note's push or delay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from models.clip import Note
from models.melody_space.frame import SLOT_TICKS, Frame
from models.melody_space.lines import Strike
from models.tokens.vocabulary import TICKS_PER_QUARTER

_SIXTEENTH = TICKS_PER_QUARTER / 4
_NEAR_TICKS = 3.5  # a note this near an onset is the same place played otherwise
_ON_SLOT_TICKS = 0.5
_PITCH_TICKS = 0.25  # of distance that a semitone counts as


@dataclass(frozen=True, slots=True)
class Touch:
    """One phrase's way of playing.

    Attributes:
        units: for each unit of the phrase its notes as (ticks since the unit's start, note).
        notes: all of them.
    """

    units: tuple[tuple[tuple[float, Note], ...], ...]
    notes: tuple[Note, ...]

    def nearest(self, unit: int | None, tick: float, pitch: int) -> tuple[float, Note]:
        """The note that is nearest to a place of a unit; any unit's where that one is silent."""
        own = self.units[unit] if unit is not None else ()
        able = own or tuple(chain.from_iterable(self.units))
        return min(able, key=lambda n: abs(n[0] - tick) + _PITCH_TICKS * abs(n[1].pitch - pitch))


def touch_of(notes: Sequence[Note], frame: Frame, firsts: Sequence[int]) -> Touch:
    """The touch of a phrase.

    Args:
        notes: heard ones.
        frame: of the phrase.
        firsts: first bar of each unit.
    """
    starts = [int(frame.bar_ticks[bar]) for bar in firsts]
    units: list[list[tuple[float, Note]]] = [[] for _ in firsts]
    for note in notes:
        tick = frame.tick_at(note.start_beats)
        unit = max(0, sum(start <= tick + 1 for start in starts) - 1)
        units[unit].append((tick - starts[unit], note))
    return Touch(tuple(map(tuple, units)), tuple(notes))


def played(
    strike: Strike,
    at_beats: float,
    near: tuple[tuple[float, Note], tuple[float, Note]],
    share: float,
) -> list[Note]:
    """The notes of a strike.

    Args:
        strike: with its ticks counted from its unit's start.
        at_beats: where that start lies.
        near: the nearest note of either phrase, each with its ticks since its unit's start.
        share: 0 plays like the first, 1 like the second.
    """
    (left_tick, left), (right_tick, right) = near
    push = (1 - share) * _push(strike, left_tick) + share * _push(strike, right_tick)
    length = strike.end - strike.start
    gate = (1 - share) * _gate(left) + share * _gate(right)

    def blend(name: str) -> float:
        first, second = float(getattr(left, name)), float(getattr(right, name))
        return first + (second - first) * share

    return [
        Note(
            pitch,
            at_beats + (strike.start + push) / TICKS_PER_QUARTER,
            max(1.0, length * gate) / TICKS_PER_QUARTER,
            blend("velocity"),
            probability=blend("probability"),
            velocity_deviation=blend("velocity_deviation"),
            release_velocity=blend("release_velocity"),
            origin="new",
        )
        for pitch in strike.pitches
    ]


def _push(strike: Strike, tick: float) -> float:
    """Ticks that a note at this place is early (below 0) or late.

    A note on another slot, such as a triplet beside a sixteenth, is neither.
    """
    off = tick - strike.start
    elsewhere = abs(off) > _ON_SLOT_TICKS and any(
        abs(tick % TICKS_PER_QUARTER - slot) <= _ON_SLOT_TICKS for slot in SLOT_TICKS
    )
    return off if abs(off) <= _NEAR_TICKS and not elsewhere else 0.0


def _gate(note: Note) -> float:
    """How much of its written length a note sounds."""
    ticks = note.duration_beats * TICKS_PER_QUARTER
    written = max(_SIXTEENTH, round(ticks / _SIXTEENTH) * _SIXTEENTH)
    third = max(8.0, round(ticks / 8) * 8)
    if abs(third - ticks) < min(0.5, abs(written - ticks)):
        return 1.0  # a triplet
    return min(1.0, max(0.3, ticks / written))
