# SPDX-License-Identifier: Apache-2.0
"""Engines by name, asked many questions in several processes, each loaded once in each process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, TypeVar

from bridge.core.commands import COMMANDS
from bridge.core.prepare import prepare
from models.clip import Clip
from models.contract import conclude
from models.engine import Engine, Request, Result
from models.errors import NextbarError
from models.registry import Listing, listings, load_class

INSTEAD = "wrote this, because"  # what engine clip says when it hands a request on

S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """A command to an engine; `given` are the parameters that are not left at their defaults."""

    engine: str
    command: str
    clips: tuple[Clip, ...]
    given: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1
    weights: Path | None = None  # of engine clip; None takes those that ship


@dataclass(frozen=True)
class Reply:
    """The clips of the best take, or the code and words of the error; and the seconds it took."""

    parts: tuple[Clip, ...] = ()
    degraded: tuple[str, ...] = ()
    error: str = ""
    seconds: float = 0.0


class Players:
    """Answers lists of questions, in order.

    Args:
        jobs: processes; with 1 this very process answers.
        weights: of engine clip; None takes those that ship.
    """

    def __init__(self, jobs: int, weights: Path | None = None) -> None:
        self._pool = get_context("spawn").Pool(jobs) if jobs > 1 else None
        self._weights = weights

    def __enter__(self) -> Players:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.terminate()

    def answers(self, questions: Sequence[Question]) -> list[Reply]:
        """The replies; a question that the engine refuses has its error as reply."""
        return self.all(answer, [replace(q, weights=self._weights) for q in questions])

    def all(self, work: Callable[[S], T], items: Sequence[S]) -> list[T]:
        """What `work` makes of each item, in order."""
        if self._pool is None:
            return [work(item) for item in items]
        return list(self._pool.imap(work, items, chunksize=1))


def answer(question: Question) -> Reply:
    """One reply; the result was held against the contract, as the host does."""
    begun = time.perf_counter()
    try:
        result = concluded(prepared(question))
    except NextbarError as error:
        return Reply(error=f"{error.code}: {error}", seconds=time.perf_counter() - begun)
    best = result.answers[0]
    return Reply(best.parts, result.degraded, seconds=time.perf_counter() - begun)


def prepared(question: Question) -> tuple[Engine, Request]:
    """The engine, and the request with every parameter filled in.

    Raises:
        NextbarError: as every door answers.
    """
    given = {**question.given, "engine": question.engine, "seed": question.seed}
    known = prepare(
        COMMANDS[question.command],
        question.clips,
        given,
        engines=engines(),
        rng=Random(question.seed),
    )
    weights = question.weights if question.engine == "clip" else None
    return loaded(known.engine.place, weights), known.request


def concluded(asked: tuple[Engine, Request]) -> Result:
    """The checked result.

    Raises:
        NextbarError: what the engine answers, or that it broke the contract.
    """
    engine, request = asked
    *_, last = engine.generate(request)
    assert isinstance(last, Result)
    return conclude(request, last, engine.info)


@cache
def engines() -> tuple[Listing, ...]:
    """All engines of this machine."""
    return listings()


@cache
def loaded(place: str, weights: Path | None) -> Engine:
    """The engine, ready to answer."""
    make: Callable[..., Engine] = load_class(place)
    engine = make(weights) if weights else make()
    engine.load("cpu")
    return engine


def refused(replies: Iterable[Reply]) -> list[str]:
    """The errors among the replies."""
    return [reply.error for reply in replies if reply.error]


def instead(replies: Iterable[Reply]) -> int:
    """How many replies another engine wrote, because the one asked declined."""
    return sum(any(INSTEAD in words for words in reply.degraded) for reply in replies)


def labelled(system: str, replies: Sequence[Reply]) -> str:
    """The system's name in a table, with what is not its own."""
    others, none = instead(replies), len(refused(replies))
    notes = [f"{others} by another engine"] * bool(others) + [f"{none} refused"] * bool(none)
    return f"{system} ({', '.join(notes)} of {len(replies)})" if notes else system
