# SPDX-License-Identifier: Apache-2.0
"""Fits how several predictors are mixed (`models.memory.mixing`), and mixes whole alphabets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.memory.mixing import FLOOR, Exponents, Opinions, opinions
from models.memory.stream import Array

STEPS = 120
MOST = 900  # decisions of a kind that are fitted on
RATE = 0.05
DECAY = 1e-3  # pulls exponents to those of an even product where there is little to fit


def mix(exponents: Exponents, experts: Sequence[Array], mask: Array) -> Array:
    """One distribution over a whole alphabet."""
    chances = np.zeros(len(mask))
    chances[mask] = np.exp(exponents.log_mixed(opinions(np.stack(experts)[:, mask])))
    return chances


def even(experts: int) -> Exponents:
    """An even product that leans a little on who is sure."""
    power = np.log(np.expm1(1 / experts))
    return Exponents(np.stack((np.full(experts, power), np.ones(experts))))


class Examples:
    """Decisions of one kind with what the experts said and what was right.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._logs: list[Array] = []
        self._trust: list[Array] = []
        self._masks: list[Array] = []
        self._answers: list[int] = []

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, experts: Sequence[Array], mask: Array, answer: int) -> None:
        """One decision, by chances over the whole alphabet."""
        self.take(opinions(np.stack(experts)[:, mask]), mask, answer)

    def take(self, said: Opinions, mask: Array, answer: int) -> None:
        """One decision, by what was said of what is valid."""
        if len(self) == self._most:
            return
        logs = np.full((len(said.logs), len(mask)), np.log(FLOOR), np.float32)
        logs[:, mask] = said.logs
        self._logs.append(logs)
        self._trust.append(said.trust.astype(np.float32))
        self._masks.append(mask)
        self._answers.append(answer)

    def fit(self, steps: int = STEPS) -> Exponents:
        """The exponents under which the answers were likeliest, from an even product on.

        Args:
            steps: how many; more experts need more.
        """
        logs, trust = np.stack(self._logs), np.stack(self._trust)  # (N, E, A), (N, E)
        masks, answers = np.stack(self._masks), np.array(self._answers)
        start = even(logs.shape[1]).values
        values, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
        for step in range(1, steps + 1):  # Adam (Kingma & Ba 2015)
            slope = _slope(values, logs, trust, masks, answers)
            slope += DECAY * (values - start)
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
