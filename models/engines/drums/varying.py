# SPDX-License-Identifier: Apache-2.0
"""Variations of a drum clip: near it in the space, and nearer to itself the smaller the amount.

Each window moves along the arc from its own point towards a real groove, the same for all windows
of a take. What the network would get wrong of the window itself is added to its logits and fades
on the way; the beat that kick and snare carry is given up at its end alone. How much of what was
found on the way becomes of the window, `models.engines.drums.amount` decides.
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
from models.drum_space.space import DrumSpace, Noise, Terms, lacking, slerp
from models.engine import Answer, Request
from models.engines.drums.amount import first_enough, surest
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
from models.percussion.lanes import KICK, SNARE
from models.theory.steps import Steps

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SYNCOPATION = 1.0  # standard deviations at either end of the slider
_SHARES = np.array((0.4, 0.6, 0.75, 0.88, 0.95, 1), np.float32)  # of the way to another groove
_STILL = 2.0  # logits for what syncopation does not concern
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


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """The chance in some variations; windows of one clip share it, so that repeats stay repeats.

    Attributes:
        aims: points to lean to, [count, latent].
        noise: of the most steps that a window has, [count, steps, lanes].
    """

    aims: Reals
    noise: Noise

    @classmethod
    def drawn(
        cls, space: DrumSpace, rng: np.random.Generator, windows: tuple[int, int], like: Reals
    ) -> Chance:
        """Chance for variations.

        Args:
            space: the network.
            rng: the source of chance.
            windows: how many variations, and the most steps of a window.
            like: the point of the first window; aims are chosen near it.
        """
        return cls(space.aims(rng, windows[0], like), Noise.drawn(rng, *windows))

    def of(self, steps: int) -> Noise:
        """The noise of a window's steps."""
        noise = self.noise
        return Noise(noise.hits[:, :steps], noise.velocities[:, :steps], noise.offsets[:, :steps])


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
            done[span.key] = yield from varied_window(space, span, sheet.kit, wish, chance)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """A window to vary: its point, what the network makes of it, and what stays."""

    hits: Hits
    frame: Frame
    kit: Mask
    point: Reals
    lack: Reals
    fixed: Mask
    locked: Mask


def varied_window(
    space: DrumSpace, span: Span, kit: Mask, wish: Wish, chance: Chance
) -> Steps[Hits]:
    """The variations of one window, [takes, steps, lanes].

    Args:
        space: the network.
        span: the window.
        kit: lanes that may be struck, beside those that are, [lanes].
        wish: what shall become of it; loudness and fill are for the whole clip.
        chance: as many aims as takes.
    """
    hits, frame = span.hits, span.frame
    if not wish.amount or span.fixed.all() or not hits.hits.any():
        return hits[None][np.zeros(len(chance.aims), np.int64)]
    point, _ = space.encode(known(hits[None]), frame)
    kit = np.asarray(kit | hits.hits.any(axis=0))
    lack = space.logits(point, frame, kit, hits[None])
    fixed = np.asarray(span.fixed | _held(hits, frame, wish))
    window = _Window(hits, frame, kit, point[0], lack, fixed, span.fixed)
    rows = []
    for take, aim in enumerate(chance.aims):
        rows.append(_variation(space, window, wish, (aim, _row(chance.of(len(frame)), take))))
        yield
    return Hits.stacked(rows)


def _variation(space: DrumSpace, window: _Window, wish: Wish, chance: tuple[Reals, Noise]) -> Hits:
    """One variation of a window, [steps, lanes]."""
    hits, frame, (aim, noise) = window.hits, window.frame, chance
    thresholds = noise.thresholds(wish.temperature)
    way = np.stack([slerp(window.point, aim, share) for share in _SHARES])
    way = space.moved(way, wish.directions)
    push = (1 - _SHARES)[:, None, None] * lacking(window.lack, hits.hits, thresholds)
    push = push + leaning(frame, wish.syncopation) + _still(hits, wish)
    terms = Terms(window.kit, window.fixed, hits, push, wish.temperature)
    found = counted(space, way, frame, terms, noise, wish.density * float(hits.hits.sum()))
    found = played_like(found, hits, window.locked)
    chosen, count = first_enough(found, hits, wish.amount, wish.density)
    far = found[chosen]
    logits = space.logits(way[chosen, None], frame, window.kit, far[None])[0]
    sure = np.where(far.hits, 1, -1) * (logits + push[chosen] - thresholds)
    return far.where(surest(far.hits, hits.hits, sure, count), hits)


def _held(hits: Hits, frame: Frame, wish: Wish) -> Mask:
    """The beat that kick and snare carry, [shares, steps, lanes].

    Only another groove altogether may do without it, and hits that have to go are others.
    """
    until = (_SHARES < 1) | (wish.density < 1)
    beat = (footing(frame) > 0) & hits.hits
    return np.asarray(until[:, None, None] & beat)


def _still(hits: Hits, wish: Wish) -> Reals:
    """Logits that keep hats and toms from taking the place of what syncopation moves."""
    found = np.where(hits.hits, 1, -1).astype(np.float32)
    found[:, (KICK, SNARE)] = 0
    return np.asarray(_STILL * abs(wish.syncopation) * found, np.float32)


def _row(noise: Noise, take: int) -> Noise:
    """The noise of one take."""
    return Noise(noise.hits[take], noise.velocities[take], noise.offsets[take])
