# SPDX-License-Identifier: Apache-2.0
"""Several predictors of one decision as one: a log-linear mixture with entropy in its weights.

IDyOM multiplies the viewpoints' chances, each to a power that grows as its entropy falls (Pearce,
Conklin & Wiggins 2004). The same here, but how it grows is fitted, by kind of decision and expert:
exponent = softplus(a + b * trust), where trust is 1 - entropy / most entropy.

A network beside the memory counts twice, once by its own trust and once the more the less the
memory knows: a memory of nothing is uniform, and must leave the network as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.memory.stream import Array

FLOOR = 1e-7


class Opinions(NamedTuple):
    """What E experts say to one decision.

    Attributes:
        logs: (E, A) log chances of what is valid.
        trust: (E,) how sure each one is, 0 where all is as likely to 1.
    """

    logs: Array
    trust: Array


def opinions(table: Array) -> Opinions:
    """Of chances (E, A), each row summing to 1."""
    table = np.maximum(table, FLOOR)
    logs = np.log(table)
    most = np.log(max(2, table.shape[1]))
    entropy = -np.einsum("ea,ea->e", table, logs)
    return Opinions(logs, 1.0 - np.minimum(entropy / most, 1.0))


def beside_network(network: Array, memory: Array) -> Opinions:
    """The network's chances (A,), those of a memory's viewpoints (E, A), the network's again."""
    found = opinions(np.concatenate((network[None], memory, network[None])))
    found.trust[-1] = 1.0 - found.trust[1:-1].mean()
    return found


@dataclass(frozen=True)
class Exponents:
    """The two numbers of each expert, (2, E)."""

    values: Array

    def powers(self, trust: Array) -> Array:
        """Of each expert (E,)."""
        return np.asarray(np.logaddexp(0.0, self.values[0] + self.values[1] * trust))

    def log_mixed(self, said: Opinions) -> Array:
        """Log chances (A,) of one distribution out of several."""
        return _product(self.powers(said.trust), said.logs)

    def with_memory(self, said: Opinions, strength: float = 1.0) -> Array:
        """The same where the first and the last expert are a network and the others its memory.

        Args:
            said: as `beside_network` gives them.
            strength: 1 as fitted, 0 the network alone; at 2 the memory's powers are doubled and
                the network's halved.
        """
        powers = self.powers(said.trust)
        if strength != 1:
            own = powers[[0, -1]]
            powers = powers * strength
            alone = np.array([1.0, 0.0])
            powers[[0, -1]] = (
                alone + strength * (own - alone) if strength < 1 else own * (1.5 - strength / 2)
            )
        return _product(powers, said.logs)


def _product(powers: Array, logs: Array) -> Array:
    scores = powers @ logs
    scores -= scores.max()
    return np.asarray(scores - np.log(np.exp(scores).sum()))
