# SPDX-License-Identifier: Apache-2.0
"""Windows of takes to learn from, and what is told of them.

Most windows are two bars of drums on the nearest sixteenths, of which nothing is told. The others
are longer or shorter, in places that were meant, in other metres, with lanes missing, or partly
told: rough dynamics, true dynamics, or some notes as they were played.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

import numpy as np

from models.performer.columns import NONE, OTHER_LANE, ROLES, Columns, Flags, Reals, joined
from models.performer.takes import Played, Take

BARS = (2,) * 7 + (1, 4, 8)  # one is drawn for all windows of a batch
MOST_NOTES = 400
TEMPO_SPREAD = 0.05  # tempi are told up to so much wrong


@dataclass(frozen=True, slots=True)
class Mix:
    """How windows are drawn; chances 0-1.

    Attributes:
        keys: of a window of piano.
        meant: that places are those that were meant.
        styled: that the style is told.
        told: that something of the playing is told.
        rebarred: of bar lines of another metre.
        hurried: that the tempo is told a little wrong; a tempo gives away a session.
        thinned: that lanes are left out, or one is other percussion.
        lengths: whether windows have other lengths than two bars.
    """

    keys: float = 0.15
    meant: float = 0.25
    styled: float = 0.35
    told: float = 0.35
    rebarred: float = 0.08
    hurried: float = 0.3
    thinned: float = 0.15
    lengths: bool = True


PLAIN = Mix(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, lengths=False)


class Windows:
    """Draws windows of takes.

    Args:
        drums: takes of drums, drawn by their length; may be empty.
        keys: takes of piano; may be empty, but not both.
        mix: how they are drawn.
    """

    def __init__(self, drums: Sequence[Take], keys: Sequence[Take], mix: Mix = PLAIN) -> None:
        self.drums = drums
        self.keys = keys
        self.mix = mix
        self._lengths = list(accumulate(len(take.nearest) for take in drums))

    def batch(self, rng: Random, bars_in_all: int) -> Played:
        """Windows of one length as a table; NaN marks the targets that were told.

        Args:
            rng: decides.
            bars_in_all: so many bars make a batch, however long its windows are.
        """
        bars = rng.choice(BARS) if self.mix.lengths else 2
        count = max(1, bars_in_all // bars)
        return table_of([self._draw(bars, rng) for _ in range(count)])

    def _draw(self, bars: int, rng: Random) -> Played:
        """One window, told or not."""
        if self.keys and (not self.drums or rng.random() < self.mix.keys):
            window = _piano(rng.choice(self.keys).meant, bars, rng)
        else:
            window = self._drums(bars, rng)
        return _told(window, rng) if rng.random() < self.mix.told else window

    def _drums(self, bars: int, rng: Random) -> Played:
        take = rng.choices(self.drums, cum_weights=self._lengths)[0]
        meant = rng.random() < self.mix.meant
        window = _cut(take.meant if meant else take.nearest, bars, rng)
        notes = window.notes
        if rng.random() < self.mix.rebarred:
            notes = _rebarred(notes, rng)
        if rng.random() >= self.mix.styled:
            notes = notes.telling(style=NONE)
        if rng.random() < self.mix.hurried:
            factor = 1 + rng.uniform(-TEMPO_SPREAD, TEMPO_SPREAD)
            notes = notes.telling(tempo_bpm=notes.tempo_bpm * factor)
        window = window.with_notes(notes)
        return _thinned(window, rng) if rng.random() < self.mix.thinned else window


def _cut(played: Played, bars: int, rng: Random) -> Played:
    """So many bars from any beat on."""
    times = played.notes.time_beats
    bar = float(played.notes.bar_beats[0])
    length = bars * bar
    anchor = times[rng.randrange(len(times))]
    start = np.floor(anchor - rng.uniform(0, length * 0.999))
    chosen = np.flatnonzero((times >= start - 1e-6) & (times < start + length - 1e-6))
    return played[chosen[:MOST_NOTES] if len(chosen) else slice(0, 1)]


def _rebarred(notes: Columns, rng: Random) -> Columns:
    """Bar lines as of another metre, begun at the window's first beat."""
    bar = rng.choice((3.0, 5.0, 3.5, 2.0, 6.0))
    first = np.floor(notes.time_beats[0])
    return notes.telling(place_beats=(notes.time_beats - first) % bar, bar_beats=bar)


def _thinned(window: Played, rng: Random) -> Played:
    """Without some lanes, or with one as other percussion."""
    notes = window.notes
    lanes = sorted(set(notes.lane.tolist()))
    if rng.random() < 0.3:
        other = rng.choice(lanes)
        lane = np.where(notes.lane == other, OTHER_LANE, notes.lane)
        return window.with_notes(notes.telling(lane=lane))
    gone = rng.sample(lanes, rng.randint(1, max(1, len(lanes) - 1)))
    left = np.flatnonzero(~np.isin(notes.lane, gone))
    return window[left] if len(left) else window


def _piano(played: Played, bars: int, rng: Random) -> Played:
    """Some bars of piano, transposed: both hands, or only the top line, the bass, the rest."""
    window = _cut(played, bars, rng)
    notes = window.notes
    kind = rng.choice((NONE, NONE, *range(len(ROLES))))
    new = np.flatnonzero(np.diff(notes.time_beats, prepend=-np.inf) > 1e-6)
    last = np.append(new[1:], len(notes)) - 1
    event = np.cumsum(np.diff(notes.time_beats, prepend=-np.inf) > 1e-6) - 1
    left: Flags = np.ones(len(notes), bool)
    if kind == ROLES.index("melody"):
        left = np.isin(np.arange(len(notes)), last) & (notes.pitch >= 60)
    elif kind == ROLES.index("bass"):
        left = np.isin(np.arange(len(notes)), new) & (notes.pitch < 60)
    elif kind == ROLES.index("chords"):
        several = np.bincount(event)[event] > 1
        left = several & ~np.isin(np.arange(len(notes)), last)
    window = window[np.flatnonzero(left)] if left.any() else window
    kind = kind if left.any() and rng.random() < 0.7 else NONE
    shift = rng.randint(-6, 6) - (12 if kind == ROLES.index("bass") and rng.random() < 0.5 else 0)
    notes = window.notes
    factor = 1 + rng.uniform(-TEMPO_SPREAD, TEMPO_SPREAD)
    return window.with_notes(
        notes.telling(pitch=notes.pitch + shift, role=kind, tempo_bpm=notes.tempo_bpm * factor)
    )


def _told(window: Played, rng: Random) -> Played:
    """Tell rough dynamics, true dynamics or offsets of all notes, or all of some notes."""
    count = len(window)
    kind = rng.choice(("rough", "rough", "velocity", "offset", "some"))
    some = np.array([rng.random() for _ in range(count)]) < rng.uniform(0.1, 0.8)
    velocity, offset = window.velocity.copy(), window.offset_ms.copy()
    hint, exact, known = np.full(count, np.nan), np.zeros(count, bool), np.full(count, np.nan)
    if kind == "rough":
        hint = rough(window.velocity, rng.randint(2, 4), rng.uniform(-0.2, 0.2))
    if kind in ("velocity", "some"):
        exact = some if kind == "some" else ~exact
        hint[exact] = velocity[exact]
        velocity[exact] = np.nan
    if kind in ("offset", "some"):
        which = some if kind == "some" else np.ones(count, bool)
        known[which] = offset[which]
        offset[which] = np.nan
    notes = window.notes.telling(hint=hint, exact=exact, known_ms=known)
    return Played(notes, offset, velocity)


def rough(velocity: Reals, levels: int, shift: float = 0.0) -> Reals:
    """Velocities as somebody draws them: on a few levels, all of them somewhat off."""
    edges = np.quantile(velocity, np.linspace(0, 1, levels + 1)[1:-1])
    level = np.searchsorted(edges, velocity, side="right")
    means = np.array(
        [velocity[level == n].mean() if (level == n).any() else 0 for n in range(levels)]
    )
    return np.clip(means[level] + shift, 0.05, 1.0)


def table_of(windows: Sequence[Played]) -> Played:
    """Windows as sequences of one table."""
    return Played(
        joined([window.notes for window in windows]),
        np.concatenate([window.offset_ms for window in windows]),
        np.concatenate([window.velocity for window in windows]),
    )
