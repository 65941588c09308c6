# SPDX-License-Identifier: Apache-2.0
"""Aside: work in one piece, done in a thread beside a job that goes on giving signs of life."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
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
