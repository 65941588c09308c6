# SPDX-License-Identifier: Apache-2.0
"""Features: columns of notes become the numbers that the network reads.

Notes that stand at one time are an event. The network reads events in order and answers for each
note, so each has a row of its own beside that of its event. Distances are given as logarithms,
places in bar and beat as points on circles of a bar, half a bar, a pulse, a beat and its parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.performer.columns import LANE_COUNT, ROLES, STYLES, Columns, Flags, Reals, Whole

Matrix = NDArray[np.float32]

NOTE_FEATURES = LANE_COUNT + 14
EVENT_FEATURES = 16 + 12 + len(STYLES) + len(ROLES)
OFFSET_MS = 20.0  # one unit of the network's offsets
_FAR_BEATS = 16.0
_CLOSE_BEATS = 1 / 32


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the network reads of some sequences.

    Attributes:
        notes: [notes, NOTE_FEATURES].
        events: [events, EVENT_FEATURES].
        event_of: for each note the number of its event.
        sequence_of: for each event the number of its sequence, rising.
    """

    notes: Matrix
    events: Matrix
    event_of: Whole
    sequence_of: Whole


def features(columns: Columns) -> Features:
    """The features of columns in order of sequence and time."""
    event_of, first = _events(columns)
    return Features(
        _note_rows(columns, event_of, first),
        _event_rows(columns, event_of, first),
        event_of,
        columns.sequence[first],
    )


def _events(columns: Columns) -> tuple[Whole, Whole]:
    """For each note its event, and for each event its first note."""
    key = np.rint(columns.time_beats * 960)
    new = np.ones(len(columns), bool)
    new[1:] = (np.diff(key) != 0) | (np.diff(columns.sequence) != 0)
    return np.cumsum(new) - 1, np.flatnonzero(new)


def _note_rows(columns: Columns, event_of: Whole, first: Whole) -> Matrix:
    pitched = columns.pitched
    lanes = columns.lane[:, None] == np.arange(LANE_COUNT)
    top = np.maximum.reduceat(columns.pitch, first)[event_of] if len(first) else columns.pitch
    low = np.minimum.reduceat(columns.pitch, first)[event_of] if len(first) else columns.pitch
    before, after = _voice_gaps(columns)
    told = ~np.isnan(columns.hint)
    known = ~np.isnan(columns.known_ms)
    rows = [
        pitched,
        pitched * (columns.pitch - 60) / 24,
        pitched * (columns.pitch - _middle(columns)) / 12,
        pitched * (columns.pitch == top),
        pitched * (columns.pitch == low),
        pitched * (top - columns.pitch) / 12,
        pitched * _far(columns.duration_beats),
        _far(before),
        _far(after),
        told,
        told & columns.exact,
        np.where(told, columns.hint, 0),
        known,
        np.where(known, columns.known_ms, 0) / OFFSET_MS,
    ]
    return np.column_stack([lanes, *rows]).astype(np.float32)


def _event_rows(columns: Columns, event_of: Whole, first: Whole) -> Matrix:
    lead = columns[first]
    place = lead.place_beats
    circles = (lead.bar_beats, lead.bar_beats / 2, lead.pulse_beats, 1.0, 0.5, 0.25, 1 / 3, 2.0)
    angles = [2 * np.pi * place / np.asarray(circle) for circle in circles]
    before, after = _gaps(lead.sequence, lead.time_beats)
    seconds = lead.beat_ms / 1000
    size = np.bincount(event_of, minlength=len(first))
    rows = [
        *(wave(angle) for angle in angles for wave in (np.sin, np.cos)),
        lead.bar_beats / 4,
        lead.pulse_beats,
        np.log2(lead.tempo_bpm / 120),
        seconds / 0.5,
        _far(before),
        _far(after),
        _far(before * seconds * 2),
        _far(after * seconds * 2),
        np.isinf(before),
        np.isinf(after),
        size / 4,
        lead.written,
        lead.style[:, None] == np.arange(len(STYLES)),
        lead.role[:, None] == np.arange(len(ROLES)),
    ]
    return np.column_stack(rows).astype(np.float32)


def _middle(columns: Columns) -> Reals:
    """The mean pitch of each note's sequence."""
    count = np.maximum(np.bincount(columns.sequence), 1)
    return np.asarray(
        (np.bincount(columns.sequence, columns.pitch) / count)[columns.sequence], np.float64
    )


def _voice_gaps(columns: Columns) -> tuple[Reals, Reals]:
    """Beats to the note before and after in the same lane, or of the same pitch."""
    voice = np.where(columns.pitched, columns.pitch + LANE_COUNT, columns.lane)
    order = np.lexsort((columns.time_beats, voice, columns.sequence))
    group = columns.sequence[order] * 256 + voice[order].astype(np.int64)
    sorted_gaps = _gaps(group, columns.time_beats[order])
    gaps = np.empty((2, len(columns)))
    gaps[:, order] = sorted_gaps
    return gaps[0], gaps[1]


def _gaps(group: Whole, time_beats: Reals) -> tuple[Reals, Reals]:
    """Beats to the row before and after; infinite where the group begins and ends."""
    step = np.diff(time_beats)
    same: Flags = np.diff(group) == 0
    inside = np.where(same, step, np.inf)
    far = np.full(min(1, len(time_beats)), np.inf)
    return np.concatenate((far, inside)), np.concatenate((inside, far))


def _far(beats: Reals) -> Reals:
    """A distance as a logarithm, about -1 to 1.3."""
    return np.log2(np.clip(beats, _CLOSE_BEATS, _FAR_BEATS)) / 3
