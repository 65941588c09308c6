# SPDX-License-Identifier: Apache-2.0
"""Variable-order prediction: PPM with escape method C, interpolated.

Cleary & Witten, "Data compression using adaptive coding and partial string matching" (1984);
method C after Moffat (1990); interpolated smoothing for music after Pearce & Wiggins, "Improved
methods for statistical modelling of monophonic music" (2004).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

_SMALLEST_MASS = 1e-4

Counts = dict[Hashable, int]


class Ppm:
    """Counts of what followed each context; contexts are given longest first."""

    def __init__(self) -> None:
        self._followers: dict[Hashable, Counts] = {}
        self._totals: dict[Hashable, int] = {}

    def learn(self, contexts: Sequence[Hashable], symbol: Hashable) -> None:
        """Count `symbol` after each of the contexts."""
        for context in contexts:
            counts = self._followers.setdefault(context, {})
            counts[symbol] = counts.get(symbol, 0) + 1
            self._totals[context] = self._totals.get(context, 0) + 1

    def spread(self, contexts: Sequence[Hashable]) -> tuple[dict[Hashable, float], float]:
        """Probabilities of the symbols seen, and the mass left for unseen ones."""
        shares: dict[Hashable, float] = {}
        mass = 1.0
        for context in contexts:
            counts = self._followers.get(context)
            if not counts:
                continue
            total = self._totals[context] + len(counts)
            for symbol, count in counts.items():
                shares[symbol] = shares.get(symbol, 0.0) + mass * count / total
            mass *= len(counts) / total
            if mass < _SMALLEST_MASS:
                break
        return shares, mass

    def probability(self, contexts: Sequence[Hashable], symbol: Hashable, base: float) -> float:
        """Probability of one symbol, where an unseen one has `base`."""
        chance, mass = 0.0, 1.0
        for context in contexts:
            counts = self._followers.get(context)
            if not counts:
                continue
            total = self._totals[context] + len(counts)
            chance += mass * counts.get(symbol, 0) / total
            mass *= len(counts) / total
        return chance + mass * base


class Mixture:
    """Weights of several predictors, moved towards those that predict well.

    Fixed share (Herbster & Warmuth 1998) keeps every weight above zero; a predictor that abstains
    keeps its weight (sleeping experts, Freund et al. 1997).
    """

    def __init__(self, priors: dict[str, float], share: float = 0.02) -> None:
        total = sum(priors.values())
        self.weights = {name: weight / total for name, weight in priors.items()}
        self._priors = dict(self.weights)
        self._share = share

    def chance(self, chances: dict[str, float]) -> float:
        """The mixed probability, over those that do not abstain."""
        awake = sum(self.weights[name] for name in chances)
        return sum(self.weights[name] * p for name, p in chances.items()) / awake

    def update(self, chances: dict[str, float]) -> float:
        """Mixed probability of what happened, then move the weights."""
        mixed = self.chance(chances)
        for name, chance in chances.items():
            self.weights[name] *= chance / mixed
        for name, prior in self._priors.items():
            self.weights[name] += self._share * (prior - self.weights[name])
        return mixed
