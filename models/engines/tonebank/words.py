# SPDX-License-Identifier: Apache-2.0
"""What the words of a prompt ask of tonebank: which parts, with which sounds, in which key.

It knows a few dozen words and passes over the rest; this is a lookup, not understanding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ROLES = ("drums", "bass", "chords", "counter")

# Word → (role, sound). The first that is found in the prompt gives a role its sound.
_SOUNDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        r"808s?\b|sub\b|sub ?bass": ("bass", "sub"),
        r"(acid|saw|synth|reese|electric)[ -]?bass|303": ("bass", "saw_bass"),
        r"\bbass(line)?\b|upright|contrabass": ("bass", "bass"),
        r"rhodes|wurli\w*|electric piano|\be\.?p\.?\b|keys\b": ("chords", "rhodes"),
        r"piano|grand\b": ("chords", "piano"),
        r"organ|hammond": ("chords", "organ"),
        r"strings?\b|orchestra\w*|violins?|cello": ("chords", "strings"),
        r"\bpads?\b|ambient|drone|choir|atmospher\w*|wash": ("chords", "pad"),
        r"guitars?\b|ukulele|harp\b|strum\w*": ("chords", "pluck"),
        r"chords?\b|stabs?\b|comping": ("chords", "rhodes"),
        r"bells?\b|glocken\w*|vibraphone|vibes\b|marimba|music box|kalimba": ("counter", "bell"),
        r"flutes?\b|whistle|recorder": ("counter", "flute"),
        r"leads?\b|synth ?line|solo\b|theremin|trumpet|sax\w*|horns?\b": ("counter", "lead"),
        r"pluck\w*|arp\w*|sequence|melod\w+|riff": ("counter", "pluck"),
        r"drums?\b|beats?\b|kick|snare|hats?\b|percussion|break\w*|909|groove": ("drums", "kit"),
    }
)
# Styles bring a whole band.
_STYLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        r"lo-?fi|hip ?-?hop|boom ?-?bap|trap|drill|r&b|soul|funk|disco": ROLES[:3],
        r"house|techno|trance|electro\w*|edm|synth-?wave|dub\w*|drum (and|&|n) bass|dnb": ROLES[:3],
        r"rock|pop\b|indie|metal|country|reggae|latin|jazz|bossa|blues|song\b": ROLES[:3],
        r"band\b|full\b|groovy": ROLES[:3],
    }
)
_DARK = re.compile(r"dark|sad|melanchol\w*|moody|minor|lo-?fi|trap|drill|techno|night", re.I)
_DUSTY = re.compile(r"dusty|lo-?fi|vinyl|tape|crackl\w*|old|vintage|grainy", re.I)
_BRIGHT = re.compile(r"bright|shiny|crisp|sharp|glassy|sparkl\w*", re.I)
_SOFT = re.compile(r"soft|mellow|warm|dull|muffled|dusty|deep|lo-?fi|gentle", re.I)
_KEY = re.compile(r"\b([A-G])([#♯b♭]?)\s*-?(major|minor|maj|min|m)\b")
_LETTERS: Mapping[str, int] = MappingProxyType(
    {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a prompt asks for.

    Attributes:
        sounds: role → sound, of the parts that are named; empty where none is.
        tonic: pitch class, or None where the words leave it open.
        minor: whether it shall be in minor.
        brightness: how much of the overtones is heard; 1 is usual.
        dust: how much crackle and hiss, 0-1.
    """

    sounds: Mapping[str, str]
    tonic: int | None = None
    minor: bool = False
    brightness: float = 1.0
    dust: float = 0.0


def read_words(prompt: str) -> Wanted:
    """What the words ask for."""
    key = _KEY.search(prompt)
    tonic = None
    minor = bool(_DARK.search(prompt))
    if key:
        sharp = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(key[2], 0)
        tonic, minor = (_LETTERS[key[1]] + sharp) % 12, not key[3].startswith("maj")
    bright = 1.6 if _BRIGHT.search(prompt) else 0.6 if _SOFT.search(prompt) else 1.0
    dust = 1.0 if _DUSTY.search(prompt) else 0.0
    return Wanted(_sounds(prompt.lower()), tonic, minor, bright, dust)


def _sounds(prompt: str) -> dict[str, str]:
    """The named parts with their sounds, and those that a style brings."""
    found: dict[str, str] = {}
    for pattern, (role, sound) in _SOUNDS.items():
        if role not in found and re.search(rf"(?<![a-z]){pattern}", prompt):
            found[role] = sound
    for pattern, roles in _STYLES.items():
        if re.search(rf"(?<![a-z])({pattern})", prompt) and len(found) != 1:
            for role in roles:
                found.setdefault(role, USUAL[role])
    return {role: found[role] for role in ROLES if role in found}


USUAL: Mapping[str, str] = MappingProxyType(
    {"drums": "kit", "bass": "bass", "chords": "rhodes", "counter": "lead"}
)
