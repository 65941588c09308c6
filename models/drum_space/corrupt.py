# SPDX-License-Identifier: Apache-2.0
"""What training does to windows: new combinations to read, and parts to hide.

Lanes and bars of several drummers are mixed and patterns turned, so that the network learns to
read any pattern and not only those that were played; then something of it is hidden, so that one
network learns every task (Gillick et al. 2019 train one network for each).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.drum_space.config import LANE_COUNT
from models.drum_space.question import Question, as_tap, known
from models.percussion.hits import Hits

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mix:
    """How often windows are changed; shares of windows.

    Attributes:
        lanes: some lanes come from another window.
        bars: the second half comes from another window.
        turn: the window is turned by beats.
        flips: single cells are changed.
        drop: whole lanes are left out.
        hide: something is hidden from the encoder.
    """

    lanes: float = 0.3
    bars: float = 0.15
    turn: float = 0.2
    flips: float = 0.15
    drop: float = 0.25
    hide: float = 0.5


def mixed(hits: Hits, mix: Mix, rng: np.random.Generator) -> Hits:
    """A batch with new combinations, [batch, steps, lanes]."""
    batch, steps, lanes = hits.hits.shape
    other = hits[rng.permutation(batch)]
    shape = (batch, 1, 1)
    some = (rng.random(shape) < mix.lanes) & (rng.random((batch, 1, lanes)) < 0.5)
    late = np.arange(steps)[None, :, None] >= steps // 2
    half = (rng.random(shape) < mix.bars) & late
    found = other.where(some | half, hits)
    found = _turned(found, np.asarray(rng.random(batch) < mix.turn), rng)
    found = _flipped(found, rng.random(shape) < mix.flips, rng)
    gone = (rng.random(shape) < mix.drop) & (rng.random((batch, 1, lanes)) < 0.3)
    return without(found, gone)


def _turned(hits: Hits, which: NDArray[Any], rng: np.random.Generator) -> Hits:
    """Some windows turned round by whole beats."""
    steps = hits.hits.shape[1]
    by = np.where(which, 4 * rng.integers(0, max(1, steps // 4), len(which)), 0)
    order = (np.arange(steps)[None, :] + by[:, None]) % steps

    def turn(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.take_along_axis(values, order[..., None], axis=1)

    struck = np.take_along_axis(hits.hits, order[..., None], axis=1)
    return Hits(struck, turn(hits.velocities), turn(hits.offsets))


def _flipped(hits: Hits, which: Mask, rng: np.random.Generator) -> Hits:
    """Some windows with a few cells struck or silenced, in lanes that are in use or not."""
    shape = hits.hits.shape
    rate = rng.random((shape[0], 1, 1)) * 0.06
    added = which & (rng.random(shape) < rate * 0.5) & ~hits.hits
    taken = which & (rng.random(shape) < rate * 3) & hits.hits
    loud = rng.uniform(0.2, 1, shape).astype(np.float32)
    more = Hits(added, loud * added, np.zeros(shape, np.float32))
    return without(more.where(added, hits), taken)


def without(hits: Hits, gone: Mask) -> Hits:
    """The hits with some cells silenced."""
    left = hits.hits & ~gone
    return Hits(left, hits.velocities * left, hits.offsets * left)


def hidden(hits: Hits, mix: Mix, rng: np.random.Generator) -> Question:
    """A batch as the encoder may see it: from everything down to a tap."""
    batch = len(hits.hits)
    question = known(hits)
    kind = rng.random(batch)
    kind = np.where(rng.random(batch) < mix.hide, kind, 1.0)
    flat = kind < 0.5  # dynamics, timing or both; the rest hides hits
    velocities = ~(flat & (rng.random(batch) < 0.8))
    timing = ~(flat & (rng.random(batch) < 0.8))
    some = (kind >= 0.5) & (kind < 0.68)
    lanes = np.where(some[:, None], rng.random((batch, LANE_COUNT)) < 0.5, True)
    thin = (kind >= 0.68) & (kind < 0.82)
    kept = rng.uniform(0.2, 0.9, (batch, 1, 1))
    lost = thin[:, None, None] & (rng.random(hits.hits.shape) > kept)
    question = replace(
        question,
        hits=without(hits, lost),
        lanes=lanes,
        velocities=velocities,
        timing=timing,
        complete=~thin,
    )
    return _tapping(question, hits, np.asarray((kind >= 0.82) & (kind < 1.0)), rng)


def _tapping(
    question: Question, hits: Hits, which: NDArray[Any], rng: np.random.Generator
) -> Question:
    """Some windows known only by the rhythm of all lanes or of a few."""
    batch = len(hits.hits)
    few = (rng.random((batch, 1, 1)) < 0.5) & (rng.random((batch, 1, LANE_COUNT)) < 0.5)
    tap = as_tap(without(hits, few))
    flat = rng.random(batch) < 0.5
    row = np.asarray(which)[:, None]
    return Question(
        tap.hits.where(row[..., None], question.hits),
        np.where(row, tap.lanes, question.lanes),
        np.where(which, ~flat, question.velocities),
        np.where(which, ~flat, question.timing),
        np.where(which, tap.complete, question.complete),
        np.where(row[..., None], tap.tap, 0).astype(np.float32),
    )


def kits(hits: Hits, rng: np.random.Generator) -> Mask:
    """Which lanes may play, [batch, lanes]: those in use and often more, rarely fewer."""
    used = hits.hits.any(axis=1)
    batch = len(hits.hits)
    more = used | (rng.random(used.shape) < rng.random((batch, 1)))
    fewer = more & (rng.random(used.shape) < 0.7)
    return np.where(rng.random((batch, 1)) < 0.12, fewer, more)


def orders(batch: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """For each window an order of lanes: [batch, lane, lane], 1 where the second comes earlier."""
    rank = rng.random((batch, LANE_COUNT)).argsort(axis=1)
    return (rank[:, None, :] < rank[:, :, None]).astype(np.float32)


def generator(rng: Random) -> np.random.Generator:
    """A numpy generator seeded from a plain one."""
    return np.random.default_rng(rng.getrandbits(64))
