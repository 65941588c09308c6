# SPDX-License-Identifier: Apache-2.0
"""Keeps what the command line makes among the takes, as the daemon does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.config import Settings
from bridge.core.prepare import Prepared
from bridge.takes import Keepsake, TakeStore
from models.engine import Result
from models.wire import answer_to_data, request_to_data


@contextmanager
def open_store(settings: Settings) -> Iterator[TakeStore]:
    """The store of takes that the daemon uses as well.

    Raises:
        StorageFailed: the folder can't be used.
    """
    store = TakeStore(settings.takes_path(), time.time, *settings.takes_limits())
    try:
        yield store
    finally:
        store.close()


def keep_takes(
    settings: Settings, prepared: Prepared, result: Result, parents: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Keep every answer of a request; gives their names, best first.

    Raises:
        StorageFailed: nothing was kept.
    """
    answers = tuple(tuple(answer_to_data(answer)) for answer in result.answers)
    keepsake = Keepsake(
        request=request_to_data(prepared.request),
        answers=answers,
        engine=prepared.engine.info.name,
        client="command line",
        weights_hash=prepared.engine.info.weights_hash,
        parents=parents,
        stats=result.stats,
        degraded=result.degraded,
    )
    with open_store(settings) as store:
        return store.keep(keepsake)
