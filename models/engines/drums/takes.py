# SPDX-License-Identifier: Apache-2.0
"""Answers until there are as many different ones as wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.clip import Clip
from models.engine import Answer
from models.theory.steps import Steps

_ATTEMPTS = 6

Rngs = list[np.random.Generator]
Write = Callable[[Rngs, float], Steps[list[Answer]]]


@dataclass(frozen=True, slots=True)
class Found:
    """The answers, and whether all that were wanted differ from each other and from the source."""

    answers: tuple[Answer, ...]
    enough: bool


def different(write: Write, seed: int, wanted: int, unwanted: Sequence[Clip] = ()) -> Steps[Found]:
    """As many different answers as wanted, or as there are; at least one.

    Args:
        write: gives an answer for each source of chance, with more freedom the later it is asked:
            0 at first, up to 1.
        seed: of the request; a take does not depend on how many are asked for.
        wanted: how many.
        unwanted: clips that are no answer; the first is given where there is none.
    """
    seen = {_content(Answer((clip,))) for clip in unwanted}
    found: list[Answer] = []
    spare: list[Answer] = []
    for attempt in range(_ATTEMPTS):
        missing = wanted - len(found)
        if not missing:
            break
        takes = range(len(found), wanted)
        rngs = [np.random.default_rng([seed, attempt, take]) for take in takes]
        for answer in (yield from write(rngs, attempt / _ATTEMPTS)):
            content = _content(answer)
            if not any(content):
                continue  # silence is no answer
            if content in seen:
                spare.append(answer)
            else:
                found.append(answer)
                seen.add(content)
    least = spare[:1] or [Answer((clip,)) for clip in unwanted][:1]
    return Found(tuple(found or least), len(found) == wanted)


def _content(answer: Answer) -> tuple[frozenset[tuple[float, ...]], ...]:
    """What is heard of an answer; velocities count in whole numbers."""
    return tuple(
        frozenset(
            (note.pitch, round(note.start_beats, 4), round(note.velocity))
            for note in part.notes
            if not note.mute
        )
        for part in answer.parts
    )
