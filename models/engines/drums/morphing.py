# SPDX-License-Identifier: Apache-2.0
"""Clips that lead from one drum clip to another; both ends are the clips themselves."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from models.aside import aside
from models.clip import Clip
from models.drum_space.path import Ends, interpolating
from models.drum_space.space import DrumSpace
from models.engine import Answer, Request
from models.engines.drums.carrying import Pair, between, read_pair
from models.engines.drums.decoding import in_a_row, warmth
from models.engines.drums.sheet import Span, spans_of
from models.engines.drums.takes import Found, Rngs, different
from models.errors import BadClip
from models.percussion.hits import Hits
from models.theory.steps import Steps

_CALM = 0.5  # of the temperature of variations: on the way nothing shall surprise


def morphs(space: DrumSpace, request: Request) -> Steps[Found]:
    """The takes of a request to interpolate between two drum clips.

    Raises:
        BadClip: their metres differ or change, or neither has a hit.
    """
    first, second = request.clips
    _check(first, second)
    pair = yield from aside(partial(read_pair, first, second))
    count, temperature = request.args["steps"], _CALM * warmth(request.args["adventure"])

    def write(rngs: Rngs, freedom: float) -> Steps[list[Answer]]:
        found = []
        for rng in rngs:
            path = yield from _path(space, pair, count, rng, temperature + freedom)
            order = rng.random(sum(map(len, pair.loose)))
            inner = []
            for number in range(1, count - 1):
                share = number / (count - 1)
                clip = between(pair, path[number], share, order)
                tempo = (1 - share) * first.tempo_bpm + share * second.tempo_bpm
                inner.append(replace(clip, tempo_bpm=tempo))
                yield
            found.append(Answer((first, *inner, second)))
        return found

    if count == 2:
        return Found((Answer((first, second)),), enough=request.takes == 1)
    return (yield from different(write, request.seed, request.takes))


def _check(first: Clip, second: Clip) -> None:
    if first.metre != second.metre or first.metre_changes or second.metre_changes:
        named = [f"{c.metre.numerator}/{c.metre.denominator}" for c in (first, second)]
        differ = f"The clips are in {named[0]} and {named[1]}"
        said = differ if named[0] != named[1] else "The metre changes inside a clip"
        raise BadClip(f"{said}; give two drum clips of one metre.", where="metre")
    if not first.playing() and not second.playing():
        raise BadClip(
            "Neither clip has a sounding hit in its loop; draw some in first.", where="clips"
        )


def _path(
    space: DrumSpace, pair: Pair, count: int, rng: np.random.Generator, temperature: float
) -> Steps[list[Hits]]:
    """The patterns of the whole clips; windows share their chance, so that repeats stay repeats."""
    seed = int(rng.integers(2**32))
    done: dict[tuple[bytes, ...], list[Hits]] = {}
    rows: list[list[Hits]] = []
    for span, end in _spans(pair):
        key = (*span.key, *(array.tobytes() for array in (end.hits, end.velocities, end.offsets)))
        if key not in done:
            ends = Ends(span.hits, end, span.frame, np.zeros(span.hits.hits.shape[1], bool))
            chance = np.random.default_rng(seed)
            done[key] = yield from interpolating(space, ends, count, chance, temperature)
            yield
        rows.append(done[key])
    return [in_a_row([row[number] for row in rows]) for number in range(count)]


def _spans(pair: Pair) -> list[tuple[Span, Hits]]:
    """The windows of the first clip, and of the second what stands there."""
    start = pair.start
    spans = spans_of(start.steps, start.clip, start.hits, np.zeros_like(start.hits.hits))
    return [(span, pair.end.hits[span.place]) for span in spans]
