# SPDX-License-Identifier: Apache-2.0
"""The baselines: n-gram, PPM of long and short term, and a mixture of repeats.

All see one part alone, choose among the same tokens as the network, and know the grammar: what
can't come next has no chance, which the network's plain softmax has to learn. The short-term
memory learns the prompt, and the answer as it goes; what is fitted is fitted on validation works.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from likelihood.mixing import Examples, even, mix
from likelihood.plainly import WholeMemory, ngram, plain
from models.engines.motif.ppm import Mixture
from models.memory.copies import LAGS_BARS, copies
from models.memory.mixing import Exponents
from models.memory.ppm import Memory
from models.memory.stream import KINDS, Array, Line, State, decisions, valid
from models.memory.views import View

NAMES = ("n-gram", "repeats", "PPM", "PPM + repeats")
FLAT = 0.001  # of every chance is spread evenly, so that one impossible note can't decide a mean
SHARE = 0.05  # how fast the mixture of repeats follows the piece
COPIES = tuple(f"lag {lag}" for lag in LAGS_BARS)
PLAIN = ("long", "short")
REPEATS = (*COPIES, *PLAIN)
Kind = tuple[int, bool]  # kind of decision, and whether of drums


@dataclass
class Fitted:
    """What is fitted on validation works, by kind of decision.

    Attributes:
        repeats: weights to begin with of the mixture of repeats.
        ppm: exponents of the viewpoints of all memories.
        both: exponents where the mixture of repeats is one more expert.
    """

    repeats: dict[Kind, dict[str, float]] = field(default_factory=dict)
    ppm: dict[Kind, Exponents] = field(default_factory=dict)
    both: dict[Kind, Exponents] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What the experts say to one decision."""

    kind: Kind
    mask: Array
    answer: int
    ngram: Array
    repeats: Array
    experts: list[Array]


class Online:
    """A linear mixture for each kind of decision; its weights follow whoever is right.

    Attributes:
        weights: those after each decision.
    """

    def __init__(self, priors: dict[Kind, dict[str, float]], names: Sequence[str]) -> None:
        self._priors = priors
        self._names = names
        self._mixtures: dict[Kind, Mixture] = {}
        self.weights: dict[Kind, list[dict[str, float]]] = defaultdict(list)

    def chances(
        self,
        kind: Kind,
        copies: Mapping[str, int | None],
        plains: Sequence[Array],
        answer: int,
    ) -> Array:
        """The mixed distribution of `PLAIN` and of single answers; then the weights move."""
        mixture = self._mixtures.get(kind)
        if mixture is None:
            even = dict.fromkeys(self._names, 1.0)
            mixture = self._mixtures[kind] = Mixture(self._priors.get(kind, even), SHARE)
        tables = dict(zip(PLAIN, plains, strict=True))
        size = len(plains[0])
        tables |= {name: _only(c, size) for name, c in copies.items() if c is not None}
        awake = sum(mixture.weights[name] for name in tables)
        mixed = sum(mixture.weights[name] * table for name, table in tables.items()) / awake
        mixture.update({name: float(table[answer]) for name, table in tables.items()})
        self.weights[kind].append(dict(mixture.weights))
        return np.asarray(mixed)


def _only(answer: int, size: int) -> Array:
    table = np.zeros(size)
    table[answer] = 1.0
    return table


def said(
    line: Line, tonic: int, first_bar: int, longs: Sequence[Memory], repeats: Online
) -> Iterator[Said]:
    """What everyone says to each decision from a bar on; before it they only learn."""
    state, short, chains = State(line.drums, tonic), WholeMemory(), Online({}, PLAIN)
    for bar, kind, answer in decisions(line, state):
        mask = valid(kind, state)
        key = (kind, line.drums)
        view = plain(kind, state)
        both = [_chances(memory, kind, view, state, mask) for memory in (longs[0], short)]
        found = [c if c is not None and mask[c] else None for c in copies(kind, state)]
        mixed = repeats.chances(key, dict(zip(COPIES, found, strict=True)), both, answer)
        view = ngram(kind, state)
        both = [_chances(memory, kind, view, state, mask) for memory in (longs[0], short)]
        chain = chains.chances(key, {}, both, answer)
        if bar >= first_bar:
            experts = [e for memory in (short, *longs) for e in whole(memory, kind, state, mask)]
            yield Said(key, mask, answer, chain, mixed, experts)
        short.learn(kind, state, answer)


def whole(memory: Memory, kind: int, state: State, mask: Array) -> Array:
    """What a memory's viewpoints say (E, A) over the whole alphabet of a decision."""
    found = memory.viewpoints(kind, state, np.flatnonzero(mask))
    table = np.zeros((len(found), len(mask)))
    table[:, mask] = found
    return table


def _chances(memory: Memory, kind: int, view: View, state: State, mask: Array) -> Array:
    """The same of one view."""
    table = np.zeros(len(mask))
    table[mask] = memory.seen.chances(kind, [view], state, np.flatnonzero(mask))[0]
    return table


def fit(lines: Iterable[tuple[Line, int, int]], longs: Sequence[Memory]) -> Fitted:
    """Fit all weights on (line, tonic, first bar of the answer) of validation works."""
    known = list(lines)
    fitted = Fitted(_repeat_priors(known, longs))
    ppm: dict[Kind, Examples] = defaultdict(Examples)
    both: dict[Kind, Examples] = defaultdict(Examples)
    for line, tonic, first in known:
        for one in said(line, tonic, first, longs, Online(fitted.repeats, REPEATS)):
            ppm[one.kind].add(one.experts, one.mask, one.answer)
            both[one.kind].add([*one.experts, one.repeats], one.mask, one.answer)
    fitted.ppm.update({kind: examples.fit() for kind, examples in ppm.items()})
    fitted.both.update({kind: examples.fit() for kind, examples in both.items()})
    return fitted


def _repeat_priors(
    lines: Sequence[tuple[Line, int, int]], longs: Sequence[Memory]
) -> dict[Kind, dict[str, float]]:
    """Mean weights that the mixture of repeats came to have."""
    found: dict[Kind, list[dict[str, float]]] = defaultdict(list)
    for line, tonic, _ in lines:
        repeats = Online({}, REPEATS)
        for _ in said(line, tonic, len(line.bars), longs, repeats):
            pass
        for kind, weights in repeats.weights.items():
            found[kind] += weights
    return {
        kind: {name: sum(w[name] for w in rows) / len(rows) for name in rows[0]}
        for kind, rows in found.items()
    }


def nats(
    line: Line, tonic: int, first_bar: int, longs: Sequence[Memory], fitted: Fitted
) -> dict[str, dict[str, float]]:
    """Nats of an answer by baseline and kind of decision."""
    totals: dict[str, dict[str, float]] = {name: dict.fromkeys(KINDS, 0.0) for name in NAMES}
    for one in said(line, tonic, first_bar, longs, Online(fitted.repeats, REPEATS)):
        tables = (one.ngram, one.repeats, *_mixed(one, fitted))
        for name, table in zip(NAMES, tables, strict=True):
            chance = (1 - FLAT) * float(table[one.answer]) + FLAT / int(one.mask.sum())
            totals[name][KINDS[one.kind[0]]] -= math.log(chance)
    return totals


def _mixed(one: Said, fitted: Fitted) -> tuple[Array, Array]:
    """PPM alone and with repeats; an even product where validation had no such decision."""
    count = len(one.experts)
    ppm = fitted.ppm.get(one.kind) or even(count)
    both = fitted.both.get(one.kind) or even(count + 1)
    return mix(ppm, one.experts, one.mask), mix(both, [*one.experts, one.repeats], one.mask)
