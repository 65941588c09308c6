# SPDX-License-Identifier: Apache-2.0
"""Aside: long work in a thread beside a job that goes on giving signs of life."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import TypeVar

from models.theory.steps import Steps

T = TypeVar("T")
PAUSE_S = 0.02


def aside(work: Callable[[], T]) -> Steps[T]:
    """Do the work, with a pause every 20 ms until it is done.

    For work of a second at most that can't pause by itself: where the job is cancelled, the thread
    runs to its end and nobody hears of it.

    Raises:
        Exception: what the work raises.
    """
    pool = ThreadPoolExecutor(1, "nextbar-aside")
    try:
        doing = pool.submit(work)
        while not wait((doing,), PAUSE_S).done:
            yield
        return doing.result()
    finally:
        pool.shutdown(wait=False)


def steadied(steps: Steps[T]) -> Steps[T]:
    """The same steps with pauses within them too, where one takes longer than a pause may.

    Raises:
        Exception: what the steps raise.
    """
    while True:
        found = yield from aside(partial(_step, steps))
        if found:
            return found[0]
        yield


def _step(steps: Steps[T]) -> tuple[T, ...]:
    """One step on; their value at the end, else nothing."""
    try:
        next(steps)
    except StopIteration as end:
        return (end.value,)
    return ()
