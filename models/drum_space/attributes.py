# SPDX-License-Identifier: Apache-2.0
"""Density, syncopation and velocity of drum patterns: what the sliders move and benches measure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.drum_space.frame import Frame
from models.percussion.hits import Hits
from models.percussion.lanes import KICK, SNARE

Reals = NDArray[np.float32]

ATTRIBUTES = ("density", "syncopation", "velocity")

_STEPS_PER_BEAT = 4
_PULSE = 0.5  # strength of a pulse: a backbeat before an empty half bar is no syncopation


def measure(hits: Hits, frame: Frame) -> Reals:
    """The attributes of windows of one frame.

    Density is in hits a beat. Syncopation sums, for kick and snare off the pulse, how much
    stronger the place is that a hit anticipates and leaves empty (after Longuet-Higgins and Lee
    1984), a beat. Velocity
    is the mean of all hits, 0-1.

    Args:
        hits: [..., steps, lanes].
        frame: of all the windows.

    Returns:
        [..., attributes], in the order of `ATTRIBUTES`.
    """
    beats = len(frame) / _STEPS_PER_BEAT
    count = hits.hits.sum(axis=(-2, -1))
    loud = hits.velocities.sum(axis=(-2, -1)) / np.maximum(count, 1)
    off = syncopation(hits.hits, frame.strengths) / beats
    return np.stack([count / beats, off, loud], axis=-1).astype(np.float32)


def syncopation(struck: NDArray[np.bool_], strengths: Reals) -> Reals:
    """How much stronger the empty places are that kick and snare anticipate, summed."""
    total = np.zeros(struck.shape[:-2], np.float32)
    for lane in (KICK, SNARE):
        line = struck[..., lane]
        for step, strength in enumerate(strengths):
            stronger = np.flatnonzero(strengths[step + 1 :] > strength)
            if len(stronger) and strength < _PULSE:
                after = step + 1 + int(stronger[0])
                empty = ~line[..., step + 1 : after + 1].any(axis=-1)
                total += (line[..., step] & empty) * (strengths[after] - strength)
    return total


def directions(points: Reals, measured: Reals) -> Reals:
    """For each attribute the direction that changes it and, as far as it is linear, no other.

    A ridge regression W gives each attribute from a point; the step C Wᵀ (W C Wᵀ)⁻¹, C being the
    covariance of the points, moves one attribute by one standard deviation along the directions
    in which points really differ.

    Args:
        points: of training windows, [windows, latent].
        measured: their attributes, [windows, attributes].

    Returns:
        [attributes, latent].
    """
    centred = (points - points.mean(axis=0)).astype(np.float64)
    scaled = (measured - measured.mean(axis=0)) / np.maximum(measured.std(axis=0), 1e-6)
    covariance = centred.T @ centred / len(centred)
    ridge = covariance + 1e-2 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    weights = np.linalg.solve(ridge, centred.T @ scaled / len(centred)).T
    along = covariance @ weights.T
    return np.asarray((along @ np.linalg.pinv(weights @ along)).T, np.float32)
