# SPDX-License-Identifier: Apache-2.0
"""Playing: offsets and velocities for notes, as medians or drawn."""

from __future__ import annotations

from typing import Literal

import numpy as np

from models.performer.columns import Columns, Flags, Reals
from models.performer.mixtures import normal
from models.performer.network import Answer
from models.performer.stored import Ties, Weights
from models.performer.ties import draws

Mode = Literal["median", "sample"]
MODES: tuple[Mode, ...] = ("median", "sample")
HALF_SIXTEENTH_BEATS = 0.125


def play(
    weights: Weights,
    columns: Columns,
    mode: Mode = "median",
    seed: int = 0,
    half_beats: Reals | float = HALF_SIXTEENTH_BEATS,
) -> tuple[Reals, Reals]:
    """Offset in milliseconds and velocity 0-1 of each note.

    Args:
        weights: of the performer.
        columns: in order of sequence and time.
        mode: median gives the middle of what players do; sample draws one playing.
        seed: of the drawing.
        half_beats: how far a note can lie from its place.
    """
    answer = weights.network(columns)
    if mode == "sample":
        offset, velocity = _drawn(weights, columns, answer, seed, half_beats)
    else:
        half_ms = half_beats * columns.beat_ms
        offset = np.clip(answer.offset_ms, -half_ms, half_ms)
        velocity = np.clip(answer.velocity, 0.0, 1.0)
    known, exact = ~np.isnan(columns.known_ms), columns.exact
    return np.where(known, columns.known_ms, offset), np.where(exact, columns.hint, velocity)


def _drawn(
    weights: Weights, columns: Columns, answer: Answer, seed: int, half_beats: Reals | float
) -> tuple[Reals, Reals]:
    """One playing; notes go together as the recordings' do."""
    rng = np.random.default_rng(seed)
    traits, pitched = weights.traits, columns.pitched
    half_ms = half_beats * columns.beat_ms
    moved = _shares(columns, pitched, (traits.drum_offsets, traits.key_offsets), rng)
    struck = _shares(columns, pitched, (traits.drum_velocities, traits.key_velocities), rng)
    zeros = np.zeros(len(columns))
    return (
        answer.offsets_ms.at(moved, -half_ms, half_ms),
        answer.velocities.at(struck, zeros, zeros + 1),
    )


def _shares(
    columns: Columns, pitched: Flags, ties: tuple[Ties, Ties], rng: np.random.Generator
) -> Reals:
    """For each note where in its distribution it lies, 0-1."""
    scores = [draws(columns, kind, rng) for kind in ties]
    return normal(np.where(pitched, scores[1], scores[0]))
