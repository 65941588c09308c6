# SPDX-License-Identifier: Apache-2.0
"""Names of pitches and scales, as the user's DAW spells them."""

from __future__ import annotations

from models.clip import Clip
from models.drums import pad_name

_PITCH_CLASSES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
BLACK_KEYS = frozenset({1, 3, 6, 8, 10})


def pitch_name(pitch: int) -> str:
    """A key's name with Live's octave numbers: 60 is C3, 0 is C-2."""
    return f"{_PITCH_CLASSES[pitch % 12]}{pitch // 12 - 2}"


def key_name(clip: Clip, pitch: int) -> str:
    """What the clip's user calls a pitch: the pad for drums, else the key."""
    return pad_name(clip, pitch) if clip.kind == "drums" else pitch_name(pitch)


def caption(clip: Clip) -> str:
    """The clip's scale and tempo in a few words."""
    tempo = f"{clip.tempo_bpm:.4g} bpm"
    if clip.scale is None or not clip.scale.name:
        return tempo
    return f"{_PITCH_CLASSES[clip.scale.root]} {clip.scale.name}, {tempo}"
