# SPDX-License-Identifier: Apache-2.0
"""Concord: what the chords under given voices say of the pitches of those written to them, as nats.

A tune leaves open which chord is meant. So the likely chords of each place are taken with their
shares (`hearing`), and each voice that has been written there sharpens them: a bass on G makes
those with a G likelier by Bayes' rule. The chance of a pitch is then mixed over the chords, and a
power of it is multiplied with the network's: a product of experts (Hinton, Training Products of
Experts by Minimizing Contrastive Divergence, Neural Computation 14, 2002). Where the harmony is
open it says little, and the network's line decides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from models.engines.clip.choir import Choir, Sight
from models.engines.clip.degrees import chances, level_of
from models.engines.clip.hearing import Heard, chords_heard
from models.engines.clip.passage import Bar, source_lines
from models.theory.chords import Chord
from models.theory.steps import Steps
from models.tokens.encode import lay_out
from models.tokens.scene import Scene
from models.tokens.tracker import Tracker

Array = np.ndarray[Any, Any]

POWER = 0.5  # of the chords' chances; chosen on the validation split
# Share of a voice's notes, soprano to bass, that are the root, third, fifth or seventh of the
# chord, in the key, or foreign to both: on half bars, on other beats, and between beats. Counted
# in 80 chorales and hymns of the training split with the chords read from all four voices.
DEGREES = (
    (
        (0.336, 0.367, 0.241, 0.022, 0.031, 0.002),
        (0.325, 0.351, 0.244, 0.026, 0.048, 0.005),
        (0.14, 0.127, 0.079, 0.101, 0.531, 0.022),
    ),
    (
        (0.366, 0.289, 0.302, 0.017, 0.016, 0.009),
        (0.34, 0.266, 0.321, 0.022, 0.044, 0.007),
        (0.197, 0.125, 0.092, 0.114, 0.407, 0.066),
    ),
    (
        (0.299, 0.316, 0.322, 0.032, 0.027, 0.004),
        (0.309, 0.32, 0.31, 0.022, 0.032, 0.006),
        (0.178, 0.122, 0.124, 0.172, 0.366, 0.038),
    ),
    (
        (0.685, 0.232, 0.043, 0.013, 0.022, 0.005),
        (0.599, 0.284, 0.057, 0.017, 0.029, 0.014),
        (0.24, 0.11, 0.065, 0.167, 0.389, 0.029),
    ),
)
_THIRD = 1
_HOLLOW = 2.0  # how much likelier the third is where no voice has it
_CLASSES = 12

# Span of the chords, level, part, and what the other parts sound: (part, pitch class).
_Turn = tuple[int, int, int, tuple[tuple[int, int], ...]]


class Concord:
    """What the chords say of one scene's voices; holds nothing of a candidate.

    Args:
        heard: the chords of what is given; None says nothing.
        choir: the voices.
        bars: those of the scene.
        written: the parts that are written.
    """

    def __init__(
        self, heard: Heard | None, choir: Choir, bars: Sequence[Bar], written: frozenset[int]
    ) -> None:
        self._heard = heard
        self._choir = choir
        self._bars = bars
        self._written = written
        self._chances: dict[tuple[int, int, int], Array] = {}
        self._levels: dict[tuple[int, int], int] = {}
        self._known: dict[_Turn, Array] = {}

    def wish(self, tracker: Tracker, others: Sequence[Sight]) -> Array | None:
        """Nats for each pitch (128,) of the voice being written; None where nothing is given.

        Args:
            tracker: where the candidate is.
            others: the other voices there.
        """
        if self._heard is None:
            return None
        span = self._heard.span(tracker.now_ticks)
        level = self._level(tracker.bar, tracker.tick)
        sounding = ((other.part, other.now) for other in others if other.now is not None)
        classes = tuple((part, pitch % _CLASSES) for part, pitch in sounding)
        key = (span, level, tracker.part, classes)
        found = self._known.get(key)
        if found is None:
            mixed = self._mixed(self._heard, key)
            found = self._known[key] = POWER * np.log(mixed)[np.arange(128) % _CLASSES]
        return found

    def _level(self, bar: int, tick: int) -> int:
        if (bar, tick) not in self._levels:
            self._levels[bar, tick] = level_of(self._bars[bar], tick)
        return self._levels[bar, tick]

    def _mixed(self, heard: Heard, turn: _Turn) -> Array:
        """The chance of each pitch class (12,)."""
        span, level, part, sounding = turn
        shares = np.array([share for _, share in heard.shares[span]])
        for other, pitch_class in sounding:
            if other in self._written:
                rows = self._of(heard, span, self._choir.place(other), level)
                shares = shares * rows[:, pitch_class]
        own = self._of(heard, span, self._choir.place(part), level)
        own = _fuller(own, heard.shares[span], {pitch_class for _, pitch_class in sounding})
        mixed: Array = shares @ own / (shares @ own).sum()
        return mixed

    def _of(self, heard: Heard, span: int, place: int, level: int) -> Array:
        """The chance of each class under each chord (chords, 12)."""
        found = self._chances.get((span, place, level))
        if found is None:
            rates = DEGREES[place][level]
            rows = [chances(rates, chord, heard.key) for chord, _ in heard.shares[span]]
            found = self._chances[span, place, level] = np.array(rows)
        return found


def _fuller(rows: Array, shares: Sequence[tuple[Chord, float]], heard: Collection[int]) -> Array:
    """The third made likelier in chords where nobody has it yet."""
    found: Array = rows.copy()
    for row, (chord, _) in zip(found, shares, strict=True):
        if chord.tones[_THIRD] not in heard:
            row[chord.tones[_THIRD]] *= _HOLLOW
    return found


def concord_of(scene: Scene, choir: Choir) -> Steps[Concord]:
    """What the parts that are only heard say of the voices that are written."""
    lines = source_lines(lay_out(scene))
    written = frozenset(cell.part for cell in scene.cells)
    given = [line for place, line in enumerate(lines) if place not in written]
    heard = (yield from chords_heard(given, scene.key)) if choir.written and given else None
    return Concord(heard, choir, lines[0].bars, written)
