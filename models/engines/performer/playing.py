# SPDX-License-Identifier: Apache-2.0
"""What is played: takes of a player, or the feel of a second clip.

A take lies between the middle of what players do and one playing that was drawn. Both keep notes
in their order and inside the clip's edges, and so does whatever lies between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING

from models.aside import aside
from models.clip import Clip, Note
from models.engine import Request
from models.engines.performer.asked import style_of
from models.theory.steps import Steps

if TYPE_CHECKING:
    from models.performer.performing import Feel
    from models.performer.stored import Weights

_TRIES = 4  # draws for a take that is unlike the others
_SHORT_NOTES = 1000  # of so few the steadiest of three playings is taken
_ROLES = {"lead": "melody", "bass": "bass", "chords": "chords", "pad": "chords"}


@dataclass(frozen=True)
class Takes:
    """The different takes that were found, and why there are not more; empty if there are all."""

    clips: tuple[Clip, ...]
    why_fewer: str = ""


def grooved(request: Request, stays: Set[int]) -> Clip:
    """The first clip with the feel of the second.

    Raises:
        BadClip: the metres differ, or the second clip plays nothing in its loop.
    """
    from models.performer.grooves import groove_of, transfer

    clip, model = request.clips
    args = request.args
    return transfer(
        groove_of(model),
        clip,
        args["amount"],
        stays,
        dynamics=args["dynamics"],
        timing=args["timing"],
    )


def performed(request: Request, weights: Weights, stays: Set[int]) -> Steps[Takes]:
    """Takes of a player: the middle alone where adventure is 0."""
    from models.performer.performing import perform

    clip = request.clips[0]
    feel = feel_of(request)
    middle = yield from aside(lambda: perform(clip, feel, weights, stays))
    share = math.sqrt(request.args["adventure"])  # of a player's spread: of its variance, the knob
    if not share:
        return Takes((middle,), "adventure 0 always plays the middle of what players do")
    found: list[Clip] = []

    def draw(seed: int) -> Clip | None:
        seeds = (seed, seed + 1, seed + 2) if len(clip.notes) <= _SHORT_NOTES else (seed,)
        feels = (replace(feel, mode="sample", seed=each) for each in seeds)
        drawn = (perform(clip, one, weights, stays) for one in feels)
        steadiest = min(drawn, key=lambda playing: abs(_behind_beats(middle, playing)))
        take = between(clip, middle, steadiest, share)
        return None if any(take.notes == other.notes for other in found) else take

    for number in range(request.takes):
        take = None
        for seed in _seeds(request.seed, number):
            take = yield from aside(lambda seed=seed: draw(seed))  # type: ignore[misc]  # one int
            if take is not None:
                break
        if take is None:
            return Takes(tuple(found), "nothing in this clip is left to chance")
        found.append(take)
    return Takes(tuple(found))


def feel_of(request: Request) -> Feel:
    """What the request asks of the player."""
    from models.performer.performing import Feel

    args = request.args
    return Feel(
        args["amount"],
        style_of(request),
        _role_of(request.clips[0]),
        dynamics=args["dynamics"],
        timing=args["timing"],
    )


def between(source: Clip, middle: Clip, drawn: Clip, share: float) -> Clip:
    """A playing so far from the middle towards the drawn one, 0 to 1."""
    rows = zip(source.notes, middle.notes, drawn.notes, strict=True)
    return source.with_notes([_between(*row, share) for row in rows])


def _between(source: Note, middle: Note, drawn: Note, share: float) -> Note:
    if middle == drawn:
        return middle

    def blend(name: str) -> float:
        first, last = float(getattr(middle, name)), float(getattr(drawn, name))
        return first + share * (last - first)

    names = ("start_beats", "duration_beats", "velocity")
    found = {name: blend(name) for name in names}
    if all(found[name] == getattr(source, name) for name in names):
        return source
    return replace(source, origin="edited", **found)  # type: ignore[arg-type]  # floats by name


def _behind_beats(middle: Clip, drawn: Clip) -> float:
    """How far a playing is behind the middle on the whole; tracks that are behind fall apart."""
    pairs = zip(middle.notes, drawn.notes, strict=True)
    return fmean(after.start_beats - before.start_beats for before, after in pairs)


def _seeds(seed: int, number: int) -> Iterator[int]:
    for attempt in range(_TRIES):
        yield Random(f"{seed}/{number}/{attempt}").getrandbits(31)


def _role_of(clip: Clip) -> str | None:
    """What a melodic clip plays, as the player knows it."""
    if clip.kind == "drums":
        return None
    from models.engines.roles import roles_of

    return _ROLES.get(roles_of([clip], [clip.playing()])[0])
