# SPDX-License-Identifier: Apache-2.0
"""Takes: recorded playing to learn from, as columns with what was really played."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.clip import Clip
from models.performer.columns import NONE, OTHER_LANE, STYLES, Columns, Reals, columns_of
from models.performer.places import places_of


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Notes and how they were played; one entry a note.

    Attributes:
        notes: what is written.
        offset_ms: played minus written.
        velocity: 0-1.
    """

    notes: Columns
    offset_ms: Reals
    velocity: Reals

    def __len__(self) -> int:
        return len(self.notes)

    def __getitem__(self, chosen: object) -> Played:
        return Played(self.notes[chosen], self.offset_ms[chosen], self.velocity[chosen])  # type: ignore[call-overload]  # numpy's indices

    def with_notes(self, notes: Columns) -> Played:
        """The same playing of notes described otherwise."""
        return replace(self, notes=notes)


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One recording.

    Attributes:
        name: of its file.
        player: who played.
        split: train, validation or test.
        nearest: written on the nearest sixteenths, the loudest hit of a place and lane kept.
        meant: written where they were meant, triplets too; the same object where there is no
            difference.
    """

    name: str
    player: str
    split: str
    nearest: Played
    meant: Played


def drum_take(clip: Clip, lanes: dict[int, int], style: str) -> tuple[Played, Played]:
    """What was played in a drum clip: on the nearest sixteenths, and where it was meant.

    Args:
        clip: as recorded.
        lanes: pitch → lane.
        style: of STYLES; others are none.
    """
    first, second = (_drums(clip, lanes, style, nearest=nearest) for nearest in (True, False))
    return first, second


def _drums(clip: Clip, lanes: dict[int, int], style: str, *, nearest: bool) -> Played:
    start = np.array([note.start_beats for note in clip.notes])
    lane = np.array([lanes.get(note.pitch, OTHER_LANE) for note in clip.notes], np.int64)
    velocity = np.array([note.velocity for note in clip.notes]) / 127
    places = places_of(start, clip.metre, clip.metre_changes, nearest=nearest)
    tempo = np.array([clip.tempo_at(beats) for beats in start.tolist()])
    played = Played(
        columns_of(
            places.time_beats,
            place_beats=places.place_beats,
            bar_beats=places.bar_beats,
            pulse_beats=places.pulse_beats,
            tempo_bpm=tempo,
            pitch=[float(note.pitch) for note in clip.notes],
            lane=lane,
            style=STYLES.index(style) if style in STYLES else NONE,
            written=not nearest,
        ),
        (start - places.time_beats) * 60_000 / tempo,
        velocity,
    )
    return played[loudest(played)]


def loudest(played: Played) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """In order of time and lane, the loudest note of each place and lane; of equals the first."""
    notes = played.notes
    cell = np.rint(notes.time_beats * 960) * 256 + np.where(notes.pitched, notes.pitch, notes.lane)
    order = np.lexsort((np.arange(len(notes)), -played.velocity, cell))
    new = np.ones(len(order), bool)
    new[1:] = np.diff(cell[order]) != 0
    return order[new]
