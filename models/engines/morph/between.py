# SPDX-License-Identifier: Apache-2.0
"""The steps of a morph: what the request asks of the melody space, take by take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.clip import Clip, Scale
from models.engine import Answer, Request
from models.engines.morph.splinters import least_gap, without_splinters
from models.engines.morph.takes import Found, seeds
from models.errors import BadClip
from models.theory.steps import Steps

if TYPE_CHECKING:
    from models.melody_space.morph import MorphWishes
    from models.melody_space.space import Space

_FREER = 0.1  # of adventure, each time that a take is like another one


def need_melodies(request: Request) -> None:
    """Refuse what has no two melodies.

    Raises:
        BadClip: a clip is for drums, or nothing plays in it.
    """
    for clip, which in zip(request.clips, ("first", "second"), strict=False):
        if clip.kind == "drums":
            raise BadClip(
                f"The {which} clip is for drums; give two melodic clips, or two for drums.",
                where="clip",
            )


def morphed(request: Request, space: Space) -> Steps[Found]:
    """The takes, each with every step; the first and the last one are the clips themselves.

    Raises:
        BadClip: a clip is silent in its loop or too long, or the metres differ.
    """
    from models.melody_space.morph import morphing

    first, second = request.clips
    gap = least_gap(request.clips)
    found: list[Answer] = []
    for number in range(request.takes):
        for attempt, seed in enumerate(seeds(request.seed, number)):
            wishes = _wishes(request, seed, attempt)
            steps = yield from morphing(space, first, second, wishes)
            between = (without_splinters(step, gap) for step in steps[1:-1])
            answer = Answer((first, *between, second))
            if not any(_same(answer, other) for other in found):
                found.append(answer)
                break
        else:
            break
    return Found(tuple(found), "there is no other way between these two clips")


def _same(left: Answer, right: Answer) -> bool:
    pairs = zip(left.parts, right.parts, strict=True)
    return all(one.notes == other.notes for one, other in pairs)


def _wishes(request: Request, seed: int, attempt: int) -> MorphWishes:
    """The wishes of one take; one that was there already is tried again more freely."""
    from models.melody_space.morph import MorphWishes

    args = request.args
    glide = args["key_path"] == "semitones"
    return MorphWishes(
        args["steps"],
        min(1.0, args["adventure"] + _FREER * attempt),
        seed,
        "semitones" if glide else "middle",
        map_metres=args["metres"] == "map",
        scale=_scale(*request.clips) if args["scale_lock"] and not glide else None,
    )


def _scale(first: Clip, second: Clip) -> Scale:
    """What belongs to either clip's scale, or to its notes where it has none."""
    classes: set[int] = set()
    for clip in (first, second):
        own = frozenset(note.pitch % 12 for note in clip.notes if not note.mute)
        classes |= clip.scale.pitch_classes if clip.scale else own
    return Scale(0, tuple(sorted(classes)) or tuple(range(12)))
