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
import torch
from likelihood_stream import Array

FLOOR = 1e-7
STEPS = 120
MOST = 900  # decisions of a kind that are fitted on
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
        logs = torch.from_numpy(np.stack(self._logs))  # (N, E, A)
        trust = torch.from_numpy(np.stack(self._trust))  # (N, E)
        masks = torch.from_numpy(np.stack(self._masks))
        answers = torch.tensor(self._answers)
        even = float(np.log(np.expm1(1 / logs.shape[1])))
        begin = torch.stack((torch.full((logs.shape[1],), even), torch.ones(logs.shape[1])))
        values = begin.clone().requires_grad_()
        optimizer = torch.optim.Adam([values], lr=0.05)
        for _ in range(STEPS):
            optimizer.zero_grad()
            powers = torch.nn.functional.softplus(values[0] + values[1] * trust)
            scores = torch.einsum("ne,nea->na", powers, logs).masked_fill(~masks, -1e9)
            loss = torch.nn.functional.cross_entropy(scores, answers)
            (loss + DECAY * (values - begin).square().mean()).backward()
            optimizer.step()
        return Exponents(values.detach().double().numpy())
