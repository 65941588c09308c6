# SPDX-License-Identifier: Apache-2.0
"""Chords: the vocabulary of triads and sevenths, and how chords belong and move in a key.

The weights are a coarse form of the tables of root motion in Piston's *Harmony* and of the
function theory that both Kostka & Payne's *Tonal Harmony* and Tymoczko (*A Geometry of Music*,
2011, ch. 7) describe: the dominant leads to the tonic, the subdominant to the dominant, and a
chord may be led to by its own dominant.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.theory.keys import NAMES, Key

QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
}

_MAJOR_PRIOR = {
    (0, ""): 0.0, (7, ""): -0.1, (5, ""): -0.2, (2, "m"): -0.4, (9, "m"): -0.45,
    (4, "m"): -0.9, (11, "dim"): -1.0, (7, "7"): -0.35, (2, "m7"): -0.75, (9, "m7"): -0.95,
    (5, "maj7"): -0.95, (0, "maj7"): -0.95, (4, "m7"): -1.3, (11, "m7b5"): -1.4,
    (2, ""): -1.4, (2, "7"): -1.4, (4, ""): -1.5, (4, "7"): -1.5, (9, ""): -1.5, (9, "7"): -1.5,
    (0, "7"): -1.5, (11, "7"): -1.9, (10, ""): -1.5, (5, "m"): -1.7, (8, ""): -1.9, (3, ""): -1.9,
    (7, "m"): -1.9, (0, "m"): -2.0,
}  # fmt: skip
_MINOR_PRIOR = {
    (0, "m"): 0.0, (7, ""): -0.15, (5, "m"): -0.25, (8, ""): -0.5, (3, ""): -0.5, (10, ""): -0.6,
    (7, "7"): -0.4, (2, "dim"): -0.9, (11, "dim"): -0.95, (2, "m7b5"): -0.8, (11, "dim7"): -1.1,
    (0, "m7"): -0.95, (5, "m7"): -0.95, (8, "maj7"): -0.95, (3, "maj7"): -1.0, (10, "7"): -1.0,
    (7, "m"): -1.0, (7, "m7"): -1.3, (5, ""): -1.4, (0, ""): -1.6, (0, "7"): -1.6, (2, "m"): -1.5,
    (1, ""): -1.8, (2, "7"): -1.8, (2, ""): -1.9, (5, "7"): -1.8, (3, "7"): -1.8, (3, "aug"): -1.9,
}  # fmt: skip
_MODAL_PRIOR = {  # what a mode's own chords are rated where that is higher
    "dorian": {(5, ""): -0.25, (10, ""): -0.4, (7, "m"): -0.55, (2, "m"): -0.6},
    "phrygian": {(1, ""): -0.25, (10, "m"): -0.4, (5, "m"): -0.45, (1, "maj7"): -0.9},
    "mixolydian": {(10, ""): -0.25, (7, "m"): -0.5, (0, "7"): -0.6},
    "": {(10, ""): -0.4, (7, "m"): -0.6},  # natural minor
}
_FOREIGN = -3.2
_OUTSIDE = 0.8  # less for a chord outside a scale that the music keeps to
_IN_SCALE = -0.9  # a chord of the scale's own notes that the tables above do not rate higher

# From root to root, in semitones above the tonic.
_MAJOR_MOVES = {
    0: {5: 0.25, 7: 0.25, 2: 0.15, 9: 0.15, 4: -0.1, 11: 0.0},
    2: {7: 0.5, 11: 0.2, 0: -0.35, 5: -0.1, 9: -0.2, 4: -0.3},
    4: {9: 0.3, 5: 0.15, 2: -0.1, 0: -0.3, 7: -0.3},
    5: {7: 0.35, 0: 0.2, 2: 0.15, 9: -0.2, 11: 0.1, 4: -0.4},
    7: {0: 0.6, 9: 0.2, 5: -0.5, 2: -0.5, 4: -0.2, 11: -0.1},
    9: {2: 0.3, 5: 0.25, 7: 0.1, 4: -0.1, 0: -0.2},
    11: {0: 0.6, 4: 0.1, 9: -0.1, 7: 0.0},
}
_MINOR_MOVES = {
    0: {5: 0.25, 7: 0.25, 8: 0.15, 3: 0.1, 10: 0.1, 2: 0.1, 11: 0.05},
    2: {7: 0.5, 11: 0.2, 0: -0.3, 5: -0.1},
    3: {8: 0.2, 5: 0.1, 10: 0.1, 0: -0.1, 7: 0.0, 2: 0.0},
    5: {7: 0.35, 0: 0.2, 10: 0.15, 2: 0.1, 3: -0.1},
    7: {0: 0.6, 8: 0.2, 5: -0.5, 3: -0.2, 10: -0.3},
    8: {2: 0.2, 5: 0.2, 7: 0.2, 3: 0.1, 10: 0.15, 0: 0.0},
    10: {3: 0.35, 0: 0.05, 8: 0.0, 5: -0.2},
    11: {0: 0.6, 7: 0.0},
}
_MODAL_CLOSES = {10: 0.35, 1: 0.4, 7: 0.3, 5: 0.25}  # to the tonic, from a chord of the scale
_OTHER_MOVE = -0.3


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord: root pitch class and quality; `tones` are its pitch classes, root first."""

    root: int
    quality: str
    tones: tuple[int, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        tones = tuple((self.root + step) % 12 for step in QUALITIES[self.quality])
        object.__setattr__(self, "tones", tones)

    @property
    def third(self) -> int:
        """Pitch class of the third."""
        return self.tones[1]

    @property
    def seventh(self) -> int | None:
        """Pitch class of the seventh, if it has one."""
        return self.tones[3] if len(self.tones) > 3 else None

    def __str__(self) -> str:
        return NAMES[self.root] + self.quality


VOCABULARY = tuple(Chord(root, quality) for root in range(12) for quality in QUALITIES)


def prior(key: Key, chord: Chord) -> float:
    """How much the chord belongs to the key: 0 for the tonic, less for others."""
    table = _MINOR_PRIOR if key.minor else _MAJOR_PRIOR
    rated = table.get(((chord.root - key.tonic) % 12, chord.quality), _FOREIGN)
    if key.pitch_classes.issuperset(chord.tones) and chord.quality != "aug":
        if key.keeps_scale and (key.minor or key.mode):
            own = _MODAL_PRIOR[key.mode].get(((chord.root - key.tonic) % 12, chord.quality), rated)
            rated = max(rated, own)
        return max(rated, _IN_SCALE - 0.3 * (len(chord.tones) > 3))
    return rated - _OUTSIDE if key.keeps_scale else rated


def move(key: Key, before: Chord, after: Chord) -> float:
    """How well one chord follows another in the key; 0 is neutral."""
    if before.root == after.root:
        return 0.1 if len(after.tones) >= len(before.tones) else -0.3
    leads = secondary_target(key, before)
    if leads is not None:
        return 0.6 if after.root == leads else -0.7
    if key.keeps_scale and after.root == key.tonic and key.pitch_classes.issuperset(before.tones):
        closes = _MODAL_CLOSES.get((before.root - key.tonic) % 12)
        if closes is not None and (key.tonic + 11) % 12 not in before.tones:
            return closes
    table = _MINOR_MOVES if key.minor else _MAJOR_MOVES
    row = table.get((before.root - key.tonic) % 12, {})
    fallback = 0.1 if (before.root - after.root) % 12 == 7 else _OTHER_MOVE
    value = row.get((after.root - key.tonic) % 12, fallback)
    modal_dominant = key.minor and before.quality.startswith("m") and value > 0.5
    return value - 0.35 if modal_dominant else value


def secondary_target(key: Key, chord: Chord) -> int | None:
    """The root that a secondary dominant leads to, or None for any other chord."""
    if chord.quality not in {"", "7"} or key.pitch_classes.issuperset(chord.tones):
        return None
    if (chord.root - key.tonic) % 12 == 7:
        return None  # the dominant of the key itself
    target = (chord.root + 5) % 12
    third_is_new = chord.third not in key.pitch_classes or chord.quality == "7"
    return target if third_is_new and target in key.pitch_classes else None
