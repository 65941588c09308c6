# SPDX-License-Identifier: Apache-2.0
"""Accord: what the chords of the given parts say of the pitches of a bass or of chords, as nats.

A product of experts (Hinton, Training Products of Experts by Minimizing Contrastive Divergence,
Neural Computation 14, 2002): the network's chances of each pitch are multiplied by a power of the
chances that a second, small model gives. That one knows nothing but the chords: how often real
parts take the root, the third, ... or a foreign note of the chord that the other parts make
there, on strong and on weak beats (`degrees`). Where several chords are likely, their chances are
mixed, so the aid fades where the harmony is open. Whether another note comes at all stays the
network's choice.

The power is small on purpose. On the validation split real pitches are likeliest with 0.2, and
with 0.3 a written bass stands on roots of the given parts' chords as often as real ones do; more
makes it plainer than they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from models.engines.clip.degrees import CLASSES, chances, family_of, level_of, tables
from models.engines.clip.hearing import Heard, chords_heard
from models.engines.clip.passage import Bar, source_lines
from models.theory.steps import Steps
from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.encode import lay_out
from models.tokens.grammar import Mask
from models.tokens.scene import Scene
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]

POWER: Mapping[str, float] = MappingProxyType(
    {"bass": 0.3, "chords": 0.3}
)  # of the second model's chances; by validation
_PITCHES = slice(v.PITCH, v.PITCH + 128)


class Accord:
    """What the chords say of one scene; holds nothing of a candidate.

    Args:
        heard: the chords of what is given; None says nothing.
        roles: of each part.
        bars: those of the scene.
        powers: by kind of part; None takes those chosen on the validation split.
    """

    def __init__(
        self,
        heard: Heard | None,
        roles: Sequence[str],
        bars: Sequence[Bar],
        powers: Mapping[str, float] = POWER,
    ) -> None:
        self._heard = heard
        self._families = [family_of(role) for role in roles]
        self._bars = bars
        self._powers = powers
        self._known: dict[tuple[str, int, int], Array] = {}

    def wish(self, tracker: Tracker, logits: Array, mask: Mask) -> Array | None:
        """Nats to add to each token (V,); None where no pitch of these parts is chosen.

        Where something else than a pitch may come, the pitches together keep their chance.

        Args:
            tracker: where the candidate is.
            logits: (V,) of the network.
            mask: what the grammar allows.
        """
        family = self._families[tracker.part] if tracker.part >= 0 else ""
        if self._heard is None or not family or tracker.expects not in {st.FIRST, st.MORE}:
            return None
        allowed = np.frombuffer(mask, np.uint8)[_PITCHES].nonzero()[0]
        if not len(allowed):
            return None
        nats = self._nats(family, tracker)[allowed % CLASSES]
        if tracker.expects == st.MORE:
            plain = logits[_PITCHES][allowed].astype(np.float64)
            nats = nats - (np.logaddexp.reduce(plain + nats) - np.logaddexp.reduce(plain))
        found = np.zeros(v.SIZE)
        found[v.PITCH + allowed] = nats
        return found

    def _nats(self, family: str, tracker: Tracker) -> Array:
        """For each pitch class (12,) its log chance to the power."""
        assert self._heard is not None
        span = self._heard.span(tracker.now_ticks)
        level = level_of(self._bars[tracker.bar], max(0, tracker.tick))
        found = self._known.get((family, span, level))
        if found is None:
            rates = tables()[family][level]
            mixed = np.zeros(CLASSES)
            for chord, share in self._heard.shares[span]:
                mixed += share * np.array(chances(rates, chord, self._heard.key))
            found = self._known[family, span, level] = self._powers[family] * np.log(mixed)
        return found


def accord_of(scene: Scene) -> Steps[Accord]:
    """What the parts that are only heard say of those that are written."""
    lines = source_lines(lay_out(scene))
    roles = [part.role for part in scene.parts]
    written = {cell.part for cell in scene.cells}
    given = [line for place, line in enumerate(lines) if place not in written]
    wanted = any(family_of(roles[place]) for place in written)
    heard = (yield from chords_heard(given, scene.key)) if wanted and given else None
    return Accord(heard, roles, lines[0].bars)
