# SPDX-License-Identifier: Apache-2.0
"""Steps: long work as a generator that pauses often, so that a job can be cancelled within it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]


def finish(steps: Steps[T]) -> T:
    """Run the steps to their end and return what they found."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # typed by Steps[T]
