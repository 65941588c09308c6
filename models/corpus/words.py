# SPDX-License-Identifier: Apache-2.0
"""What a track's name, its General MIDI program and a set's index say of its role."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

# Tried in this order, whole words only: "bass drum" is drums, "bass guitar" is bass, "voice bass"
# is a voice. Names in the files of the sets come in English, German, French, Italian, Swedish.
_WORDS = (
    (
        "drums",
        r"drums?|drum ?kit|kit|kick|snare|hi-?hats?|cymbals?|toms?|claps?|slagverk|schlagzeug",
    ),
    ("percussion", r"perc|percussion|shaker|tambourine|congas?|bongos?|triangle|cowbell|maracas"),
    ("soprano", r"soprano|sopran|sop|cantus|treble|discantus|s"),
    ("alto", r"alto|alt|altus|contralto|a"),
    ("tenor", r"tenor|tenore|ten|t"),
    ("arp", r"arp|arps|arpeggio|arpegio|arpeggiator|sequence|seq|scale"),
    ("bass", r"bass|base|bassline|baixo|basse|basso|bassi|contrabass(?:es)?|kontrabass|b|sub"),
    ("vocal", r"voice|vocals?|vox|singstimme|gesang|chant|canto|stimme|voce|voix|singer"),
    ("pad", r"pads?|chord-sus|sweep|choir|chorus|aahs|oohs|atmosphere|halo|warm"),
    ("lead", r"lead|leads|melody|mel|melodi|melodie|solo|theme|tune"),
    ("guitar", r"guitars?|gtr|git|gitarre|gitarr|guitarra|plectrum|banjo|ukulele"),
    (
        "strings",
        r"strings?|str|violin[eio]?s?|viol|violas?|violoncell[oi]s?|v?cell[oi]s?|pizzicato",
    ),
    ("brass", r"brass|trumpets?|tromba|trombones?|horns?|horn in \w+|corn[oi]|cornets?|tubas?|sax"),
    ("chords", r"chords?|comp|comping|accomp|accompaniment|harmony|rhythm|rythm"),
)
_PATTERNS = tuple((role, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")) for role, words in _WORDS)
_LETTERS = re.compile(r"(?<![a-z])[satb](?![a-z])")
_VOICE_ROLES = frozenset({"soprano", "alto", "tenor"})
# Instruments that are called after a voice: an alto saxophone, a bass clarinet, a tenor banjo.
_INSTRUMENT = re.compile(r"sax|clarinet|recorder|trombone|flute|viol|banjo|drum|horn|tuba|trumpet")

_INDEX: Mapping[str, str] = MappingProxyType(
    {"melody": "lead", "bass": "bass", "chords": "chords", "drums": "drums"}
)

# First program of a range (counted from 0) and what its sounds are for. None: they play anything.
_PROGRAMS = (
    (0, None),
    (24, "guitar"),
    (32, "bass"),
    (40, "strings"),
    (46, None),  # harp, timpani
    (48, "strings"),
    (52, "pad"),
    (55, None),  # orchestra hit
    (56, "brass"),
    (64, None),  # reeds and pipes
    (80, "lead"),
    (88, "pad"),
    (96, None),
)


def role_of_name(name: str) -> str:
    """The role that a name says, or empty.

    A voice type is returned as such (`bass` for the lowest, which is also the instrument);
    whether it is one of four voices, the other parts must say.
    """
    lower = name.lower().replace("_", " ")
    for role, pattern in _PATTERNS:
        found = pattern.search(lower)
        if not found or (role in _VOICE_ROLES and _INSTRUMENT.search(lower)):
            continue
        if _LETTERS.fullmatch(found.group()) and not _is_letter_name(lower):
            continue
        return role
    return ""


def _is_letter_name(lower: str) -> bool:
    """Whether the name is a voice's letter and hardly anything else, as LilyPond's `:A`."""
    return len(lower.strip(" :.0123456789")) == 1


def role_of_program(program: int | None) -> str:
    """The role that a General MIDI program is made for, or empty; piano tells nothing."""
    found = None
    for first, role in _PROGRAMS:
        if program is not None and program >= first:
            found = role
    return found or ""


def role_of_index(role: str) -> str:
    """The role that a set's index gives, in our words; empty for its `other` and its guesses."""
    return _INDEX.get(role, "")
