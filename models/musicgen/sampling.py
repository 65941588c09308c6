# SPDX-License-Identifier: Apache-2.0
"""How a token is drawn from logits, without a look from the host: the device never waits for it.

Drawing from a distribution is the same as dividing it by exponential noise and taking the largest
(the Gumbel-max trick), so the noise can be made ahead, for each take by a generator of its own.
A take's tokens therefore do not depend on what else is in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

NOISE_STEPS = 64  # drawn at once
SMALLEST = 1e-20


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw.

    Attributes:
        temperature: 0 takes the likeliest token, 1 draws as the network says.
        top_k: only among this many likeliest; 0 for all.
        top_p: only among the likeliest that have this much probability together; 0 or 1 for all.
        guidance: how far the prompt's logits are followed beyond those without it; 1 for not.
    """

    temperature: float = 1.0
    top_k: int = 250
    top_p: float = 0.0
    guidance: float = 3.0

    @property
    def greedy(self) -> bool:
        """Whether no noise is needed."""
        return self.temperature <= 0


class Noise:
    """Exponential noise for the next steps of some takes.

    Args:
        shape: codebooks and vocabulary.
        seeds: one a take.
        device: where it is needed.
    """

    def __init__(self, shape: tuple[int, int], seeds: Sequence[int], device: torch.device) -> None:
        self._shape = shape
        self._generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]

    def fill(self, block: Tensor) -> None:
        """Fill a block (steps, B, K, V)."""
        steps = block.shape[0]
        for row, generator in enumerate(self._generators):
            fresh = torch.empty((steps, *self._shape), device=block.device)
            # Never 0, which would make a token of no probability as good as any.
            block[:, row] = fresh.exponential_(generator=generator).clamp_min_(SMALLEST)


class Drawing:
    """How the tokens of some takes are drawn, and the noise they are drawn from."""

    def __init__(self, how: Sampling, noise: Noise) -> None:
        self.how = how
        self._noise = noise

    def refill(self, block: Tensor) -> None:
        """Noise for the next steps; none where nothing is left to chance."""
        if not self.how.greedy:
            self._noise.fill(block)


def guided(logits: Tensor, guidance: Tensor) -> Tensor:
    """Logits (B, K, V) of the streams with and without prompt (2B, K, V) (Ho & Salimans 2022)."""
    told, untold = logits.chunk(2)
    return untold + (told - untold) * guidance


def draw(logits: Tensor, how: Sampling, temperature: Tensor, noise: Tensor) -> Tensor:
    """Tokens (B, K) for logits (B, K, V).

    Args:
        logits: of the next token.
        how: which tokens are allowed; its temperature only says whether any noise is used.
        temperature: a scalar on the device, so that a recorded step can be used with another.
        noise: (B, K, V), exponential.
    """
    if how.greedy:
        return logits.argmax(-1)
    logits = logits / temperature
    if 0 < how.top_k < logits.shape[-1]:
        least = logits.topk(how.top_k, dim=-1).values[..., -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    if 0 < how.top_p < 1:
        logits = _nucleus(logits, how.top_p)
    return (logits.softmax(-1) / noise).argmax(-1)


def _nucleus(logits: Tensor, top_p: float) -> Tensor:
    """Only the likeliest tokens with `top_p` of probability together (Holtzman et al. 2020)."""
    ordered, places = logits.sort(dim=-1, descending=True)
    chances = ordered.softmax(-1)
    beyond = chances.cumsum(-1) - chances >= top_p
    return logits.masked_fill(torch.zeros_like(beyond).scatter(-1, places, beyond), -torch.inf)
