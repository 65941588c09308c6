# SPDX-License-Identifier: Apache-2.0
"""Aside: work in one piece, done in a thread beside a job that goes on giving signs of life."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, TypeVar

from models.theory.steps import Steps

T = TypeVar("T")
PAUSE_S = 0.02


class _Errand(Generic[T]):
    """One piece of work, and what came of it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.done = Event()
        self.found: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do it; an error is kept for whoever waits."""
        try:
            self.found.append(self._work())
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()


def aside(work: Callable[[], T]) -> Steps[T]:
    """Do the work, with a pause every 20 ms until it is done.

    For work of a second at most that can't pause by itself: where the job is cancelled, the thread
    runs to its end and nobody hears of it.

    Raises:
        Exception: what the work raises.
    """
    errand = _Errand(work)
    Thread(target=errand.run, daemon=True, name="nextbar aside").start()
    while not errand.done.wait(PAUSE_S):
        yield
    if errand.error is not None:
        raise errand.error
    return errand.found[0]
