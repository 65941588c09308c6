# SPDX-License-Identifier: Apache-2.0
"""The end of a clip as a fill: its last bar, or the last half of a clip of one bar.

Fills are points of the space as grooves are. Those of its real music whose end has most toms and
snare, decoded in the metre and for the kit of the clip, are what the fill is drawn from; the beat
goes on at its beginning, then snare and toms are leant to and hats and ride away from, and the
hits get louder.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.drum_space.space import DrumSpace, Noise, Terms
from models.engines.drums.decoding import counted, footing, played_like
from models.engines.drums.sheet import Sheet, Span
from models.percussion.hits import Hits
from models.percussion.lanes import (
    CLOSED_HAT,
    CRASH,
    HIGH_TOM,
    KICK,
    LOW_TOM,
    MID_TOM,
    OPEN_HAT,
    RIDE,
    SNARE,
)
from models.theory.steps import Steps

Reals = NDArray[np.float32]
Mask = NDArray[np.bool_]
Rngs = list[np.random.Generator]

_TRIED = 128  # points of real music that are looked through
_AT_ONCE = 16
_BEST = 8  # of which each take draws one
_TEMPERATURE = 0.3
_HOLDS = 3.0  # logits for the beat as it is, at the beginning
_TOWARDS = 1.0  # logits for the snare from the middle on
_ALONE = 4.0  # the same where there are no toms
_AWAY = 2.5  # and against hats and cymbals
_FOOT = 4.0  # and against kicks off the beat
_TOM = 3.0  # logits for each tom round its place: fills fall from high to low
_TOMS = ((HIGH_TOM, 0.5), (MID_TOM, 0.7), (LOW_TOM, 0.95))
_WIDE = 0.25
_BUSY = 0.7  # of the beat's hits; most of those were hats
_HITS = (0.55, 0.9)  # a step: the fewest and the most in a fill
_DRUMS = (SNARE, LOW_TOM, MID_TOM, HIGH_TOM)
_METAL = (CLOSED_HAT, OPEN_HAT, CRASH, RIDE)


def fill(space: DrumSpace, sheet: Sheet, takes: list[Hits], rngs: Rngs) -> Steps[list[Hits]]:
    """The takes with a fill at their end; fixed cells and all before it stay."""
    span = sheet.spans[-1]
    zone = _zone(sheet, span)
    if not zone.any():
        return takes
    points = yield from _fills(space, span, sheet.kit, zone)
    found = []
    for hits, rng in zip(takes, rngs, strict=True):
        point = points[rng.integers(0, len(points))][None]
        end = _filled(space, span, sheet.kit, hits[span.place], (zone, point, rng))
        found.append(_with_end(hits, span.place, end))
        yield
    return found


def _zone(sheet: Sheet, span: Span) -> Mask:
    """Steps of the last bar, or of its last half when there is no other."""
    bars = sheet.part.steps.bars
    last = np.flatnonzero(bars[span.place] == bars[-1])
    if bars[0] == bars[-1]:
        last = last[len(last) // 2 :]
    zone = np.zeros(len(span.frame), bool)
    zone[last] = True
    return np.asarray(zone & ~span.fixed.all(axis=1))


def _fills(space: DrumSpace, span: Span, kit: Mask, zone: Mask) -> Steps[Reals]:
    """The points of real music that end most like a fill."""
    points = space.grooves[:_TRIED]
    noise = Noise.drawn(np.random.default_rng(0), len(span.frame))
    scores = []
    for start in range(0, len(points), _AT_ONCE):
        some = points[start : start + _AT_ONCE]
        found = space.decode(some, span.frame, Terms(kit, temperature=_TEMPERATURE), noise).hits
        inside, before = found[:, zone].mean(axis=1), found[:, ~zone]
        drums, metal = inside[:, _DRUMS].sum(axis=1), inside[:, _METAL].sum(axis=1)
        usual = before.mean(axis=1)[:, _DRUMS].sum(axis=1) if before.size else 0
        scores.append(drums - 0.5 * metal - 0.5 * usual)
        yield
    order = np.concatenate(scores).argsort(kind="stable")[::-1]
    return points[order[:_BEST]]


def _filled(
    space: DrumSpace,
    span: Span,
    kit: Mask,
    hits: Hits,
    drawn: tuple[Mask, Reals, np.random.Generator],
) -> Hits:
    """One window with its end as a fill."""
    zone, point, rng = drawn
    fixed = span.fixed | ~zone[:, None]
    fixed[zone.argmax(), KICK] = True  # the fill stands on the beat as it is
    noise = Noise.drawn(rng, 1, len(span.frame))
    along = _along(zone)
    push = _HOLDS * (1 - along)[:, None] * np.where(hits.hits, 1, -1).astype(np.float32)
    push[:, SNARE] += (_TOWARDS if any(kit[lane] for lane, _ in _TOMS) else _ALONE) * along
    push[:, _METAL] -= _AWAY * along[:, None]
    push[:, KICK] -= _FOOT * along * (footing(span.frame)[:, KICK] == 0)
    for lane, middle in _TOMS:
        push[:, lane] += _TOM * np.maximum(0, 1 - np.abs(_place(zone) - middle) / _WIDE)
    terms = Terms(kit, fixed, hits, push[None], _TEMPERATURE)
    busy = np.clip(_BUSY * hits.hits[zone].sum() / zone.sum(), *_HITS) * zone.sum()
    wanted = float(hits.hits[~zone].sum() + busy)
    found = counted(space, point, span.frame, terms, noise, wanted)
    found = played_like(found, hits, fixed)[0]
    growing = (0.8 + 0.3 * along)[:, None] * found.velocities
    new = ~fixed & ~hits.same_as(found)
    return replace(
        found,
        velocities=np.where(new & found.hits, np.clip(growing, 1 / 127, 1), found.velocities),
    )


def _place(zone: Mask) -> Reals:
    """0 at the beginning of a fill to 1 at its end; 0 outside."""
    places = (np.cumsum(zone) - 1) / max(1, int(zone.sum()))
    return np.where(zone, places, 0).astype(np.float32)


def _along(zone: Mask) -> Reals:
    """How much of a fill it is: 0 at its beginning to 1 from its middle on; 0 outside."""
    return np.asarray(np.minimum(1, 2 * _place(zone)), np.float32)


def _with_end(hits: Hits, place: slice, end: Hits) -> Hits:
    """The hits with their last window replaced."""
    found = Hits(hits.hits.copy(), hits.velocities.copy(), hits.offsets.copy())
    found.hits[place], found.velocities[place] = end.hits, end.velocities
    found.offsets[place] = end.offsets
    return found
