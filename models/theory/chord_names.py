# SPDX-License-Identifier: Apache-2.0
"""Chords as people write them: "Cm Ab Eb Bb", "Fmaj7 | G7sus4 | Am7/G"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from models.errors import BadArgument

MOST_CHORDS = 256
_NATURAL = MappingProxyType({"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11})
_ACCIDENTAL = MappingProxyType({"#": 1, "♯": 1, "b": -1, "♭": -1})
_TRIADS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "": (0, 4, 7),
        "m": (0, 3, 7),
        "dim": (0, 3, 6),
        "aug": (0, 4, 8),
        "5": (0, 7),
        "sus2": (0, 2, 7),
        "sus4": (0, 5, 7),
    }
)
_QUALITIES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        **_TRIADS,
        "6": (0, 4, 7, 9),
        "m6": (0, 3, 7, 9),
        "69": (0, 4, 7, 9, 14),
        "7": (0, 4, 7, 10),
        "maj7": (0, 4, 7, 11),
        "m7": (0, 3, 7, 10),
        "mmaj7": (0, 3, 7, 11),
        "m7b5": (0, 3, 6, 10),
        "dim7": (0, 3, 6, 9),
        "aug7": (0, 4, 8, 10),
        "7b5": (0, 4, 6, 10),
        "7#5": (0, 4, 8, 10),
        "7b9": (0, 4, 7, 10, 13),
        "7#9": (0, 4, 7, 10, 15),
        "7sus2": (0, 2, 7, 10),
        "7sus4": (0, 5, 7, 10),
        "9sus4": (0, 5, 7, 10, 14),
        "add9": (0, 4, 7, 14),
        "madd9": (0, 3, 7, 14),
        "9": (0, 4, 7, 10, 14),
        "maj9": (0, 4, 7, 11, 14),
        "m9": (0, 3, 7, 10, 14),
        "11": (0, 7, 10, 14, 17),
        "m11": (0, 3, 7, 10, 14, 17),
        "13": (0, 4, 10, 14, 21),
        "maj13": (0, 4, 11, 14, 21),
        "m13": (0, 3, 10, 14, 21),
    }
)
# Other spellings and ours, in this order: M is told from m before anything else.
_SPELLINGS = (
    (r"[()]", ""),
    (r"[Mm]ajor|[Mm]aj|[Mm]a(?!j)|M|Δ|△|\^", "maj"),
    (r"minor|min|mi(?!n)", "m"),
    (r"-(?=5|9)|♭", "b"),
    (r"-", "m"),
    (r"♯", "#"),
    (r"ø7?", "m7b5"),
    (r"diminished|°|º|^o(?=7|$)", "dim"),
    (r"augmented|\+", "aug"),
    (r"sus(?![24])", "sus4"),
    (r"^maj$", ""),
    (r"^maj(?=6)", ""),
)
_WORD = re.compile(r"([A-G])([#b♯♭]?)([^/]*)(?:/([A-Ga-g])([#b♯♭]?))?")


@dataclass(frozen=True, slots=True)
class NamedChord:
    """A chord as it is written.

    Attributes:
        root: pitch class 0-11.
        intervals: semitones above the root, ascending; the first is 0.
        bass: pitch class of the lowest note.
    """

    root: int
    intervals: tuple[int, ...]
    bass: int

    @property
    def pitch_classes(self) -> frozenset[int]:
        """Of all its notes."""
        return frozenset({(self.root + step) % 12 for step in self.intervals} | {self.bass})


def chords_of(text: str) -> tuple[NamedChord, ...]:
    """The chords of a text, in order; none for empty text.

    Chords stand apart by spaces, commas or bar lines.

    Raises:
        BadArgument: a word names no chord, or there are too many.
    """
    words = [word for word in re.split(r"[\s,|]+", text.strip()) if word]
    if len(words) > MOST_CHORDS:
        raise BadArgument(
            f"chords names {len(words)} chords; give at most {MOST_CHORDS}.", where="chords"
        )
    return tuple(_chord(word) for word in words)


def _chord(word: str) -> NamedChord:
    found = _WORD.fullmatch(word)
    intervals = None if found is None else _QUALITIES.get(_quality(found[3]))
    if found is None or intervals is None:
        raise BadArgument(
            f"{word[:20]!r} is not a chord; write chords such as C, Am, F#m7, Bbmaj7 or G7/B.",
            where="chords",
        )
    root = _pitch_class(found[1], found[2])
    bass = _pitch_class(found[4].upper(), found[5]) if found[4] else root
    return NamedChord(root, intervals, bass)


def _quality(text: str) -> str:
    """The spelling that the table knows."""
    plain = text
    for pattern, spelling in _SPELLINGS:
        plain = re.sub(pattern, spelling, plain)
    return plain.lower()


def _pitch_class(letter: str, accidental: str) -> int:
    return (_NATURAL[letter] + _ACCIDENTAL.get(accidental, 0)) % 12
