# SPDX-License-Identifier: Apache-2.0
"""Keys: which key a piece is in, and how sure that is.

The method is that of Krumhansl and Schmuckler (Krumhansl, *Cognitive Foundations of Musical
Pitch*, 1990): the weight of each pitch class is correlated with a profile of each key. The
profiles are the mean of the probe-tone ratings of Krumhansl & Kessler (Psychological Review 89,
1982) and of Temperley's revision (Music Perception 17, 1999), both brought to the same scale.
In a clip of a few bars the correlation alone lets one long note outweigh what is foreign to its
key, so the share of notes outside the scale counts against a key on top.

Modes are keys too: Dorian, Phrygian and Mixolydian have the profile of minor or major with the
degrees exchanged that set them apart. They share their notes with a major key, so what begins
and ends the music, and what it begins bars on, says which tonic it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from models.clip import Note, Scale
from models.theory.score import Score, Sound

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_KK_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_KK_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_T_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_T_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)
_MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
_MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)
MODES = {
    # name: steps of the scale, whether it is minor, the degree that tells it from minor or major
    # and the one that it replaces
    "dorian": ((0, 2, 3, 5, 7, 9, 10), True, (9, 8)),
    "phrygian": ((0, 1, 3, 5, 7, 8, 10), True, (1, 2)),
    "mixolydian": ((0, 2, 4, 5, 7, 9, 10), False, (10, 11)),
}
_SHARPNESS = 14.0  # how fast the likelihood of a key grows with its correlation
_FINAL_BONUS = 0.07  # correlation that ending on the tonic is worth
_RIFF_BONUS = 0.2  # correlation that beginning every bar on the tonic is worth
_RIFF_SHARE = 0.5  # share of the bars that may begin like the first without meaning it
_MODE_COST = 0.16  # modes are rarer than major and minor
_NATURAL_COST = 0.1  # and so is minor that never raises its seventh
_HEARD = 0.01  # share of the music that a degree needs to count as used
_FOREIGN_COST = 4.0  # correlation that music wholly outside the scale loses
_LONGEST_BEATS = 4.0  # a longer note weighs no more: pedals would decide the key


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its tonic, its scale and how sure it is.

    Attributes:
        tonic: pitch class.
        minor: whether its third is minor.
        pitch_classes: of its scale.
        confidence: 0-1.
        given: set by the user rather than estimated.
        mode: "dorian", "phrygian" or "mixolydian"; empty for major and minor.
        raises: in minor, whether harmony may raise the seventh degree to a leading tone.
    """

    tonic: int
    minor: bool
    pitch_classes: frozenset[int]
    confidence: float = 1.0
    given: bool = False
    mode: str = ""
    raises: bool = True

    @property
    def place(self) -> int:
        """Its number among the keys: 0-11 major by tonic, 12-23 minor."""
        return self.tonic + 12 * self.minor

    @property
    def keeps_scale(self) -> bool:
        """Whether harmony stays within the scale: it was given, is a mode or natural minor."""
        return self.given or bool(self.mode) or (self.minor and not self.raises)

    @property
    def with_leading_tone(self) -> frozenset[int]:
        """The scale, with the raised seventh too in a minor that raises it."""
        if self.keeps_scale or not self.minor:
            return self.pitch_classes
        return self.pitch_classes | {(self.tonic + 11) % 12}

    def __str__(self) -> str:
        return f"{NAMES[self.tonic]} {self.mode or ('minor' if self.minor else 'major')}"


def key_of(tonic: int, *, minor: bool, confidence: float = 1.0) -> Key:
    """The major or natural minor key on a tonic."""
    steps = _MINOR_SCALE if minor else _MAJOR_SCALE
    return Key(tonic, minor, frozenset((tonic + step) % 12 for step in steps), confidence)


def key_of_mode(tonic: int, mode: str, confidence: float = 1.0) -> Key:
    """The mode (one of `MODES`) on a tonic."""
    steps, minor, _ = MODES[mode]
    classes = frozenset((tonic + step) % 12 for step in steps)
    return Key(tonic, minor, classes, confidence, mode=mode)


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
    """The likeliest key or mode; with no sound at all C major with confidence 0."""
    weights = weigh(sounds)
    if not any(weights):
        return key_of(0, minor=False, confidence=0.0)
    cues = tonic_cues(sounds)
    fits = []
    for tonic in range(12):
        turned = [weights[(tonic + step) % 12] for step in range(12)]
        for mode, (scale, profile, cost) in _CANDIDATES.items():
            if mode in MODES and turned[MODES[mode][2][0]] <= _HEARD * sum(turned):
                continue  # nothing tells the mode from major or minor
            fit = _correlation(turned, profile) - _FOREIGN_COST * _foreign(turned, scale)
            fits.append((fit + cues[tonic] - cost, -tonic, mode))
    top, tonic, mode = max(fits)
    total = sum(math.exp(_SHARPNESS * (fit - top)) for fit, _, _ in fits)
    return _named(-tonic, mode, weights, 1 / total)


def tonic_cues(sounds: Sequence[Sound]) -> list[float]:
    """For each pitch class what speaks for it as the tonic beside how much it sounds.

    That is the lowest pitch at the end, and the first one if, as in a riff, bars go back to it.
    """
    cues = [0.0] * 12
    final = _final_pitch_class(sounds)
    if final is not None:
        cues[final] += _FINAL_BONUS
    bars: dict[float, int] = {}
    for sound in sounds:
        if sound.strength >= 1:
            place = round(sound.start_beats, 1)
            bars[place] = min(sound.pitch, bars.get(place, 127))
    if bars and min(bars) < sounds[0].start_beats + 0.1:
        first = bars[min(bars)] % 12
        share = sum(pitch % 12 == first for pitch in bars.values()) / len(bars)
        cues[first] += _RIFF_BONUS * max(share - _RIFF_SHARE, 0) / (1 - _RIFF_SHARE)
    return cues


def _named(tonic: int, mode: str, weights: Sequence[float], confidence: float) -> Key:
    """The key, and in minor whether the music takes part in raising its seventh."""
    if mode in MODES:
        return key_of_mode(tonic, mode, confidence)
    found = key_of(tonic, minor="minor" in mode, confidence=confidence)
    return replace(found, raises=_raises(tonic, weights)) if found.minor else found


def _raises(tonic: int, weights: Sequence[float]) -> bool:
    """Whether a minor is functional: it has the raised seventh, or steps but no seventh at all."""
    total = sum(weights)
    heard = {step for step in range(12) if weights[(tonic + step) % 12] > _HEARD * total}
    return 11 in heard or (10 not in heard and {2, 8} <= heard)


def rank_keys(weights: Sequence[float], final: int | None = None) -> list[Key]:
    """The 24 major and minor keys, the likeliest first, with confidences that sum to 1.

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
            scale, profile, _ = _CANDIDATES["minor" if minor else "major"]
            fit = _correlation(turned, profile) - _FOREIGN_COST * _foreign(turned, scale)
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
        length = min(sound.end_beats - sound.start_beats, _LONGEST_BEATS)
        weights[sound.pitch % 12] += length**0.7 * (0.6 + 0.6 * sound.strength)
    return weights


def weigh_notes(notes: Iterable[Note]) -> list[float]:
    """For each pitch class how many beats it sounds; pieces of the corpus are labelled by that."""
    weights = [0.0] * 12
    for note in notes:
        weights[note.pitch % 12] += min(note.duration_beats, _LONGEST_BEATS)
    return weights


def _final_pitch_class(sounds: Sequence[Sound]) -> int | None:
    """The lowest pitch class among what sounds last."""
    if not sounds:
        return None
    end = max(sound.end_beats for sound in sounds)
    last = [sound for sound in sounds if sound.end_beats > end - 0.25]
    return min(sound.pitch for sound in last) % 12


def _foreign(weights: Sequence[float], scale: Sequence[int]) -> float:
    """The share of the weight outside a scale on pitch class 0."""
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


def _exchanged(profile: Sequence[float], degrees: tuple[int, int]) -> tuple[float, ...]:
    row = list(profile)
    left, right = degrees
    row[left], row[right] = row[right], row[left]
    return tuple(row)


_MAJOR, _MINOR = _blend(_KK_MAJOR, _T_MAJOR), _blend(_KK_MINOR, _T_MINOR)
_NATURAL = _blend(_KK_MINOR, _exchanged(_T_MINOR, (10, 11)))  # modes have no leading tone
_CANDIDATES = {  # scale, profile, cost
    "major": (_MAJOR_SCALE, _MAJOR, 0.0),
    "minor": ((*_MINOR_SCALE, 11), _MINOR, 0.0),  # minor has both sevenths
    "natural minor": (_MINOR_SCALE, _NATURAL, _NATURAL_COST),
    **{
        mode: (scale, _exchanged(_NATURAL if minor else _MAJOR, degrees), _MODE_COST)
        for mode, (scale, minor, degrees) in MODES.items()
    },
}
