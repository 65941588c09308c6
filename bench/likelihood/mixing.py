# SPDX-License-Identifier: Apache-2.0
"""Several predictors of one decision as one: a log-linear mixture with entropy in its weights.

IDyOM multiplies the viewpoints' chances, each to a power that grows as its entropy falls (Pearce,
Conklin & Wiggins 2004). The same here, but how it grows is fitted on validation works, by kind of
decision and expert: exponent = softplus(a + b * (1 - entropy / most entropy)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likelihood.stream import Array

FLOOR = 1e-7
STEPS = 120
MOST = 900  # decisions of a kind that are fitted on
RATE = 0.05
DECAY = 1e-3  # pulls exponents to those of an even product where there is little to fit


@dataclass(frozen=True)
class Exponents:
    """The two numbers of each expert, (2, E)."""

    values: Array

    def mix(self, experts: Sequence[Array], mask: Array) -> Array:
        """One distribution over what is valid."""
        logs, trust = _logs(experts, mask)
        powers = np.logaddexp(0.0, self.values[0] + self.values[1] * trust)
        scores = powers @ logs
        scores[~mask] = -np.inf
        chances = np.exp(scores - scores.max())
        return chances / chances.sum()


def _logs(experts: Sequence[Array], mask: Array) -> tuple[Array, Array]:
    """Log chances (E, A), and how sure each expert is, 0-1 (E,)."""
    table = np.maximum(np.stack(experts), FLOOR)
    entropy = -(table * np.log(table) * mask).sum(1)
    most = np.log(max(2, int(mask.sum())))
    return np.log(table), 1.0 - np.minimum(entropy / most, 1.0)


class Examples:
    """Decisions of one kind with what the experts said and what was right."""

    def __init__(self) -> None:
        self._logs: list[Array] = []
        self._trust: list[Array] = []
        self._masks: list[Array] = []
        self._answers: list[int] = []

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, experts: Sequence[Array], mask: Array, answer: int) -> None:
        """One decision."""
        if len(self) == MOST:
            return
        logs, trust = _logs(experts, mask)
        self._logs.append(logs.astype(np.float32))
        self._trust.append(trust.astype(np.float32))
        self._masks.append(mask)
        self._answers.append(answer)

    def fit(self) -> Exponents:
        """The exponents under which the answers were likeliest, from an even product on."""
        logs, trust = np.stack(self._logs), np.stack(self._trust)  # (N, E, A), (N, E)
        masks, answers = np.stack(self._masks), np.array(self._answers)
        even = np.log(np.expm1(1 / logs.shape[1]))
        begin = np.stack((np.full(logs.shape[1], even), np.ones(logs.shape[1])))
        values, mean, square = begin.copy(), np.zeros_like(begin), np.zeros_like(begin)
        for step in range(1, STEPS + 1):  # Adam (Kingma & Ba 2015)
            slope = _slope(values, logs, trust, masks, answers)
            slope += DECAY * (values - begin)
            mean = 0.9 * mean + 0.1 * slope
            square = 0.999 * square + 0.001 * slope**2
            pace = RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            values -= pace * mean / (np.sqrt(square) + 1e-8)
        return Exponents(values)


def _slope(values: Array, logs: Array, trust: Array, masks: Array, answers: Array) -> Array:
    """Gradient (2, E) of the mean nats of the answers."""
    inner = values[0] + values[1] * trust
    scores = np.matmul(np.logaddexp(0.0, inner)[:, None, :], logs)[:, 0]  # (N, A)
    scores[~masks] = -np.inf
    chances = np.exp(scores - scores.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    chances[np.arange(len(answers)), answers] -= 1.0
    powers = np.matmul(logs, chances[:, :, None])[:, :, 0] / (1 + np.exp(-inner))  # (N, E)
    return np.stack((powers.mean(0), (powers * trust).mean(0)))
