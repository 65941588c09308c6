# SPDX-License-Identifier: Apache-2.0
"""The STYLE of a piece, from its set or from a word in its path; most sets have one style."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from models.corpus.piece import Label

_BY_SET: Mapping[str, str] = MappingProxyType(
    {
        "freedoom": "metal",
        "avmidi": "rock",
        "blasphemer": "game",
        "simutrans": "game",
        "openewld-pd": "song",
        "openscore-lieder": "song",
        "openscore-quartets": "classical",
        "openscore-hauptstimme": "classical",
        "vienna4x22": "classical",
        "mutopia": "classical",
        "openhymnal": "chorale",
        "js-fakes": "chorale",
        "jsb-chorales": "chorale",
        "fiddle-tunes": "folk",
    }
)
_BY_WORD: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("rock", "punk", "rocknroll"), "rock"),
        **dict.fromkeys(("funk", "soul", "rnb", "motown"), "funk"),
        **dict.fromkeys(("hiphop", "rap"), "hiphop"),
        **dict.fromkeys(("jazz", "jz", "swing", "bebop", "blues", "ragtime", "dixie"), "jazz"),
        **dict.fromkeys(
            ("latin", "samba", "bossa", "bossanova", "salsa", "rhumba", "tango", "mambo"), "latin"
        ),
        **dict.fromkeys(("afrobeat", "afrocuban", "reggae", "calypso"), "latin"),
        **dict.fromkeys(("house", "techno", "trance", "disco", "dance", "synth"), "electronic"),
        **dict.fromkeys(("country", "bluegrass", "folk", "polka"), "folk"),
    }
)


def style_of(label: Label) -> str | None:
    """One of `vocabulary.STYLES`, or None where nothing says it."""
    words = re.findall(r"[a-z]+", label.path.lower())
    named = (_BY_WORD[word] for word in words if word in _BY_WORD)
    return _BY_SET.get(label.set_name) or next(named, None)
