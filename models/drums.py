# SPDX-License-Identifier: Apache-2.0
"""Drums: the General MIDI percussion map, the pads of a clip, and which tracks are drums."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from models.clip import Clip

DRUM_CHANNEL = 9  # counted from 0: what musicians call channel 10

# General MIDI Level 1 percussion key map, 35-81, and the additions of General MIDI 2 round it.
GM_DRUMS: Mapping[int, str] = MappingProxyType(
    {
        27: "High Q",
        28: "Slap",
        29: "Scratch Push",
        30: "Scratch Pull",
        31: "Sticks",
        32: "Square Click",
        33: "Metronome Click",
        34: "Metronome Bell",
        35: "Acoustic Bass Drum",
        36: "Bass Drum 1",
        37: "Side Stick",
        38: "Acoustic Snare",
        39: "Hand Clap",
        40: "Electric Snare",
        41: "Low Floor Tom",
        42: "Closed Hi-Hat",
        43: "High Floor Tom",
        44: "Pedal Hi-Hat",
        45: "Low Tom",
        46: "Open Hi-Hat",
        47: "Low-Mid Tom",
        48: "Hi-Mid Tom",
        49: "Crash Cymbal 1",
        50: "High Tom",
        51: "Ride Cymbal 1",
        52: "Chinese Cymbal",
        53: "Ride Bell",
        54: "Tambourine",
        55: "Splash Cymbal",
        56: "Cowbell",
        57: "Crash Cymbal 2",
        58: "Vibraslap",
        59: "Ride Cymbal 2",
        60: "Hi Bongo",
        61: "Low Bongo",
        62: "Mute Hi Conga",
        63: "Open Hi Conga",
        64: "Low Conga",
        65: "High Timbale",
        66: "Low Timbale",
        67: "High Agogo",
        68: "Low Agogo",
        69: "Cabasa",
        70: "Maracas",
        71: "Short Whistle",
        72: "Long Whistle",
        73: "Short Guiro",
        74: "Long Guiro",
        75: "Claves",
        76: "Hi Wood Block",
        77: "Low Wood Block",
        78: "Mute Cuica",
        79: "Open Cuica",
        80: "Mute Triangle",
        81: "Open Triangle",
        82: "Shaker",
        83: "Jingle Bell",
        84: "Bell Tree",
        85: "Castanets",
        86: "Mute Surdo",
        87: "Open Surdo",
    }
)

# Whole words only, and not beside a word for a pitched instrument: "steel drum", "808 bass". The
# guess is for files of others; a clip's own `kind` always wins.
_DRUM_WORD = re.compile(
    r"(?<![a-z0-9])(drums?|drum ?(kit|set)|kit|beats?|perc|percussion|[89]0[89]|[67]07)(?![a-z0-9])"
)
_PITCHED_WORD = re.compile(r"(?<![a-z])(steel|bass|lead|melody|chords?|keys|synth)(?![a-z])")


def pad_names(clip: Clip) -> dict[int, str]:
    """The name of each pad by pitch: the clip's own map, or General MIDI when it has none."""
    return dict(clip.pads) if clip.pads else dict(GM_DRUMS)


def pad_name(clip: Clip, pitch: int) -> str:
    """What the pad at `pitch` is called; `Pad 96` when nobody named it."""
    return dict(clip.pads).get(pitch) or GM_DRUMS.get(pitch) or f"Pad {pitch}"


def is_drums(channel: int | None, name: str) -> bool:
    """Guess whether a track is drums: by channel 10, or by a word in its name.

    Args:
        channel: 0-15, or None when unknown.
        name: of the track or clip.
    """
    if channel == DRUM_CHANNEL:
        return True
    lower = name.lower()
    return bool(_DRUM_WORD.search(lower)) and not _PITCHED_WORD.search(lower)
