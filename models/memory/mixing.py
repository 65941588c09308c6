# SPDX-License-Identifier: Apache-2.0
"""Several predictors of one decision as one: a log-linear mixture with entropy in its weights.

IDyOM multiplies the viewpoints' chances, each to a power that grows as its entropy falls (Pearce,
Conklin & Wiggins 2004). The same here, but how it grows is fitted, by kind of decision and expert:
exponent = softplus(a + b * (1 - entropy / most entropy)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.memory.stream import Array

FLOOR = 1e-7


@dataclass(frozen=True)
class Exponents:
    """The two numbers of each expert, (2, E)."""

    values: Array

    def log_mixed(self, table: Array, strength: float = 1.0) -> Array:
        """Log chances (A,) of one distribution out of several.

        Args:
            table: (E, A) chances of what is valid, each row summing to 1.
            strength: 1 as fitted. 0 is the first expert alone; at 2 the others' powers are
                doubled and the first one's is halved.
        """
        logs = np.log(np.maximum(table, FLOOR))
        trust = trust_of(np.exp(logs), logs)
        powers = np.logaddexp(0.0, self.values[0] + self.values[1] * trust)
        if strength != 1.0:
            powers = _leaned(powers, strength)
        scores = powers @ logs
        scores -= scores.max()
        return np.asarray(scores - np.log(np.exp(scores).sum()))


def trust_of(chances: Array, logs: Array) -> Array:
    """How sure each expert is, 0 where all is as likely to 1, over the last axis."""
    most = np.log(max(2, chances.shape[-1]))
    return np.asarray(1.0 - np.minimum(-(chances * logs).sum(-1) / most, 1.0))


def _leaned(powers: Array, strength: float) -> Array:
    """The powers with the first expert's moved to 1, or halved, as the others' shrink or grow."""
    found = powers * strength
    if strength < 1:
        found[0] = 1.0 + strength * (powers[0] - 1.0)
    else:
        found[0] = powers[0] * (1.5 - 0.5 * strength)
    return found
