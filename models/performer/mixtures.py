# SPDX-License-Identifier: Apache-2.0
"""Mixtures of normal distributions in numpy: shares of a value, and drawing, between two limits."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from models.performer.columns import Reals

_STEPS = 30  # halvings: to a billionth of the interval
# Abramowitz and Stegun 1964, 26.2.17: the normal distribution to 7.5e-8.
_SERIES = (0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429)
_RATIO = 0.2316419
_EDGE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Mixtures:
    """One mixture a row; all arrays are [rows, components].

    Attributes:
        share: of each component; a row sums to 1.
        centre: mean of each component.
        width: standard deviation of each component.
    """

    share: Reals
    centre: Reals
    width: Reals

    def below(self, values: Reals) -> Reals:
        """For each row the chance of something less than its value."""
        return np.asarray(
            (self.share * normal((values[:, None] - self.centre) / self.width)).sum(1)
        )

    def at(self, shares: Reals, low: Reals, high: Reals) -> Reals:
        """For each row the value between its limits that lies at a share of what is between them.

        Args:
            shares: 0-1, one a row; 0.5 gives the median.
            low: lower limits, one a row.
            high: upper limits.
        """
        bottom, top = self.below(low), self.below(high)
        wanted = bottom + shares * (top - bottom)
        low, high = low.copy(), high.copy()
        for _ in range(_STEPS):
            middle = (low + high) / 2
            short = self.below(middle) < wanted
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.asarray((low + high) / 2)

    def scores(self, values: Reals, low: Reals, high: Reals) -> Reals:
        """For each row its value's share as a place in the normal distribution."""
        bottom, top = self.below(low), self.below(high)
        share = (self.below(values) - bottom) / np.maximum(top - bottom, 1e-9)
        return standard(np.clip(share, _EDGE, 1 - _EDGE))


def normal(values: Reals) -> Reals:
    """The standard normal distribution function."""
    size = np.abs(values)
    ratio = 1 / (1 + _RATIO * size)
    series = np.zeros_like(size)
    for factor in reversed(_SERIES):
        series = (series + factor) * ratio
    tail = np.exp(-0.5 * size**2) / np.sqrt(2 * np.pi) * series
    return np.asarray(np.where(values < 0, tail, 1 - tail), np.float64)


def standard(shares: Reals) -> Reals:
    """The inverse of `normal`."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(share) for share in shares.tolist()])
