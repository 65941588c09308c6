# SPDX-License-Identifier: Apache-2.0
"""Pitch: which slice (a note, a chord, a set of pads) comes next.

Several viewpoints predict it and a mixture weighs them, in the manner of IDyOM (Conklin & Witten
1995; Pearce 2005): slices as they are, scale-step motion of the top voice with the chord's shape,
the place in the bar; a long-term model of the clip and a short-term one of the last bars and of
what has been written; and copies of earlier bars at several lags.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

from models.engines.motif.ppm import Mixture, Ppm
from models.engines.motif.score import HEARTBEAT, Pitches, Score, Slice
from models.engines.motif.space import PitchSpace

ORDER = 5
LAGS = (1, 2, 4, 8)
_COPY_TRUST = 0.9
_UNSEEN_SLICES = 0.02  # probability of a chord never heard, before smoothing
_RECENT_BARS = 4

_PRIORS = {"slice": 1.0, "motion": 1.0, "place": 0.7, "recent": 0.7, "prior": 0.3}


class SliceModel:
    """Predicts slices of one clip; learns while it reads, and while bars are written."""

    def __init__(self, space: PitchSpace, centre: float) -> None:
        self.space = space
        self.centre = centre
        self._models = {name: Ppm() for name in ("slice", "motion", "place", "recent")}
        copies = {f"copy {lag}": 0.5 for lag in LAGS}
        self.mixture = Mixture(
            {**_PRIORS, **copies} if not space.drums else {**_PRIORS, **copies, "motion": 0.01}
        )
        self._priors: dict[int, dict[int, float]] = {}  # by the pitch before
        self.usual_bits = 0.0  # mean surprise of the source's slices once they are known

    def read(self, score: Score) -> Iterator[None]:
        """Learn every slice in order; yields as heartbeat."""
        past: list[Slice] = []
        recent_from = score.slices[-1].bar - _RECENT_BARS if score.slices else 0
        for index, piece in enumerate(score.slices):
            copies = self.copies(score, piece)
            self.mixture.update(self._chances(past, piece, copies))
            self.learn(past, piece, long_term=True, recent=piece.bar > recent_from)
            past = [*past[-ORDER:], piece]
            if index % HEARTBEAT == 0:
                yield
        # The loop goes on: its end leads back to its beginning.
        for piece in score.slices[:2]:
            self.learn(past, piece, long_term=True, recent=False)
            past = [*past[-ORDER:], piece]
        self.usual_bits = self._usual(score.slices[-64:])

    def _usual(self, slices: Sequence[Slice]) -> float:
        """Mean surprise of known slices, copies left aside."""
        bits = [self.surprise(slices[max(0, i - ORDER) : i], p, {}) for i, p in enumerate(slices)]
        return sum(bits) / max(1, len(bits))

    def fork(self, past: Sequence[Slice]) -> SliceModel:
        """The same long-term model with a short-term one of its own, fresh from the last bars."""
        other = SliceModel(self.space, self.centre)
        other.mixture, other._priors = self.mixture, self._priors
        other._models = {**self._models, "recent": Ppm()}
        recent = [p for p in past[-256:] if p.bar > past[-1].bar - _RECENT_BARS]
        for index, piece in enumerate(recent):
            other.learn(recent[max(0, index - ORDER) : index], piece)
        return other

    def learn(
        self, past: Sequence[Slice], piece: Slice, *, long_term: bool = False, recent: bool = True
    ) -> None:
        """Count a slice after its past, in the long-term or the short-term model."""
        if recent:
            self._models["recent"].learn(self._slice_contexts(past)[-4:], piece.pitches)
        if not long_term:
            return
        self._models["slice"].learn(self._slice_contexts(past), piece.pitches)
        self._models["place"].learn(self._place_contexts(past, piece.tick), piece.pitches)
        motion = self._motion(past, piece)
        if motion is not None:
            self._models["motion"].learn(self._motion_contexts(past), motion)

    def chances(
        self, past: Sequence[Slice], tick: int, freedom: float = 0.0
    ) -> dict[Pitches, float]:
        """Weight of each slice that could come at `tick`, copies left aside.

        Args:
            past: the slices before it.
            tick: its place in the bar.
            freedom: from 0 up, how much more weight general motion gets against the clip's own.
        """
        weights = self.mixture.weights
        mixed: dict[Pitches, float] = {}
        contexts = {
            "slice": self._slice_contexts(past),
            "recent": self._slice_contexts(past)[-4:],
            "place": self._place_contexts(past, tick),
        }
        for name, longest_first in contexts.items():
            shares, _ = self._models[name].spread(longest_first)
            for symbol, share in shares.items():
                _add(mixed, symbol, weights[name] * share)
        if past:
            shares, _ = self._models["motion"].spread(self._motion_contexts(past))
            for motion, share in shares.items():
                _add(mixed, self.apply_motion(past[-1].pitches, motion), weights["motion"] * share)
        for pitch, share in self.prior(past).items():
            _add(mixed, (pitch,), (weights["prior"] + freedom) * share)
        return mixed

    def prior(self, past: Sequence[Slice]) -> dict[int, float]:
        """What single lines do in general: small steps, back towards the middle of the range.

        Only for a line of single notes; a kit or a chord has no such prior.
        """
        if self.space.drums or not past or len(past[-1].pitches) != 1:
            return {}
        last = past[-1].pitches[0]
        if last not in self._priors:
            self._priors[last] = self._prior_after(last)
        return self._priors[last]

    def _prior_after(self, last: int) -> dict[int, float]:
        raw = {
            p: math.exp(-abs(p - last) / 3 - ((p - self.centre) / 9) ** 2 / 2)
            * (0.5 if p == last else 1.0)
            * (1.0 if p % 12 in self.space.home else 0.08)
            for p in self.space.allowed
            if abs(p - last) <= 12
        }
        total = sum(raw.values()) or 1.0
        return {pitch: weight / total for pitch, weight in raw.items()}

    def surprise(self, past: Sequence[Slice], piece: Slice, copies: dict[str, Pitches]) -> float:
        """Bits to tell that `piece` comes next."""
        return -math.log2(self.mixture.chance(self._chances(past, piece, copies)))

    def adapt(self, past: Sequence[Slice], piece: Slice, copies: dict[str, Pitches]) -> float:
        """As `surprise`, and then learn the slice; for measuring prediction on line."""
        chance = self.mixture.update(self._chances(past, piece, copies))
        self.learn(past, piece, long_term=True)
        return -math.log2(chance)

    def apply_motion(self, pitches: Pitches, motion: Hashable) -> Pitches:
        """The slice that a motion leads to; empty when it leaves the range."""
        assert isinstance(motion, tuple)
        steps, shape = motion
        lead = self.space.stepped(pitches[-1], steps)
        if lead is None:
            return ()
        voices = [self.space.stepped(lead, -down) for down in shape]
        found = tuple(sorted(voice for voice in voices if voice is not None))
        return found if len(found) == len(shape) else ()

    @staticmethod
    def copies(score: Score, piece: Slice) -> dict[str, Pitches]:
        """What each lag's copy expects at the place of a slice; silent lags are left out."""
        found = {}
        for lag in LAGS:
            earlier = score.bar(piece.bar - lag).get(piece.tick)
            if earlier is not None:
                found[f"copy {lag}"] = earlier.pitches
        return found

    def _chances(
        self, past: Sequence[Slice], piece: Slice, copies: dict[str, Pitches]
    ) -> dict[str, float]:
        """Each predictor's probability of the slice that came."""
        prior = self.prior(past)
        alone = piece.pitches[0] if len(piece.pitches) == 1 else None
        base = prior.get(alone, 0.0) if prior and alone is not None else 0.0
        base = 0.9 * base + 0.1 * self._floor(piece.pitches)
        slices = self._slice_contexts(past)
        models = self._models
        chances = {
            "slice": models["slice"].probability(slices, piece.pitches, base),
            "recent": models["recent"].probability(slices[-4:], piece.pitches, base),
            "place": models["place"].probability(
                self._place_contexts(past, piece.tick), piece.pitches, base
            ),
            "prior": base,
        }
        motion = self._motion(past, piece)
        if motion is not None:
            contexts = self._motion_contexts(past)
            chances["motion"] = models["motion"].probability(contexts, motion, base)
        for name, pitches in copies.items():
            same = pitches == piece.pitches
            chances[name] = _COPY_TRUST * same + (1 - _COPY_TRUST) * chances["slice"]
        return chances

    def _floor(self, pitches: Pitches) -> float:
        """Probability of a slice of which nothing is known."""
        each = max(2, len(self.space.allowed))
        return (1 / each) if len(pitches) == 1 else _UNSEEN_SLICES / float(each) ** len(pitches)

    @staticmethod
    def _slice_contexts(past: Sequence[Slice]) -> list[Hashable]:
        tail = [piece.pitches for piece in past[-ORDER:]]
        return [tuple(tail[len(tail) - order :]) for order in range(len(tail), -1, -1)]

    @staticmethod
    def _place_contexts(past: Sequence[Slice], tick: int) -> list[Hashable]:
        before = past[-1].pitches if past else ()
        return [(tick, before), (tick,)]

    def _motion_contexts(self, past: Sequence[Slice]) -> list[Hashable]:
        recent = past[-ORDER:]
        moves = [self._step(a, b) for a, b in pairwise(recent)]
        shape = self._shape(past[-1]) if past else ()
        return [
            (shape, *moves[len(moves) - order :]) for order in range(min(3, len(moves)), -1, -1)
        ]

    def _motion(self, past: Sequence[Slice], piece: Slice) -> Hashable | None:
        if not past or self.space.drums:
            return None
        return (self._step(past[-1], piece), self._shape(piece))

    def _step(self, before: Slice, after: Slice) -> int:
        first, second = (self.space.index(piece.pitches[-1]) for piece in (before, after))
        return (second or 0) - (first or 0)

    def _shape(self, piece: Slice) -> tuple[int, ...]:
        """Scale steps from the top voice down to each voice."""
        top = self.space.index(piece.pitches[-1]) or 0
        return tuple(top - (self.space.index(pitch) or 0) for pitch in piece.pitches)


def _add(mixed: dict[Pitches, float], symbol: Hashable, share: float) -> None:
    if symbol:
        assert isinstance(symbol, tuple)
        mixed[symbol] = mixed.get(symbol, 0.0) + share
