# SPDX-License-Identifier: Apache-2.0
"""From logits to one token: what is allowed, what is wished, and how much is left to chance.

A temperature belongs to the decision that is due (where the next note begins, which pitch, how
long), because tokens of two kinds that compete for one place can't be divided by two numbers. The
tail is cut by min-p, before the temperature, so that a high one never brings in what the network
finds absurd [Nguyen et al. 2024, Turning Up the Heat].

Every candidate is drawn from alone, from its own generator and over the allowed tokens only, so
its notes do not depend on how many others are decided in the same step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from models.errors import BadArgument
from models.tokens import state as st
from models.tokens.grammar import Grammar, Mask
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]

# By what is due; anything else is 1.
TEMPERATURES: Mapping[int, float] = MappingProxyType(
    {
        st.ONSET: 0.95,
        st.MORE: 0.95,  # another pitch here, the next onset, or the end
        st.FIRST: 1.0,  # a pitch or a pad
        st.DURATION: 0.85,
        st.VELOCITY: 0.8,
        st.MICRO: 0.8,
    }
)
# Adventure 0, 0.5 and 1; between them straight lines.
FACTORS = (0.6, 1.0, 1.3)  # of every temperature
CUTS = (0.3, 0.04, 0.03)  # min-p: the share of the likeliest token's probability


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen.

    Attributes:
        adventure: 0 stays close to the likeliest, 1 goes far; 0.5 is the network as it learned.
        alike: nats added to onsets, and to pitches at their onsets, that earlier bars of the
            part have; negative for something newer, 0 for neither.
        anew: nats taken from what the draft of a cell to be reworked has; 0 to 20.
        memory: how much what the part has said weighs: 1 as fitted, 0 nothing, at most 2.
        velocities: velocities are written too.
        micro: places between two ticks are written too.

    Raises:
        BadArgument: adventure is not 0 to 1, `alike` not -20 to 20, `anew` not 0 to 20, or
            `memory` not 0 to 2.
    """

    adventure: float = 0.5
    alike: float = 0.0
    anew: float = 0.0
    memory: float = 0.0
    velocities: bool = False
    micro: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.adventure <= 1:
            raise BadArgument("adventure must be 0 to 1.", where="adventure")
        if not -20 <= self.alike <= 20:
            raise BadArgument("alike must be -20 to 20.", where="alike")
        if not 0 <= self.anew <= 20:
            raise BadArgument("anew must be 0 to 20.", where="anew")
        if not 0 <= self.memory <= 2:
            raise BadArgument("memory must be 0 to 2.", where="memory")

    def temperature(self, expects: int) -> float:
        """Of one decision, by what the tracker expects."""
        return TEMPERATURES.get(expects, 1.0) * _between(FACTORS, self.adventure)

    @property
    def cut(self) -> float:
        """Tokens less likely than this share of the likeliest one's probability are left out."""
        return _between(CUTS, self.adventure)


class Choice(NamedTuple):
    """A token, and -log of its probability among the allowed ones before any wish."""

    token: int
    nats: float


class Sampler:
    """Draws tokens for one scene's grammar; holds nothing of a candidate."""

    def __init__(self, grammar: Grammar, sampling: Sampling) -> None:
        self._grammar = grammar
        self._cut = math.log(sampling.cut)
        self._heat = tuple(1 / sampling.temperature(due) for due in range(st.NOTHING + 1))

    def draw(
        self,
        logits: Array,
        mask: Mask,
        tracker: Tracker,
        rng: Random,
        wish: Array | None = None,
    ) -> Choice:
        """One token.

        Args:
            logits: (V,) of the network.
            mask: what the grammar allows here.
            tracker: where we are.
            rng: the candidate's own; one number is drawn from it.
            wish: (V,) nats to add, or None.
        """
        allowed = np.frombuffer(mask, np.uint8).nonzero()[0]
        plain = logits[allowed].astype(np.float64)
        wished = self._wished(plain, allowed, tracker, wish)
        wished = wished - wished.max()
        weights = np.exp(wished * self._heat[tracker.expects])
        weights[wished < self._cut] = 0.0
        sums = weights.cumsum()
        place = int(sums.searchsorted(rng.random() * sums[-1], side="right"))
        place = min(place, len(allowed) - 1)  # rounding of the product may reach the last sum
        return Choice(int(allowed[place]), _surprise(plain, place))

    def _wished(self, plain: Array, allowed: Array, tracker: Tracker, wish: Array | None) -> Array:
        """Logits of the allowed tokens with the soft scale and the wish."""
        found = plain
        penalised = self._grammar.penalised(tracker)
        if penalised is not None:
            outside = np.frombuffer(penalised[0], np.uint8)[allowed]
            found = found - penalised[1] * outside
        return found if wish is None else found + wish[allowed]


def generators(seed: int, takes: Sequence[int]) -> list[Random]:
    """A generator for each take number; the same seed and number give the same stream anywhere.

    Python promises the same numbers in every version, which numpy's generators do not.
    """
    return [Random(f"{seed}/{take}") for take in takes]


def _surprise(logits: Array, place: int) -> float:
    most = logits.max()
    return float(np.log(np.exp(logits - most).sum()) + most - logits[place])


def _between(marks: tuple[float, float, float], share: float) -> float:
    """Straight lines through the values at 0, 0.5 and 1."""
    half = min(int(share * 2), 1)
    return marks[half] + (marks[half + 1] - marks[half]) * (share * 2 - half)
