# SPDX-License-Identifier: Apache-2.0
"""Keys: which key a piece is in, and how sure that is.

The method is that of Krumhansl and Schmuckler (Krumhansl, *Cognitive Foundations of Musical
Pitch*, 1990): the weight of each pitch class is correlated with a profile of each key. The
profiles are the mean of the probe-tone ratings of Krumhansl & Kessler (Psychological Review 89,
1982) and of Temperley's revision (Music Perception 17, 1999), both brought to the same scale.
In a clip of a few bars the correlation alone lets one long note outweigh what is foreign to its
key, so the share of notes outside the scale counts against a key on top.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.clip import Scale
from models.theory.score import Score, Sound

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_KK_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_KK_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_T_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_T_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)
_MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
_MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)
_SHARPNESS = 14.0  # how fast the likelihood of a key grows with its correlation
_FINAL_BONUS = 0.07  # correlation that ending on the tonic is worth
_FOREIGN_COST = 4.0  # correlation that music wholly outside the scale loses


@dataclass(frozen=True, slots=True)
class Key:
    """A key: tonic pitch class, mode, its scale's pitch classes and how sure it is (0-1)."""

    tonic: int
    minor: bool
    pitch_classes: frozenset[int]
    confidence: float = 1.0
    given: bool = False

    @property
    def with_leading_tone(self) -> frozenset[int]:
        """The scale, in minor with the raised seventh too unless the scale was given."""
        if self.given or not self.minor:
            return self.pitch_classes
        return self.pitch_classes | {(self.tonic + 11) % 12}

    def __str__(self) -> str:
        return f"{NAMES[self.tonic]} {'minor' if self.minor else 'major'}"


def key_of(tonic: int, *, minor: bool, confidence: float = 1.0) -> Key:
    """The major or natural minor key on a tonic."""
    steps = _MINOR_SCALE if minor else _MAJOR_SCALE
    return Key(tonic, minor, frozenset((tonic + step) % 12 for step in steps), confidence)


def key_of_scale(scale: Scale) -> Key:
    """The key a scale set in the DAW stands for; it is minor when it has the minor third only."""
    minor = 3 in scale.intervals and 4 not in scale.intervals
    return Key(scale.root, minor, scale.pitch_classes, given=True)


def score_key(score: Score) -> Key:
    """The key of everything that sounds; a scale set in a clip decides alone."""
    for clip in score.clips:
        if clip.scale is not None and clip.kind == "melodic":
            return key_of_scale(clip.scale)
    for clip in score.clips:
        if clip.scale is not None:
            return key_of_scale(clip.scale)
    return estimate_key(score.pitched)


def estimate_key(sounds: Sequence[Sound]) -> Key:
    """The likeliest of the 24 keys; with no sound at all C major with confidence 0."""
    ranked = rank_keys(weigh(sounds), _final_pitch_class(sounds))
    return ranked[0]


def rank_keys(weights: Sequence[float], final: int | None = None) -> list[Key]:
    """All 24 keys, the likeliest first, with confidences that sum to 1.

    Args:
        weights: for each pitch class how much it sounds.
        final: pitch class that the music ends on, lowest voice.
    """
    if not any(weights):
        return [key_of(0, minor=False, confidence=0.0)]
    fits = []
    for tonic in range(12):
        for minor in (False, True):
            bonus = _FINAL_BONUS if final == tonic else 0.0
            turned = [weights[(tonic + step) % 12] for step in range(12)]
            fit = _correlation(turned, _PROFILES[minor]) - _FOREIGN_COST * _foreign(turned, minor)
            fits.append((fit + bonus, tonic, minor))
    total = sum(math.exp(_SHARPNESS * fit) for fit, _, _ in fits)
    fits.sort(key=lambda item: (-item[0], item[1], item[2]))
    return [
        key_of(tonic, minor=minor, confidence=math.exp(_SHARPNESS * fit) / total)
        for fit, tonic, minor in fits
    ]


def weigh(sounds: Iterable[Sound]) -> list[float]:
    """For each pitch class how long it sounds, more where it begins on a strong beat."""
    weights = [0.0] * 12
    for sound in sounds:
        length = min(sound.end_beats - sound.start_beats, 4.0)
        weights[sound.pitch % 12] += length**0.7 * (0.6 + 0.6 * sound.strength)
    return weights


def _final_pitch_class(sounds: Sequence[Sound]) -> int | None:
    """The lowest pitch class among what sounds last."""
    if not sounds:
        return None
    end = max(sound.end_beats for sound in sounds)
    last = [sound for sound in sounds if sound.end_beats > end - 0.25]
    return min(sound.pitch for sound in last) % 12


def _foreign(weights: Sequence[float], minor: bool) -> float:
    """The share of the weight outside the scale on pitch class 0; minor has both sevenths."""
    scale = (*_MINOR_SCALE, 11) if minor else _MAJOR_SCALE
    return sum(weight for step, weight in enumerate(weights) if step not in scale) / sum(weights)


def _correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Pearson's correlation of two rows of twelve; 0 where one is constant."""
    mean_left, mean_right = sum(left) / 12, sum(right) / 12
    a = [x - mean_left for x in left]
    b = [x - mean_right for x in right]
    norm = math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / norm if norm > 1e-12 else 0.0


def _blend(first: Sequence[float], second: Sequence[float]) -> tuple[float, ...]:
    """The mean of two profiles, each brought to mean 0 and norm 1."""
    rows = []
    for row in (first, second):
        mean = sum(row) / 12
        norm = math.sqrt(sum((x - mean) ** 2 for x in row))
        rows.append([(x - mean) / norm for x in row])
    return tuple((x + y) / 2 for x, y in zip(*rows, strict=True))


_PROFILES = {False: _blend(_KK_MAJOR, _T_MAJOR), True: _blend(_KK_MINOR, _T_MINOR)}
