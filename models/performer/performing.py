# SPDX-License-Identifier: Apache-2.0
"""Performing: a clip's notes get the velocities and the timing of a player.

What the clip has of a player already is respected: notes off the grid keep their timing and the
others are fitted to them, and where some notes are drawn louder than others, they come out louder.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from models.clip import Clip
from models.errors import BadArgument
from models.performer.applying import Change, applied
from models.performer.columns import NONE, ROLES, STYLES, Columns, Flags, Reals, joined
from models.performer.playing import MODES, Mode, play
from models.performer.reading import Reading, read
from models.performer.stored import Weights, read_weights

MOST_AMOUNT = 2.0
ON_GRID_BEATS = 0.0015  # a tick of 480 to the beat is more
_STIFF_SHARE = 0.2  # with fewer notes on the grid, a clip is played throughout
_LEVELS = 12  # more than so many velocities are played, not drawn
_FLAT = 3 / 127  # velocities within this are one level
_USUAL = 0.45  # mean velocity of the recordings
_STRONG = 0.75  # of a flat lane's notes so many become softer: its level is that of strong notes
_SHARE_OF_GRID = 0.49


@dataclass(frozen=True, slots=True)
class Feel:
    """How to perform.

    Attributes:
        amount: 0 changes nothing, 1 plays as players do, 2 twice as far.
        style: one of STYLES, or None for any.
        role: of a pitched clip: one of ROLES, or None when unknown.
        mode: median is the middle of what players do, always the same; sample is one playing.
        seed: of the sample.
        dynamics: whether velocities may change.
        timing: whether onsets may change.
        respect: whether what is played already stays; where nothing is left to do, because
            all of it is played, it is played anew in any case.
    """

    amount: float = 1.0
    style: str | None = None
    role: str | None = None
    mode: Mode = "median"
    seed: int = 0
    dynamics: bool = True
    timing: bool = True
    respect: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= MOST_AMOUNT:
            raise BadArgument(
                f"amount is {self.amount}; it must be 0 to {MOST_AMOUNT:g}.", where="amount"
            )
        words: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
            ("style", self.style, STYLES),
            ("role", self.role, ROLES),
            ("mode", self.mode, MODES),
        )
        for name, value, known in words:
            if value is not None and value not in known:
                raise BadArgument(
                    f"There is no {name} {value!r}: use one of {', '.join(known)}.", where=name
                )


def perform(
    clip: Clip,
    feel: Feel | None = None,
    weights: Weights | None = None,
    stays: Set[int] = frozenset(),
) -> Clip:
    """The clip as a player would play it; muted notes are the very same.

    Args:
        clip: of any kind, metre and length.
        feel: how.
        weights: of the performer; those that ship when None.
        stays: numbers in `clip.notes` of notes that must not change.

    Raises:
        BadFile: the weights can't be read.
    """
    feel = feel or Feel()
    reading = read(clip, stays)
    if not len(reading) or not feel.amount or not (feel.dynamics or feel.timing):
        return clip
    weights = weights or read_weights()
    told = _told(reading, feel, weights)
    offset_ms, velocity = _played(clip, told.columns, reading, feel, weights)
    target_beats = (offset_ms - told.lead_ms) / reading.notes.beat_ms
    target_beats = np.where(told.timing_stays, reading.own_beats, target_beats)
    shift = feel.amount * (target_beats - reading.own_beats)
    limit = _SHARE_OF_GRID * reading.grid_beats
    moved = np.clip(reading.own_beats + shift, -limit, limit) - reading.own_beats
    louder = feel.amount * (_levelled(velocity, reading, told) - reading.velocity)
    changes = {}
    for cell, members in enumerate(reading.members):
        for index in members:
            if index not in stays:
                note = clip.notes[index]
                start = note.start_beats + float(moved[cell]) * feel.timing
                struck = note.velocity + float(louder[cell]) * 127 * feel.dynamics
                changes[index] = Change(start, struck, cell)
    return applied(clip, changes)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What the network is told of a clip, and what of it stays.

    Attributes:
        columns: with style, role, and what is known.
        lead_ms: the recordings' common lead over the grid, to be taken off again.
        timing_stays: cells that keep their timing.
        velocity_stays: whether all velocities are played ones that stay.
    """

    columns: Columns
    lead_ms: Reals
    timing_stays: Flags
    velocity_stays: bool


def _told(reading: Reading, feel: Feel, weights: Weights) -> _Told:
    notes = reading.notes
    lead_ms = np.where(notes.pitched, 0.0, weights.traits.lead_ms)
    loose = np.abs(reading.own_beats) > ON_GRID_BEATS
    timing_played = (~loose).mean() < _STIFF_SHARE
    dynamics_played = len(np.unique(np.rint(reading.velocity * 127))) > _LEVELS
    nothing_stiff = (timing_played or not feel.timing) and (dynamics_played or not feel.dynamics)
    anew = nothing_stiff or not feel.respect
    timing_stays = loose & (not anew or not feel.timing)
    velocity_stays = dynamics_played and (not anew or not feel.dynamics)
    drawn = bool(np.ptp(reading.velocity) > _FLAT)
    hint = reading.velocity if velocity_stays else _usual(reading.velocity)
    columns = notes.telling(
        style=np.where(notes.pitched, NONE, STYLES.index(feel.style) if feel.style else NONE),
        role=np.where(notes.pitched, ROLES.index(feel.role) if feel.role else NONE, NONE),
        hint=hint if drawn else np.nan,
        exact=velocity_stays,
        known_ms=np.where(timing_stays, reading.own_beats * notes.beat_ms + lead_ms, np.nan),
    )
    return _Told(columns, lead_ms, timing_stays, velocity_stays)


def _usual(velocity: Reals) -> Reals:
    """Velocities moved to the level of the recordings."""
    return np.asarray(np.clip(velocity - velocity.mean() + _USUAL, 0.05, 1.0))


def _levelled(velocity: Reals, reading: Reading, told: _Told) -> Reals:
    """The player's velocities on the clip's own level, lane by lane: the mix stays the user's.

    A flat lane's level is that of its strong notes; the others get softer, as a player's do.
    """
    if told.velocity_stays:
        return reading.velocity
    levelled = velocity.copy()
    for lane in np.unique(reading.notes.lane):
        mine = reading.notes.lane == lane
        level = velocity[mine].mean()
        if np.ptp(reading.velocity[mine]) <= _FLAT:
            level = np.quantile(velocity[mine], _STRONG)
        levelled[mine] += reading.velocity[mine].mean() - level
    return np.asarray(levelled)


def _played(
    clip: Clip, columns: Columns, reading: Reading, feel: Feel, weights: Weights
) -> tuple[Reals, Reals]:
    """What the player does, hearing the loop's end before its start and its start after its end."""
    times = columns.time_beats
    low, high = clip.loop_start_beats, clip.loop_end_beats
    half = reading.grid_beats / 2
    inside = (times > low - 0.1) & (times < high + 0.1)
    if not inside.all():
        return play(weights, columns, feel.mode, feel.seed, half)
    reach = min(clip.metre.bar_beats, clip.loop_beats)
    end, start = (np.flatnonzero(mask) for mask in (times >= high - reach, times < low + reach))
    ends = (end, -clip.loop_beats), (np.arange(len(columns)), 0.0), (start, clip.loop_beats)
    whole = joined([_later(columns[rows], beats) for rows, beats in ends])
    rows = np.concatenate([rows for rows, _ in ends])
    offset_ms, velocity = play(weights, whole.telling(sequence=0), feel.mode, feel.seed, half[rows])
    own = slice(len(end), len(end) + len(columns))
    return offset_ms[own], velocity[own]


def _later(columns: Columns, beats: float) -> Columns:
    return columns.telling(time_beats=columns.time_beats + beats)
