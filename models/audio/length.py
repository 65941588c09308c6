# SPDX-License-Identifier: Apache-2.0
"""How many samples so many bars are, to the sample: rational arithmetic, rounded once."""

from __future__ import annotations

import math
from fractions import Fraction

from models.metre import Metre


def seconds_of(bars: int, metre: Metre, tempo_bpm: float) -> Fraction:
    """The exact length of `bars` bars.

    A tempo of 92.3 is taken as 923/10, as it was written, not as the nearest binary number.
    """
    beats = Fraction(bars * metre.numerator * 4, metre.denominator)
    return beats * 60 / Fraction(repr(float(tempo_bpm)))


def samples_of(seconds: Fraction, sample_rate_hz: int) -> int:
    """The nearest whole number of samples; a half goes up."""
    return math.floor(seconds * sample_rate_hz + Fraction(1, 2))


def bars_in(seconds: Fraction, metre: Metre, tempo_bpm: float) -> int:
    """How many whole bars fit into a length; one that lacks a hundredth of a bar counts."""
    bar = seconds_of(1, metre, tempo_bpm)
    return math.floor(seconds / bar + Fraction(1, 100))
