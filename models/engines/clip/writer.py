# SPDX-License-Identifier: Apache-2.0
"""Writes candidates for a scene: the context is read once, then all of them decode as one batch.

    writer = Writer(decoder)
    for event in writer.write(ask.scene, ask.rules, Sampling(), generators(seed, range(8))):
        ...   # Beat, CellEnd, and at the end Written

A `Beat` comes at least every 40 ms, while the context is read too, so closing the generator
between two events stops the work. The last contexts are kept by the decoder: the same question
again begins to write at once.

The same scene, rules, sampling and generators give the same notes on the same machine, bit for bit.
With more or fewer candidates beside it, a candidate sees logits that may differ in the last bits,
as matrix products of other shapes round otherwise, and once in some thousand tokens that tips a
choice; so callers who want a take to come back decode the same candidates beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random
from statistics import fmean
from typing import Any, TypeVar

import numpy as np

from models.decoding.decoder import Decoder, Inputs, Prefix
from models.decoding.session import Session
from models.engines.clip.accord import Accord, accord_of
from models.engines.clip.ask import Draft
from models.engines.clip.candidate import Candidate, CellEnd, Sheet, Standing, standing
from models.engines.clip.leading import Leading, leading_of
from models.engines.clip.pace import Pace
from models.engines.clip.remembering import Remembering, remembering_of
from models.engines.clip.resemblance import Resemblance
from models.engines.clip.room import TooLong, least_after, need_behind
from models.engines.clip.sampling import Sampler, Sampling
from models.network import NetworkConfig
from models.theory.steps import Steps
from models.tokens.encode import encode
from models.tokens.grammar import Grammar
from models.tokens.home import moved_rules, moved_scene, scene_shift
from models.tokens.reading import first_target_bar
from models.tokens.rolls import NO_ROLLS
from models.tokens.rules import PartRules
from models.tokens.scene import Scene
from models.tokens.sounding import pitch_bits, tick_bits
from models.tokens.state import FEATURE_SIZES
from models.tokens.strikes import NO_STRIKES
from models.tokens.tracker import Tracker

BEAT_SECONDS = 0.025

T = TypeVar("T")
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life: `fraction` 0-1 of `stage`, which is `reading` or `writing`."""

    stage: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Written:
    """The last event: every candidate, in the order of the generators, those left as they were."""

    drafts: tuple[Draft, ...]


Event = Beat | CellEnd | Written
Wanted = Callable[[int], bool]


class Writer:
    """Writes with one network.

    Args:
        decoder: the network, which keeps the contexts it has read.
        clock: seconds, for the beats.
    """

    def __init__(self, decoder: Decoder, clock: Callable[[], float] = time.monotonic) -> None:
        self._decoder = decoder
        self._clock = clock

    @property
    def room(self) -> int:
        """Tokens that the network holds: compare `room.tokens_needed(scene).total` with it."""
        return self._decoder.config.context

    def write(
        self,
        scene: Scene,
        rules: Mapping[int, PartRules],
        sampling: Sampling,
        generators: Sequence[Random],
        wanted: Wanted = lambda _: True,
    ) -> Iterator[Event]:
        """Write one candidate for each generator.

        Args:
            scene: the question.
            rules: by place in `scene.parts`.
            sampling: how tokens are chosen.
            generators: one a candidate; `sampling.generators` makes them from a seed.
            wanted: whether a candidate, by its place, is still of use; asked after each step.

        Raises:
            TooLong: scene and answer don't fit into the network's context; use fewer bars.
            BadArgument: the rules leave a part nothing to write with.
        """
        shift = scene_shift(scene, rules)
        scene, rules = moved_scene(scene, shift), moved_rules(scene, rules, shift)
        accord = yield from self._listen(accord_of(scene))
        leading = yield from self._listen(leading_of(scene, rules))
        remembering = yield from self._listen(remembering_of(scene, sampling.memory))
        heard = (accord, leading, remembering)
        sheet, tracker, context = self._prepare(scene, rules, sampling, heard, shift)
        prefix = yield from self._read(context)
        candidates = [
            Candidate(index, sheet, tracker.copy(), rng) for index, rng in enumerate(generators)
        ]
        for candidate in candidates:
            yield from candidate.cells  # where all is forced, it is whole already
        yield from self._decode(candidates, prefix, len(scene.cells), wanted)
        yield Written(tuple(candidate.draft for candidate in candidates))

    def _listen(self, hearing: Steps[T]) -> Generator[Event, None, T]:
        """What the given parts say, worked out step by step."""
        beat = self._clock()
        while True:
            try:
                next(hearing)
            except StopIteration as heard:
                found: T = heard.value
                return found
            if self._clock() - beat >= BEAT_SECONDS:
                yield Beat("reading", 0.0)
                beat = self._clock()

    def _prepare(
        self,
        scene: Scene,
        rules: Mapping[int, PartRules],
        sampling: Sampling,
        heard: tuple[Accord, Leading, Remembering],
        shift: int,
    ) -> tuple[Sheet, Tracker, Inputs]:
        """What the candidates share, the tracker behind the context, and the context."""
        accord, leading, remembering = heard
        velocities, micro = sampling.velocities, sampling.micro
        ids = encode(scene, velocities=velocities, micro=micro).context
        need = need_behind(scene, len(ids), velocities + micro)
        if need.total > self.room:
            raise TooLong(need.total, self.room)
        tracker = Tracker(first_target_bar(ids))
        steps = []
        for token in ids:
            tracker.step(token)
            steps.append(standing(token, tracker))
        grammar = Grammar(scene, rules)
        sheet = Sheet(
            scene,
            grammar,
            Sampler(grammar, sampling),
            Resemblance(scene, sampling.alike, sampling.anew),
            Pace(scene),
            leading,
            accord,
            remembering,
            self.room - need.context,
            least_after(scene, need),
            shift,
        )
        return sheet, tracker, _inputs([steps], self._decoder.config)

    def _read(self, context: Inputs) -> Generator[Event, None, Prefix]:
        reading = self._decoder.reading(context)
        beat = self._clock()
        while True:
            try:
                share = next(reading)
            except StopIteration as read:
                prefix: Prefix = read.value
                return prefix
            if self._clock() - beat >= BEAT_SECONDS:
                yield Beat("reading", share)
                beat = self._clock()

    def _decode(
        self, candidates: Sequence[Candidate], prefix: Prefix, cells: int, wanted: Wanted
    ) -> Iterator[Event]:
        """Step by step, until every candidate is whole or of no use."""
        session = self._decoder.start(prefix, len(candidates))
        active = [candidate for candidate in candidates if not candidate.done]
        session.keep([row for row, candidate in enumerate(candidates) if not candidate.done])
        beat = self._clock()
        while active:
            active = _leave(active, session, wanted)
            if active:
                _extend(active, session, self._decoder.config)
            for candidate, logits in zip(active, session.logits, strict=True):
                ended = len(candidate.cells)
                candidate.choose(logits)
                yield from candidate.cells[ended:]
            if self._clock() - beat >= BEAT_SECONDS:
                of_use = (one for one in candidates if wanted(one.index))
                yield Beat("writing", fmean(len(one.cells) / cells for one in of_use))
                beat = self._clock()


def _leave(active: Sequence[Candidate], session: Session, wanted: Wanted) -> list[Candidate]:
    """Take those that are whole or of no use out of the batch."""
    rows = [row for row, one in enumerate(active) if not one.done and wanted(one.index)]
    if len(rows) < len(active):
        session.keep(rows)
    return [active[row] for row in rows]


def _extend(active: Sequence[Candidate], session: Session, config: NetworkConfig) -> None:
    """Let the network read what each candidate has appended."""
    pending = [candidate.pending for candidate in active]
    inputs = _inputs(pending, config)
    session.extend(inputs, np.array([len(steps) for steps in pending]))
    for candidate in active:
        candidate.pending = []


def _inputs(rows: Sequence[Sequence[Standing]], config: NetworkConfig) -> Inputs:
    """Tokens with their features and what sounds, rows padded at the end to one length."""
    length = max(map(len, rows))
    blank = (0, (0,) * len(FEATURE_SIZES), 0, NO_ROLLS, NO_STRIKES)
    flat = [step for steps in rows for step in (*steps, *[blank] * (length - len(steps)))]
    tokens, features, sounding, rolls, strikes = zip(*flat, strict=True)
    shape = (len(rows), length)
    return Inputs(
        np.array(tokens).reshape(shape),
        np.array(features).reshape(*shape, -1),
        pitch_bits(sounding).reshape(*shape, -1),
        _bits(pitch_bits, rolls, shape) if config.interval_reach else None,
        _bits(tick_bits, strikes, shape) if config.onset_reach else None,
    )


def _bits(
    unpacked: Callable[[Sequence[int]], Array],
    masks: Sequence[tuple[int, ...]],
    shape: tuple[int, int],
) -> Array:
    """Masks of each step as 0/1 (N, T, S, P)."""
    return unpacked(list(chain(*masks))).reshape(*shape, len(masks[0]), -1)
