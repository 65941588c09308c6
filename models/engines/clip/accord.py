# SPDX-License-Identifier: Apache-2.0
"""Accord: what the chords of the given parts say of the pitches of a bass or of chords, as nats.

A product of experts (Hinton, Training Products of Experts by Minimizing Contrastive Divergence,
Neural Computation 14, 2002): the network's chances of each pitch are multiplied by a power of the
chances that a second, small model gives. That one knows nothing but the chords: how often real
parts take the root, the third, ... or a foreign note of the chord that the other parts make
there, on strong and on weak beats. Its tables were fitted to the training split by expectation
maximisation, with the same estimate of chords that is used here, so they are no surer than that
estimate is; and where several chords are likely, their chances are mixed. So the aid fades where
the harmony is open. Whether another note comes at all stays the network's choice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np

from models.engines.clip.bands import FAMILIES
from models.engines.clip.hearing import Heard, chords_heard, metre_of
from models.engines.clip.passage import Bar, source_lines
from models.theory.chords import Chord
from models.theory.keys import Key
from models.theory.steps import Steps
from models.tokens import state as st
from models.tokens import vocabulary as v
from models.tokens.encode import lay_out
from models.tokens.grammar import Mask
from models.tokens.scene import Scene
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]

POWER: Mapping[str, float] = MappingProxyType(
    {"bass": 0.3, "chords": 0.5}
)  # of the second model's chances; by validation
_CLASSES = 12
_PITCHES = slice(v.PITCH, v.PITCH + 128)


def level_of(bar: Bar, tick: int) -> int:
    """How strong a place is, by ticks from the bar line: 0 bar lines and half bars, 1 pulses."""
    strength = metre_of(bar).strength(tick / v.TICKS_PER_QUARTER)
    return 0 if strength >= 0.75 else 1 if strength >= 0.5 else 2


def degree_of(pitch_class: int, chord: Chord, key: Key) -> int:
    """What a pitch class is to a chord: 0-3 its root to seventh, 4 in the key, 5 foreign."""
    if pitch_class in chord.tones:
        return chord.tones.index(pitch_class)
    return 4 if pitch_class in key.with_leading_tone else 5


def chances(rates: Sequence[float], chord: Chord, key: Key) -> list[float]:
    """The chance of each pitch class (12,) under a chord.

    Args:
        rates: by degree, how often it is taken; those that the chord lacks fall to the others.
        chord: what sounds.
        key: of the music.
    """
    degrees = [degree_of(pitch_class, chord, key) for pitch_class in range(_CLASSES)]
    weights = [rates[degree] / degrees.count(degree) for degree in degrees]
    total = sum(weights)
    return [weight / total for weight in weights]


@cache
def tables() -> Mapping[str, tuple[tuple[float, ...], ...]]:
    """By kind of part and level, how often each degree of the chord is taken."""
    text = resources.files(__package__).joinpath("accord.json").read_text(encoding="utf-8")
    return {name: tuple(map(tuple, rows)) for name, rows in json.loads(text).items()}


def family_of(role: str) -> str:
    """The kind of part that there are tables for; empty where there are none."""
    family = FAMILIES[role]
    return family if family in POWER else ""


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
        nats = self._nats(family, tracker)[allowed % _CLASSES]
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
            mixed = np.zeros(_CLASSES)
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
