# SPDX-License-Identifier: Apache-2.0
"""Reading: a clip's notes as cells on the grid, for the network and for grooves.

A cell is what one player strikes at one place: a lane of the kit, or a pitch. Its loudest note
speaks for it; further ones, such as grace notes and doubled pads, move along.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from models.clip import Clip
from models.percussion.lanes import read_kit
from models.performer.columns import NONE, OTHER_LANE, Columns, Reals, Whole, columns_of
from models.performer.places import Places, places_of

TICKS = 960  # of a beat: cells nearer than this are one


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A clip's cells in order of time and lane.

    Attributes:
        notes: one row a cell.
        own_beats: how far each cell's loudest note lies from its place.
        velocity: its velocity, 0-1.
        grid_beats: distance of grid lines there.
        bar: number of its bar, from that of beat 0.
        members: for each cell the numbers of its notes in the clip, the loudest first.
    """

    notes: Columns
    own_beats: Reals
    velocity: Reals
    grid_beats: Reals
    bar: Whole
    members: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.members)


def read(clip: Clip, stays: Set[int] = frozenset()) -> Reading:
    """Read a clip's notes that are not muted.

    Args:
        clip: of any kind and metre.
        stays: numbers of notes that no other note shall move along with; they have cells too.
    """
    numbers = np.array([i for i, note in enumerate(clip.notes) if not note.mute], np.int64)
    heard = [clip.notes[i] for i in numbers.tolist()]
    start = np.array([note.start_beats for note in heard], np.float64)
    velocity = np.array([note.velocity for note in heard], np.float64) / 127
    pitch = np.array([note.pitch for note in heard], np.int64)
    lane = lanes_of(clip, pitch)
    places = places_of(start, clip.metre, clip.metre_changes)
    order, first = _cells(places, pitch, lane, velocity, numbers, stays)
    lead = order[first]
    groups = np.split(numbers[order], first[1:]) if len(first) else []
    notes = columns_of(
        places.time_beats[lead],
        place_beats=places.place_beats[lead],
        bar_beats=places.bar_beats[lead],
        pulse_beats=places.pulse_beats[lead],
        tempo_bpm=_tempi(clip, start[lead]),
        pitch=pitch[lead],
        duration_beats=np.array([note.duration_beats for note in heard])[lead],
        lane=lane[lead],
        written=_divided(places),
    )
    return Reading(
        notes,
        (start - places.time_beats)[lead],
        velocity[lead],
        places.grid_beats[lead],
        places.bar[lead],
        tuple(tuple(group.tolist()) for group in groups),
    )


def lanes_of(clip: Clip, pitch: Whole) -> Whole:
    """The lane of each pitch: none in a melodic clip, and for pads that sit in none, the last."""
    if clip.kind != "drums":
        return np.full(len(pitch), NONE)
    lanes = read_kit(clip).lanes
    return np.array([lanes.get(int(key), OTHER_LANE) for key in pitch], np.int64)


def _cells(  # the columns of one table
    places: Places,
    pitch: Whole,
    lane: Whole,
    velocity: Reals,
    numbers: Whole,
    stays: Set[int],
) -> tuple[Whole, Whole]:
    """Notes in order of cells, the loudest of each first, and where each cell begins."""
    time = np.rint(places.time_beats * TICKS)
    voice = np.where((lane == NONE) | (lane == OTHER_LANE), pitch + 128, lane)
    alone = np.isin(numbers, list(stays))
    order = np.lexsort((numbers, -velocity, alone, voice, time))
    new = np.ones(len(order), bool)
    table = np.stack((time, voice, alone))[:, order]
    new[1:] = (np.diff(table, axis=1) != 0).any(axis=0)
    return order, np.flatnonzero(new)


def _divided(places: Places) -> bool:
    """Whether some beat is divided otherwise than by four, so that places are as meant."""
    return bool((np.abs(places.grid_beats - 0.25) > 1e-6).any())


def _tempi(clip: Clip, start: Reals) -> Reals:
    """The tempo at each onset, in quarter notes a minute."""
    changes: Sequence[float] = [change.start_beats for change in clip.tempo_changes]
    speeds = np.array([clip.tempo_bpm, *(change.tempo_bpm for change in clip.tempo_changes)])
    return np.asarray(speeds[np.searchsorted(changes, start, side="right")])
