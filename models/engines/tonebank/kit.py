# SPDX-License-Identifier: Apache-2.0
"""A drum kit made of sines and noise, computed for any span of a hit from its absolute time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from models.percussion.lanes import (
    CLOSED_HAT,
    CRASH,
    HIGH_TOM,
    KICK,
    LOW_TOM,
    MID_TOM,
    OPEN_HAT,
    RIDE,
    SNARE,
)

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.floating[Any]]]


@dataclass(frozen=True, slots=True)
class Hit:
    """One drum: a tone that falls from `high_hz` to `low_hz`, and noise, each dying away.

    Attributes:
        tone, noise: how much of each.
        tone_s, noise_s: time in which each falls to a third.
        sharpness: of the noise: 0 is dull, 2 all hiss.
    """

    high_hz: float
    low_hz: float
    tone: float
    tone_s: float
    noise: float
    noise_s: float
    sharpness: int = 0
    sweep_s: float = 0.03

    @property
    def length_s(self) -> float:
        """How long it is heard: until it is 60 dB down."""
        return 7 * max(self.tone_s if self.tone else 0.0, self.noise_s if self.noise else 0.0)


KIT: Mapping[int | None, Hit] = MappingProxyType(
    {
        KICK: Hit(180, 48, 1.6, 0.12, 0.1, 0.004),
        SNARE: Hit(240, 185, 0.5, 0.06, 0.5, 0.06, 1),
        CLOSED_HAT: Hit(0, 0, 0, 0, 0.25, 0.018, 2),
        OPEN_HAT: Hit(0, 0, 0, 0, 0.25, 0.12, 2),
        LOW_TOM: Hit(130, 80, 1.0, 0.14, 0.1, 0.02),
        MID_TOM: Hit(180, 120, 1.0, 0.12, 0.1, 0.02),
        HIGH_TOM: Hit(240, 165, 1.0, 0.1, 0.1, 0.02),
        CRASH: Hit(0, 0, 0, 0, 0.3, 0.4, 2),
        RIDE: Hit(5200, 5200, 0.04, 0.2, 0.12, 0.14, 2),
        None: Hit(900, 700, 0.4, 0.03, 0.1, 0.01, 1),  # pads of no lane
    }
)


def noises(noise: Floats) -> tuple[Floats, ...]:
    """White noise by sharpness: as it is, differenced once, and twice."""
    once = np.diff(noise, append=noise[:1]) / np.sqrt(2)
    return noise, once, np.diff(once, append=once[:1]) / np.sqrt(2)


def strike(hit: Hit, times_s: Floats, noise: tuple[Floats, ...], rate_hz: int) -> Floats:
    """The sound at these times after the hit; at 0 before it.

    Args:
        hit: the drum.
        times_s: since the hit, one sample apart.
        noise: a second or more of it by sharpness, read from the hit's onset.
        rate_hz: of both.
    """
    since = np.maximum(times_s, 0)
    wave = np.zeros_like(since)
    if hit.tone:
        span = hit.high_hz - hit.low_hz
        swept = hit.low_hz * since + span * hit.sweep_s * (1 - np.exp(-since / hit.sweep_s))
        wave += hit.tone * np.exp(-since / hit.tone_s) * np.sin(2 * np.pi * swept)
    if hit.noise:
        rough = noise[hit.sharpness]
        at = np.rint(since * rate_hz).astype(np.int64) % rough.size
        wave += hit.noise * np.exp(-since / hit.noise_s) * rough[at]
    heard: Floats = np.where(times_s >= 0, wave, 0.0)
    return heard
