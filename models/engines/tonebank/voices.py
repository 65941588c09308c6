# SPDX-License-Identifier: Apache-2.0
"""Pitched sounds as sums of partials, computed for any span of a note from its absolute time.

So a long note costs no more at once than the chunk that is being made, and chunks join exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from models.engines.tonebank.kit import Floats

_HIGHEST_HZ = 9_000.0


@dataclass(frozen=True, slots=True)
class Voice:
    """One sound.

    Attributes:
        partials: how many at most; each weaker than the last by `slope` (as a power).
        slope: the steeper, the duller.
        attack_s, release_s: of the envelope.
        decay: how fast it fades, a second; higher partials faster by `damping` each.
        sustain: the level that it fades to.
        stretch: inharmonicity, as of stiff strings and bars.
        detune: of a second voice beside the first, in cents; 0 for none.
        gain: against the others.
    """

    partials: int
    slope: float
    attack_s: float = 0.004
    release_s: float = 0.08
    decay: float = 0.0
    damping: float = 0.0
    sustain: float = 0.0
    stretch: float = 0.0
    detune: float = 0.0
    odd: bool = False
    gain: float = 1.0


VOICES: Mapping[str, Voice] = MappingProxyType(
    {
        "rhodes": Voice(5, 1.9, 0.003, 0.12, 1.2, 1.5, 0.1),
        "piano": Voice(9, 1.3, 0.002, 0.1, 1.6, 0.5, 0.0, 0.0004),
        "organ": Voice(6, 0.8, 0.01, 0.03, 0.0, 0.0, 1.0, gain=0.5),
        "strings": Voice(9, 1.1, 0.12, 0.3, 0.0, 0.0, 1.0, detune=9, gain=0.5),
        "pad": Voice(6, 1.5, 0.3, 0.6, 0.0, 0.0, 1.0, detune=12, gain=0.7),
        "pluck": Voice(10, 1.0, 0.002, 0.08, 2.5, 1.2, 0.0, gain=0.9),
        "bell": Voice(4, 1.2, 0.002, 0.6, 1.5, 1.5, 0.0, 0.35, gain=0.6),
        "flute": Voice(3, 2.2, 0.05, 0.06, 0.0, 0.0, 1.0, gain=0.8),
        "lead": Voice(9, 1.0, 0.01, 0.06, 0.6, 0.2, 0.6, detune=5, gain=0.6),
        "bass": Voice(6, 1.6, 0.004, 0.05, 1.5, 0.8, 0.3, gain=1.5),
        "saw_bass": Voice(12, 1.0, 0.004, 0.04, 1.0, 0.6, 0.3, detune=4, gain=1.1),
        "sub": Voice(2, 2.5, 0.006, 0.1, 0.5, 1.0, 0.5, gain=2.0),
    }
)


def tone(
    voice: Voice, pitch: int, held_s: float, times_s: Floats, brightness: float = 1.0
) -> Floats:
    """The sound at these times after the note's onset; at 0 before it.

    Args:
        voice: its sound.
        pitch: MIDI key.
        held_s: how long the key is down.
        times_s: since the onset.
        brightness: above 1 overtones are louder, below 1 softer.
    """
    frequency_hz = 440.0 * 2 ** ((pitch - 69) / 12)
    wave = np.zeros_like(times_s)
    for detuned in _detuned(voice):
        for index in range(voice.partials):
            number = 2 * index + 1 if voice.odd else index + 1
            ratio = number * np.sqrt(1 + voice.stretch * (number**2 - 1))
            hertz = frequency_hz * detuned * ratio
            if hertz > _HIGHEST_HZ and index:
                break
            strength = number**-voice.slope * brightness ** min(index, 3)
            fading = np.exp(-times_s * (voice.decay + voice.damping * index))
            level = voice.sustain + (1 - voice.sustain) * fading
            wave += strength * level * np.sin(2 * np.pi * hertz * times_s)
    return wave * _envelope(voice, held_s, times_s) * voice.gain


def length_s(voice: Voice, held_s: float) -> float:
    """How long a note is heard."""
    return held_s + voice.release_s


def _detuned(voice: Voice) -> tuple[float, ...]:
    side = 2 ** (voice.detune / 2400)
    return (1 / side, side) if voice.detune else (1.0,)


def _envelope(voice: Voice, held_s: float, times_s: Floats) -> Floats:
    rise = np.clip(times_s / voice.attack_s, 0, 1)
    fall = np.clip((held_s + voice.release_s - times_s) / voice.release_s, 0, 1)
    shape: np.ndarray[Any, Any] = rise * fall * fall
    return shape
