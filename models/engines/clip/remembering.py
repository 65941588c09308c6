# SPDX-License-Identifier: Apache-2.0
"""Remembering: what a part has said so far weighs in on its next note, as nats.

A small network copies less surely than a table. So its chances are multiplied with those of a
memory of the part itself (`models.memory`), each to a power that grows with how sure it is: a
product of viewpoints (Pearce, The construction and evaluation of statistical models of melodic
structure, 2005) over what a continuous cache would hold (Grave et al., Improving neural language
models with a continuous cache, 2017). The memory knows the bars that stand, before a hole and
behind it, and each note as it is written; what stood here some bars ago counts as well.
`memory.json` holds the powers' exponents, fitted on the validation split by
`python bench/remembering.py`.

Behind a note the network chooses among a lower pitch, the next onset and the end of the cell at
once, the memory in two steps: whether there is a lower pitch, then which, or where. The product is
taken step by step, so it stays one distribution over what the grammar allows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from models.engines.clip.recall import Recall
from models.memory.mixing import Exponents, beside_network
from models.memory.ppm import Memory
from models.memory.stream import (
    END,
    FIRST,
    KINDS,
    LENGTH,
    LOWER,
    MORE,
    WHERE,
    State,
    bar_decisions,
)
from models.theory.steps import Steps
from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.encode import Layout, lay_out
from models.tokens.grammar import Mask
from models.tokens.grid import Placed
from models.tokens.scene import Scene
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]

TASKS = ("continue", "infill", "vary")  # those with a part that has bars of its own
FEWEST_NOTES = 4  # in bars that stand; fewer are no memory
_HARDLY = math.log(0.001)  # what comes less often than that is left as the network has it
_BOTH = np.arange(2)
_KINDS = {st.ONSET: WHERE, st.FIRST: FIRST, st.DURATION: LENGTH}


@cache
def exponents() -> Mapping[tuple[int, bool], Exponents]:
    """Those of each kind of decision, of pitches and of drums."""
    text = resources.files(__package__).joinpath("memory.json").read_text(encoding="utf-8")
    return read_exponents(json.loads(text)["exponents"])


def read_exponents(
    known: Mapping[str, Sequence[Sequence[float]]],
) -> dict[Any, Exponents]:
    """From lists by name, such as `drums where`."""
    return {
        (kind, drums): Exponents(np.array(known[name]))
        for kind, word in enumerate(KINDS)
        for drums, name in ((False, word), (True, f"drums {word}"))
        if name in known
    }


@dataclass(frozen=True)
class Prompt:
    """What stands in one part that is written.

    Attributes:
        memory: what was learned of its bars without a cell.
        state: before its first cell.
        bars: of each bar its length in ticks and the notes that stand there.
    """

    memory: Memory
    state: State
    bars: Sequence[tuple[int, Sequence[Placed]]]


@dataclass(frozen=True)
class Remembering:
    """The memory of one scene; holds nothing of a candidate.

    Attributes:
        prompts: by place in `scene.parts`; parts without one have no memory.
        strength: 1 as fitted, 0 the network alone; up to 2.
    """

    prompts: Mapping[int, Prompt] = field(default_factory=dict)
    strength: float = 1.0

    def recall(self) -> Recall:
        """The memory of one candidate."""
        return Recall(self.prompts)

    def wish(self, recall: Recall, tracker: Tracker, logits: Array, mask: Mask) -> Array | None:
        """Nats to add to each token (V,); None where nothing is remembered.

        Args:
            recall: the candidate's.
            tracker: where it is.
            logits: (V,) of the network.
            mask: what the grammar allows.
        """
        expects = tracker.expects
        if not recall.speaks or not (expects in _KINDS or expects == st.MORE):
            return None
        allowed = np.frombuffer(mask, np.uint8).nonzero()[0]
        plain = logits[allowed].astype(np.float64)
        plain -= _log_sum(plain)
        if expects == st.MORE:
            mixed = self._behind_a_note(recall, allowed, plain)
        else:
            mixed = self._mixed(recall, _KINDS[expects], allowed, plain)
        found = np.zeros(v.SIZE)
        found[allowed] = mixed - plain
        return found

    def _behind_a_note(self, recall: Recall, allowed: Array, plain: Array) -> Array:
        """Lower pitches come last among the allowed tokens."""
        first = int(allowed.searchsorted(v.PITCH))
        if first in {0, len(allowed)}:
            return self._mixed(recall, LOWER if first == 0 else WHERE, allowed, plain)
        groups = ((WHERE, slice(None, first)), (LOWER, slice(first, None)))
        totals = np.array([_log_sum(plain[group]) for _, group in groups])
        more = self._of(recall, MORE, _BOTH, totals)
        mixed: Array = plain.copy()
        for (kind, group), total, own in zip(groups, more.tolist(), totals.tolist(), strict=True):
            mixed[group] += total - own
            if total > _HARDLY:
                mixed[group] = total + self._mixed(recall, kind, allowed[group], plain[group] - own)
        return mixed

    def _mixed(self, recall: Recall, kind: int, allowed: Array, plain: Array) -> Array:
        """Log chances of tokens that answer one decision; `plain` sum to 1."""
        if kind == WHERE:
            places = allowed - v.POS
            if allowed[0] == v.ENDCELL:
                places[0] = END
        elif kind == LENGTH:
            places = allowed - v.DUR
        else:
            places = allowed - (v.DRUM if recall.drums else v.PITCH)
        return self._of(recall, kind, places, plain)

    def _of(self, recall: Recall, kind: int, places: Array, plain: Array) -> Array:
        found = exponents().get((kind, recall.drums))
        if found is None or len(places) == 1:
            return plain
        said = beside_network(np.exp(plain), recall.experts(kind, places))
        return found.with_memory(said, self.strength)


def remembering_of(scene: Scene, strength: float) -> Steps[Remembering]:
    """What the parts that are written have said.

    Args:
        scene: the question, as the network is told it.
        strength: 0 remembers nothing.
    """
    prompts: dict[int, Prompt] = {}
    if strength and scene.task in TASKS:
        layout = lay_out(scene)
        for part in sorted({cell.part for cell in scene.cells}):
            yield
            prompt = yield from _prompt(scene, layout, part)
            if prompt is not None:
                prompts[part] = prompt
    return Remembering(prompts, strength)


def _prompt(scene: Scene, layout: Layout, part: int) -> Steps[Prompt | None]:
    """Learn the bars without a cell: those behind the first cell too, each run by itself."""
    standing = layout.standing[part]
    bars = [(bar.ticks, standing[place]) for place, bar in enumerate(scene.bars)]
    written = {cell.bar for cell in scene.cells if cell.part == part}
    if sum(len(notes) for n, (_, notes) in enumerate(bars) if n not in written) < FEWEST_NOTES:
        return None
    memory = Memory()
    drums, tonic = scene.parts[part].drums, (scene.key or 0) % 12
    begin = state = State(drums, tonic)
    for place, (ticks, notes) in enumerate(bars):
        if place in written:
            state = State(drums, tonic)  # what follows is another run
            continue
        for kind, answer in bar_decisions(ticks, notes, state):
            memory.learn(kind, state, answer)
        yield
    return Prompt(memory, begin, bars)


def _log_sum(logs: Array) -> float:
    most = float(logs.max())
    return math.log(np.exp(logs - most).sum()) + most
