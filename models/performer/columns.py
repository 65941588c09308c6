# SPDX-License-Identifier: Apache-2.0
"""Columns: the notes that the performer reads, of one part or of many windows, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Genres of the Groove MIDI Dataset that have at least seven takes.
STYLES = (
    "afrobeat",
    "afrocuban",
    "country",
    "dance",
    "funk",
    "gospel",
    "hiphop",
    "jazz",
    "latin",
    "neworleans",
    "pop",
    "punk",
    "reggae",
    "rock",
    "soul",
)
ROLES = ("melody", "bass", "chords")
NONE = -1  # no style, no role, no lane
OTHER_LANE = 9  # percussion that sits in none of the nine lanes
LANE_COUNT = 10

_KINDS: Mapping[str, type] = MappingProxyType(
    {
        **dict.fromkeys(("sequence", "lane", "style", "role"), np.int64),
        **dict.fromkeys(("written", "exact"), np.bool_),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """One entry a note, in order of sequence and time.

    Attributes:
        sequence: number of the part or window; sequences don't hear each other.
        time_beats: place on the grid, where the note is written.
        place_beats: the same, counted from the bar line.
        bar_beats, pulse_beats: length of its bar, and of the pulse one taps.
        tempo_bpm: quarter notes a minute.
        pitch: MIDI key; what it says of drums is the lane's to tell.
        duration_beats: as written.
        lane: 0-8 as `models.percussion.lanes`, 9 for other percussion, -1 for pitched notes.
        style, role: numbers in STYLES and ROLES, or -1.
        written: the places are those that were meant, triplets too; else each is only the
            sixteenth next to what was played.
        hint: velocity 0-1 that is known of the note, NaN where it is not.
        exact: whether the hint is the note's velocity itself, not a rough level.
        known_ms: offset that is known of the note, NaN where it is not.
    """

    sequence: Whole
    time_beats: Reals
    place_beats: Reals
    bar_beats: Reals
    pulse_beats: Reals
    tempo_bpm: Reals
    pitch: Reals
    duration_beats: Reals
    lane: Whole
    style: Whole
    role: Whole
    written: Flags
    hint: Reals
    exact: Flags
    known_ms: Reals

    def __len__(self) -> int:
        return len(self.time_beats)

    def __getitem__(self, chosen: Any) -> Columns:
        """The notes that a slice, mask or list of numbers chooses."""
        return Columns(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def telling(self, **columns: Any) -> Columns:
        """The same notes with other columns; a single value stands for all notes."""
        whole = {
            name: np.broadcast_to(np.asarray(value, getattr(self, name).dtype), len(self))
            for name, value in columns.items()
        }
        return replace(self, **whole)

    @property
    def pitched(self) -> Flags:
        """Which notes have a pitch that is heard as such."""
        return np.equal(self.lane, NONE)

    @property
    def beat_ms(self) -> Reals:
        """Milliseconds in a quarter note."""
        return 60_000 / self.tempo_bpm


def columns_of(time_beats: Reals, **columns: Any) -> Columns:
    """Columns from what is known; the rest says nothing: 4/4 at 120 bpm, no lane, hint or style."""
    count = len(time_beats)
    empty: dict[str, Any] = {
        "sequence": np.zeros(count, np.int64),
        "place_beats": np.asarray(time_beats) % 4.0,
        "bar_beats": 4.0,
        "pulse_beats": 1.0,
        "tempo_bpm": 120.0,
        "pitch": 60.0,
        "duration_beats": 0.25,
        "lane": NONE,
        "style": NONE,
        "role": NONE,
        "written": True,
        "hint": np.nan,
        "exact": False,
        "known_ms": np.nan,
    }
    filled: dict[str, Any] = {
        name: np.broadcast_to(np.asarray(value, _KINDS.get(name, np.float64)), (count,))
        for name, value in (empty | columns).items()
    }
    return Columns(time_beats=np.asarray(time_beats, np.float64), **filled)


def joined(parts: Sequence[Columns]) -> Columns:
    """Many parts as sequences 0, 1, 2 ... of one table."""
    table = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Columns)
        if field.name != "sequence"
    }
    counts = [len(part) for part in parts]
    return Columns(sequence=np.repeat(np.arange(len(parts)), counts), **table)
