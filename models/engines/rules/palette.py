# SPDX-License-Identifier: Apache-2.0
"""Palette: which pitches a new part may use: its register, and the scale where it is locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.errors import BadArgument
from models.theory.keys import Key
from models.theory.score import Score


@dataclass(frozen=True, slots=True)
class Palette:
    """Lowest and highest pitch, and the pitch classes that may be used."""

    low: int
    high: int
    pitch_classes: frozenset[int]

    def pitches(self, classes: Iterable[int]) -> list[int]:
        """The pitches in the register whose class is one of `classes` and may be used."""
        wanted = self.pitch_classes.intersection(classes)
        return [pitch for pitch in range(self.low, self.high + 1) if pitch % 12 in wanted]

    def nearest(self, classes: Iterable[int], to: float) -> int | None:
        """The one of them nearest to a pitch, or None."""
        return min(self.pitches(classes), key=lambda p: (abs(p - to), p), default=None)


def palette(score: Score, key: Key, args: Mapping[str, Any], register: tuple[int, int]) -> Palette:
    """The pitches a part may use.

    Args:
        score: what sounds.
        key: its key.
        args: of the command: low_pitch, high_pitch, scale_lock.
        register: lowest and highest pitch where none are given.

    Raises:
        BadArgument: no pitch is left.
    """
    low, high = args.get("low_pitch"), args.get("high_pitch")
    span = register[1] - register[0]
    if low is None:
        low = register[0] if high is None else max(min(register[0], high - span // 2), 0)
    if high is None:
        high = register[1] if low < register[1] - 6 else min(low + span, 127)
    if low > high:
        raise BadArgument(
            f"low_pitch {low} is above high_pitch {high}; swap them.", where="low_pitch"
        )
    classes = allowed_classes(score, key, locked=bool(args.get("scale_lock", True)))
    found = Palette(low, high, classes)
    if not found.pitches(classes):
        raise BadArgument(
            f"No note of the scale lies from low_pitch {low} to high_pitch {high}; "
            "widen the range or switch scale_lock off.",
            where="low_pitch",
        )
    return found


def allowed_classes(score: Score, key: Key, *, locked: bool) -> frozenset[int]:
    """The scale set in the clip; else the key's scale with what the clips themselves play."""
    if not locked:
        return frozenset(range(12))
    if key.given:
        return key.pitch_classes
    return key.with_leading_tone | {sound.pitch % 12 for sound in score.pitched}
