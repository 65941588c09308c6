# SPDX-License-Identifier: Apache-2.0
"""Steps: long work as a generator that pauses often, so that a job can be cancelled within it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")
Pause = TypeVar("Pause")
Told = TypeVar("Told")
Steps = Generator[None, None, T]


def finish(steps: Generator[object, None, T]) -> T:
    """Run the steps to their end and return what they found."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # typed by Generator[..., T]


def telling(
    steps: Generator[Pause, None, T], tell: Callable[[Pause], Told]
) -> Generator[Told, None, T]:
    """The same steps; at each pause something else is told, made of what it told itself."""
    while True:
        try:
            pause = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # typed by Generator[..., T]
        yield tell(pause)
