# SPDX-License-Identifier: Apache-2.0
"""Takes: different answers to one request, each from a seed of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from models.engine import Answer

_TRIES = 8  # seeds for a take that is unlike the others


@dataclass(frozen=True)
class Found:
    """The different answers, and why there are not more."""

    answers: tuple[Answer, ...]
    why_fewer: str


def seeds(seed: int, number: int) -> Iterator[int]:
    """The seeds that a take may be written with; the first one is tried first."""
    for attempt in range(_TRIES):
        yield Random(f"{seed}/{number}/{attempt}").getrandbits(31)
