# SPDX-License-Identifier: Apache-2.0
"""Work that only says how far it is through a callback, stepped from outside and stopped there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
SIGN_OF_LIFE_S = 0.04
PATIENCE_S = 0.4  # for the step that is under way when it is stopped

Watch = Callable[[int, int], None]


class _Stopped(BaseException):
    """Nobody wants the result any more."""


class _Watcher:
    """What work tells; raises in it when it shall stop."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.done = 0.0

    def __call__(self, done: int, total: int) -> None:
        if self.stopped.is_set():
            raise _Stopped
        self.done = max(self.done, done / max(1, total))


def aside(work: Callable[[Watch], T]) -> Generator[float, None, T]:
    """Do work on a thread; yields how far it is, and stops it when it is closed.

    Raises:
        Exception: what the work raised.
    """
    watcher = _Watcher()
    pool = ThreadPoolExecutor(1)
    running = pool.submit(work, watcher)
    try:
        while not running.done():
            wait((running,), SIGN_OF_LIFE_S)
            yield watcher.done
    finally:
        watcher.stopped.set()
        wait((running,), PATIENCE_S)
        pool.shutdown(wait=False)
    return running.result()
