# SPDX-License-Identifier: Apache-2.0
"""How much of a variation a take gets: as many changed cells as the amount says.

Of patterns farther and farther from the source the first is taken that changed enough, and of its
changes those that the network is surest of; as many hits go as come, but for what the density asks.
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from models.percussion.hits import Hits

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

_GENTLE = 1.5  # half the amount changes a third of what all of it would


def first_enough(found: Hits, source: Hits, amount: float, density: float) -> tuple[int, int]:
    """The pattern to take, and how many of its changes.

    Args:
        found: patterns, the farthest last, [patterns, steps, lanes]; that one is for an amount of
            1, or where there is no other.
        source: [steps, lanes].
        amount: 0 to 1.
        density: hits, relative to the source; what it asks for is changed whatever the amount.
    """
    away = (found.hits != source.hits).sum(axis=(1, 2))
    last = len(away) - 1
    if amount == 1 or not away.any():
        return last, int(away[last])
    least = min(abs(density - 1) * float(source.hits.sum()), float(away[last]))
    wanted = ceil(least + amount**_GENTLE * (away[last] - least))
    near = away[:last] if away[:last].any() else away
    return int(np.flatnonzero(near >= min(wanted, near.max()))[0]), max(1, wanted)


def surest(found: Mask, source: Mask, sure: Reals, count: int) -> Mask:
    """Cells where the found pattern is taken, [steps, lanes]: what is alike, and some others.

    Args:
        found: hits, as below.
        source: the same of the source.
        sure: how sure the network is of each cell of `found`.
        count: of others, roughly.
    """
    come, go = (np.flatnonzero(mask) for mask in (found & ~source, source & ~found))
    surplus = len(come) - len(go)
    pairs = max(0, ceil((count - abs(surplus)) / 2))
    taken = (found == source).ravel()
    for cells, more in ((come, surplus), (go, -surplus)):
        order = cells[sure.ravel()[cells].argsort(kind="stable")[::-1]]
        taken[order[: pairs + max(0, more)]] = True
    return np.asarray(taken.reshape(source.shape))
