# SPDX-License-Identifier: Apache-2.0
"""Decodes to a wanted number of hits, played as the clip is played.

A point far from what was played often decodes to fewer hits. So the logits of a whole window are
raised or lowered together until as many hits come out as are wanted: the likeliest come first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.drum_space.config import LANE_COUNT
from models.drum_space.frame import Frame
from models.drum_space.space import DrumSpace, Noise, Terms
from models.percussion.hits import Hits
from models.percussion.lanes import CLOSED_HAT, KICK, OPEN_HAT, SNARE

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

_ROUNDS = 5
_MOST_PUSH = 8.0  # logits
_SLACK = 0.04  # of the wanted hits
_STIFF = 0.02  # of a step: a clip whose hits lie no farther off its grid was not played
_OFF_BEAT = 0.4  # strength from which on a place is on the beat
_STRONG = 0.6  # strength above which a beat is no backbeat
_FELT = 0.05  # loudness that nobody hears


def warmth(adventure: float) -> float:
    """The temperature of hits: what most windows were chosen with at the middle."""
    return 0.8 * adventure


def counted(
    space: DrumSpace, points: Reals, frame: Frame, terms: Terms, noise: Noise, wanted: float
) -> Hits:
    """Patterns with about `wanted` hits each, fixed cells included.

    Args:
        space: the network.
        points: [batch, latent].
        frame: of all the windows.
        terms: kit, fixed cells and what is added to the logits anyway.
        noise: of all the windows.
        wanted: hits in a window.
    """
    plain = np.float32(0) if terms.push is None else terms.push
    best = space.decode(points, frame, terms, noise)
    away = _missed(best, wanted)
    more: Reals = np.zeros(len(points), np.float32)
    low, high = more - _MOST_PUSH, more + _MOST_PUSH
    found = best
    for _ in range(_ROUNDS):
        if (away <= max(0.5, _SLACK * wanted)).all():
            break
        over = found.hits.sum(axis=(1, 2)) > wanted
        low, high = np.where(over, low, more), np.where(over, more, high)
        more = np.asarray((low + high) / 2, np.float32)
        pushed = replace(terms, push=plain + more[:, None, None])
        found = space.decode(points, frame, pushed, noise)
        off = _missed(found, wanted)
        best = found.where((off < away)[:, None, None], best)
        away = np.minimum(off, away)
    return best


def _missed(found: Hits, wanted: float) -> Reals:
    """How many hits are too few or too many; silence is worst, unless it is wanted."""
    counts = found.hits.sum(axis=(1, 2))
    silent = (counts == 0) & (wanted > 0)
    return np.asarray(np.where(silent, np.inf, np.abs(counts - wanted)), np.float32)


def leaning(frame: Frame, syncopation: float) -> Reals:
    """What syncopation adds to the logits of kick and snare, [steps, lanes].

    It stands beside the direction of the space, whose reach depends on what was learned.
    """
    found = np.zeros((len(frame), LANE_COUNT), np.float32)
    off = _OFF_BEAT - frame.strengths
    found[:, (KICK, SNARE)] = (2 * syncopation * off)[:, None]
    return found


def footing(frame: Frame) -> Reals:
    """Logits for what carries most beats, [steps, lanes]: kick on strong beats, snare on others."""
    found = np.zeros((len(frame), LANE_COUNT), np.float32)
    strong = frame.strengths
    found[:, KICK] = strong > _STRONG
    found[:, SNARE] = (strong > _OFF_BEAT) & (strong <= _STRONG)
    return found


def played_like(found: Hits, source: Hits, fixed: Mask) -> Hits:
    """The same hits; those of the source as they were, new ones as loud and as straight as it.

    Args:
        found: patterns, [batch, steps, lanes].
        source: [steps, lanes].
        fixed: cells that stay whatever is in them.
    """
    both = np.asarray(found.hits & source.hits)
    loud, late = found.velocities, found.offsets
    if both.any():
        truth = np.broadcast_to(source.velocities, both.shape)[both]
        level = float(truth.mean() / max(float(loud[both].mean()), 1e-3))
        loud = np.clip(loud * np.clip(level, 0.6, 1.6), 1 / 127, 1)
    if source.hits.any() and np.abs(source.offsets[source.hits]).max() < _STIFF:
        late = np.zeros_like(late)
    struck = _one_hat(found.hits, source.hits, fixed)
    new = Hits(struck, np.where(struck, loud, 0), np.where(struck, late, 0))
    return source.where(both & struck, new)


def _one_hat(struck: Mask, source: Mask, fixed: Mask) -> Mask:
    """Closed and open hat do not sound together, unless they did: the one that is new goes."""
    struck = struck.copy()
    twice = struck[..., CLOSED_HAT] & struck[..., OPEN_HAT]
    were = source[..., CLOSED_HAT] & source[..., OPEN_HAT]
    open_stays = source[..., OPEN_HAT] | fixed[..., OPEN_HAT]
    struck[..., OPEN_HAT] &= ~(twice & ~were & ~open_stays)
    closed_goes = twice & ~were & open_stays & ~fixed[..., CLOSED_HAT]
    struck[..., CLOSED_HAT] &= ~closed_goes
    return struck


def as_loud(hits: Hits, loudness: float, fixed: Mask) -> Hits:
    """Softer or louder, -1 to 1, but for fixed cells."""
    if abs(loudness) < _FELT:
        return hits
    loud = hits.velocities
    changed = loud + 0.5 * loudness * ((1 - loud) if loudness > 0 else loud)
    changed = np.clip(changed, 1 / 127, 1) * hits.hits
    return Hits(hits.hits, np.where(fixed, loud, changed).astype(np.float32), hits.offsets)


def in_a_row(windows: list[Hits]) -> Hits:
    """Windows one after another, along their steps."""
    return Hits.joined(windows, axis=-2)
