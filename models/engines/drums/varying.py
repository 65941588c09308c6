# SPDX-License-Identifier: Apache-2.0
"""Variations of a drum clip: near it in the space, and nearer to itself the smaller the amount.

Each window moves along the arc from its own point towards a real groove, the same for all windows
of a take. What the network would get wrong of the window itself is added to its logits and fades
on the way. Of several places on the arc the one is taken that changed as many hits as the amount
says, of those that would change at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.drum_space.frame import Frame
from models.drum_space.question import known
from models.drum_space.space import DrumSpace, Noise, Terms, slerp
from models.drum_space.vary import Chance, lacking
from models.engine import Answer, Request
from models.engines.drums.decoding import (
    as_loud,
    counted,
    footing,
    in_a_row,
    leaning,
    played_like,
    warmth,
)
from models.engines.drums.filling import fill
from models.engines.drums.sheet import Sheet, Span, read_sheet
from models.engines.drums.takes import Found, Rngs, different
from models.percussion.hits import Hits, write_part
from models.theory.steps import Steps

Reals = NDArray[np.float32]

_SYNCOPATION = 1.5  # standard deviations at either end of the slider
_SHARES = (0.1, 0.2, 0.35, 0.6, 1.0)  # of the way to another groove, that are tried
_GENTLE = 1.5  # half the amount changes a third of what all of it would
_HOLDS = 4.0  # logits for kick and snare on the beat, when half of the hits have to go
_FIELDS = ("hits", "velocities", "offsets")
_FREER = 0.5  # amount that is added over the attempts to find a take that differs


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall become of a clip.

    Attributes:
        amount: 0 nothing, 1 all the way to another groove.
        density: hits, relative to the source.
        syncopation, loudness: -1 to 1.
        fill: whether the end becomes a fill.
        temperature: of hits.
    """

    amount: float
    density: float
    syncopation: float
    loudness: float
    fill: bool
    temperature: float

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Wish:
        """The wish in a request's arguments."""
        names = ("density", "syncopation", "loudness", "fill")
        given = {name: args[name] for name in names}
        return cls(args.get("amount", 1.0), **given, temperature=warmth(args["adventure"]))

    def freer(self, freedom: float) -> Wish:
        """More of it, where less brought nothing new."""
        return replace(self, amount=min(1.0, self.amount + _FREER * freedom))

    @property
    def directions(self) -> dict[str, float]:
        """Name of an attribute → standard deviations."""
        return {"density": log2(self.density), "syncopation": _SYNCOPATION * self.syncopation}


def variations(space: DrumSpace, request: Request) -> Steps[Found]:
    """The takes of a request to vary a drum clip; the clip itself where nothing may change."""
    args, clip = request.args, request.clips[0]
    sheet = read_sheet(clip, args["lock"], args["lock_ids"])
    wish = Wish.of(args)

    def write(rngs: Rngs, freedom: float) -> Steps[list[Answer]]:
        wanted = wish.freer(freedom) if wish.amount else wish
        found = yield from varied(space, sheet, wanted, rngs)
        return [Answer((write_part(sheet.part, hits, sheet.fixed),)) for hits in found]

    if not sheet.free or (wish.amount == 0 and not wish.fill):
        return Found((Answer((clip,)),), enough=False)
    return (yield from different(write, request.seed, request.takes, (clip,)))


def varied(space: DrumSpace, sheet: Sheet, wish: Wish, rngs: Rngs) -> Steps[list[Hits]]:
    """The hits of the whole clip, one for each source of chance."""
    chance = _chance(space, sheet, rngs)
    done: dict[tuple[bytes, ...], Hits] = {}
    rows: list[Hits] = []
    for span in sheet.spans:
        if span.key not in done:
            done[span.key] = yield from _window(space, sheet, span, wish, chance)
        rows.append(done[span.key])
    found = in_a_row(rows)
    takes = [found[number] for number in range(len(rngs))]
    if wish.fill:
        takes = yield from fill(space, sheet, takes, rngs)
    if wish.amount:
        takes = [as_loud(hits, wish.loudness, sheet.fixed) for hits in takes]
    return takes


def _chance(space: DrumSpace, sheet: Sheet, rngs: Rngs) -> Chance:
    """Aims and noise, a row for each take whatever the number of takes."""
    first = next((span for span in sheet.spans if span.hits.hits.any()), sheet.spans[0])
    like = space.encode(known(first.hits[None]), first.frame)[0][0]
    aims = np.concatenate([space.aims(rng, 1, like) for rng in rngs])
    return Chance(aims, stacked([Noise.drawn(rng, sheet.longest) for rng in rngs]))


def stacked(rows: list[Noise]) -> Noise:
    """Noises as a batch."""
    names = ("hits", "velocities", "offsets")
    return Noise(*(np.stack([getattr(row, name) for row in rows]) for name in names))


def _window(space: DrumSpace, sheet: Sheet, span: Span, wish: Wish, chance: Chance) -> Steps[Hits]:
    """The variations of one window, [takes, steps, lanes]."""
    hits, frame = span.hits, span.frame
    if not wish.amount or span.fixed.all() or not hits.hits.any():
        return hits[None][np.zeros(len(chance.aims), np.int64)]
    point, _ = space.encode(known(hits[None]), frame)
    kit = np.asarray(sheet.kit | hits.hits.any(axis=0))
    lack = space.logits(point, frame, kit, hits[None])
    rows = []
    for take, aim in enumerate(chance.aims):
        near = space.moved(np.stack([slerp(point[0], aim, s) for s in _SHARES]), wish.directions)
        noise = _row(chance.of(len(frame)), take)
        needed = lacking(lack, hits.hits, noise.thresholds(wish.temperature))
        push = (1 - np.array(_SHARES, np.float32))[:, None, None] * needed
        push = push + leaning(frame, wish.syncopation) + _kept(hits, frame, wish)
        terms = Terms(kit, span.fixed, hits, push, wish.temperature)
        found = counted(space, near, frame, terms, noise, wish.density * float(hits.hits.sum()))
        played = played_like(found, hits, span.fixed)
        rows.append(played[_chosen(played, hits, wish)])
        yield
    return Hits(*(np.stack([getattr(row, name) for row in rows]) for name in _FIELDS))


def _kept(hits: Hits, frame: Frame, wish: Wish) -> Reals:
    """Logits that keep kick and snare where they carry the beat, when hits have to go."""
    fewer = max(0.0, -log2(wish.density))
    return np.asarray(_HOLDS * fewer * footing(frame) * hits.hits, np.float32)


def _chosen(found: Hits, hits: Hits, wish: Wish) -> int:
    """Of patterns farther and farther away, the one that changed as much as the amount says.

    The patterns do not depend on the amount, so that more of it never changes less. What the
    density alone asks for is changed whatever the amount, and a pattern that misses it costs.
    """
    away = (found.hits != hits.hits).sum(axis=(1, 2))
    if wish.amount == 1:
        return len(away) - 1
    count = float(hits.hits.sum())
    missed = np.abs(found.hits.sum(axis=(1, 2)) - wish.density * count)
    least = min(abs(wish.density - 1) * count, float(away[-1]))
    wanted = least + wish.amount**_GENTLE * (away[-1] - least)
    same = np.where((away == 0) & away.any(), np.inf, 0)  # a variation changes something
    return int((np.abs(away - wanted) + missed + same).argmin())


def _row(noise: Noise, take: int) -> Noise:
    """The noise of one take."""
    return Noise(noise.hits[take], noise.velocities[take], noise.offsets[take])
