# SPDX-License-Identifier: Apache-2.0
"""The network beside a memory of the part, as the clip engine writes: decision by decision.

The network's choice among the tokens behind a note is taken apart into the memory's two steps, so
that both speak of the same. Token by token that is the product that the engine samples from,
among what any grammar leaves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from likelihood.scoring import Scorer
from models.memory.mixing import Exponents, Opinions, beside_network
from models.memory.ppm import Memory
from models.memory.stream import (
    END,
    FIRST,
    LENGTH,
    LOWER,
    MORE,
    WHERE,
    Array,
    Line,
    State,
    decisions,
    valid,
)
from models.tokens import vocabulary as v
from models.tokens.scene import Scene

FLAT = 0.001  # of every chance is spread evenly, as for the baselines
Key = tuple[int, bool]  # kind of decision, and whether of drums


class Decision(NamedTuple):
    """What network and memory say to one decision of an answer."""

    key: Key
    mask: Array
    answer: int
    said: Opinions


def remembered(scene: Scene, tokens: Array, log_chances: Array) -> Iterator[Decision]:
    """Every decision of one part's answer, in the network's own key.

    Args:
        scene: a continuation, as the network is told it.
        tokens: (N,) behind GEN.
        log_chances: (N, V) of each.
    """
    first = scene.cells[0]
    line = Line.of(scene.parts[first.part], scene.bars)
    state, memory = State(line.drums, (scene.key or 0) % 12), Memory()
    names = [n for n, token in enumerate(tokens.tolist()) if not _structure(token)]
    places = iter(names)
    place = -1
    for bar, kind, answer in decisions(line, state):
        if bar >= first.bar:
            if place < 0:
                place = next(places)
            mask = valid(kind, state)
            table = _network(kind, np.exp(log_chances[place].astype(np.float64)), line.drums)[mask]
            total = table.sum()
            table = table / total if total else np.full(len(table), 1 / len(table))
            experts = memory.experts(kind, state, np.flatnonzero(mask))
            yield Decision((kind, line.drums), mask, answer, beside_network(table, experts))
            if kind != MORE:
                assert tokens[place] == _token(kind, answer, line.drums)
                place = -1
        memory.learn(kind, state, answer)


def nats_remembered(
    scenes: Sequence[Scene], scorer: Scorer, known: Mapping[Key, Exponents] | None = None
) -> list[float]:
    """Nats of each scene's answer.

    Args:
        scenes: continuations of one part.
        scorer: the network.
        known: by kind of decision; None takes those that ship.
    """
    from models.engines.clip.remembering import exponents

    fitted = exponents() if known is None else known
    return [
        sum(_nats(one, fitted) for one in remembered(*table)) for table in scorer.tables(scenes)
    ]


def _nats(one: Decision, fitted: Mapping[Key, Exponents]) -> float:
    place = int(one.mask[: one.answer].sum())
    known = fitted.get(one.key)
    logs = one.said.logs[0] if known is None else known.with_memory(one.said)
    return -math.log((1 - FLAT) * math.exp(logs[place]) + FLAT / len(logs))


def shortened(scene: Scene, bars: int) -> Scene:
    """The scene with so many bars before its first cell."""
    gone = scene.cells[0].bar - bars
    start = scene.bars[gone].start_beats - 1 / 48
    parts = tuple(
        replace(
            part, clip=part.clip.with_notes(n for n in part.clip.notes if n.start_beats > start)
        )
        for part in scene.parts
    )
    cells = tuple(replace(cell, bar=cell.bar - gone) for cell in scene.cells)
    return replace(scene, parts=parts, bars=scene.bars[gone:], cells=cells)


def _structure(token: int) -> bool:
    return token in {v.BAR, v.END} or v.ROLE <= token < v.METRE


def _token(kind: int, answer: int, drums: bool) -> int:
    if kind == WHERE:
        return v.ENDCELL if answer == END else v.POS + answer
    return answer + (v.DUR if kind == LENGTH else v.DRUM if drums else v.PITCH)


def _network(kind: int, chances: Array, drums: bool) -> Array:
    """The network's chances (V,) as those of one decision's answers."""
    pitches = chances[v.DRUM : v.DRUM + 128] if drums else chances[v.PITCH : v.PITCH + 128]
    if kind in {FIRST, LOWER}:
        return pitches
    if kind == LENGTH:
        return chances[v.DUR : v.VEL]
    where = np.append(chances[v.POS : v.PITCH], chances[v.ENDCELL])
    return where if kind == WHERE else np.array([where.sum(), pitches.sum()])
