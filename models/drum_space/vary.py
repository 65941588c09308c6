# SPDX-License-Identifier: Apache-2.0
"""Variations of a window: near it in the space, and nearer to itself the smaller the amount.

What the network would get wrong of the window itself is added to its logits and fades with the
amount, so that amount 0 gives the very pattern. Hits that stay keep the touch they had.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.drum_space.frame import Frame
from models.drum_space.question import known
from models.drum_space.space import DrumSpace, Noise, Terms, slerp
from models.percussion.hits import Hits

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MARGIN = 0.05  # of a logit past its threshold


@dataclass(frozen=True, slots=True)
class Change:
    """What shall become of a window.

    Attributes:
        amount: 0 nothing, 1 all the way to another groove.
        attributes: name of an attribute → standard deviations, up or down.
    """

    amount: float
    attributes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """The chance in some variations; windows of one clip share it, so that repeats stay repeats.

    Attributes:
        aims: points to lean to, [count, latent].
        noise: of the most steps that a window has, [count, steps, lanes].
    """

    aims: Reals
    noise: Noise

    @classmethod
    def drawn(
        cls, space: DrumSpace, rng: np.random.Generator, windows: tuple[int, int], like: Reals
    ) -> Chance:
        """Chance for variations.

        Args:
            space: the network.
            rng: the source of chance.
            windows: how many variations, and the most steps of a window.
            like: the point of the first window; aims are chosen near it.
        """
        return cls(space.aims(rng, windows[0], like), Noise.drawn(rng, *windows))

    def of(self, steps: int) -> Noise:
        """The noise of a window's steps."""
        noise = self.noise
        return Noise(noise.hits[:, :steps], noise.velocities[:, :steps], noise.offsets[:, :steps])


def vary(
    space: DrumSpace, hits: Hits, frame: Frame, terms: Terms, change: Change, chance: Chance
) -> Hits:
    """Variations of one window, decoded together, [count, steps, lanes].

    Args:
        space: the network.
        hits: the window, [steps, lanes].
        frame: of the window.
        terms: the kit and the locked cells; `given` is the window where it is None.
        change: how far to go, and where to.
        chance: as many aims as variations.
    """
    point, _ = space.encode(known(hits[None]), frame)
    near = np.stack([slerp(point[0], aim, change.amount) for aim in chance.aims])
    near = space.moved(near, change.attributes)
    noise = chance.of(len(frame))
    kit = np.asarray(terms.kit | hits.hits.any(axis=0))
    logits = space.logits(point, frame, kit, hits[None])
    push = (1 - change.amount) * lacking(logits, hits.hits, noise.thresholds(terms.temperature))
    given = hits if terms.given is None else terms.given
    found = space.decode(near, frame, replace(terms, push=push, given=given), noise)
    return touched_like(found, hits)


def lacking(logits: Reals, struck: Mask, thresholds: Reals) -> Reals:
    """What must be added to logits for cells to come out as they are."""
    above = np.maximum(0, thresholds + _MARGIN - logits)
    below = np.minimum(0, thresholds - _MARGIN - logits)
    return np.asarray(np.where(struck, above, below), np.float32)


def touched_like(found: Hits, source: Hits) -> Hits:
    """The same hits; those that the source has too keep its velocities and offsets."""
    both = np.asarray(found.hits & source.hits)
    return source.where(both, found)
