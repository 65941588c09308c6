# SPDX-License-Identifier: Apache-2.0
"""AudioClip: sound in memory, and AudioFile: a finished take on disk.

Sound is a float32 array of shape (channels, samples), full scale at ±1. Positions and lengths are
counted in samples of one channel. numpy is imported by whoever makes arrays, not here, since the
daemon reads this module and stays light.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from models.errors import BadClip

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, np.dtype[np.float32]]

AudioRole = Literal["continue", "melody"]
AUDIO_ROLES: tuple[AudioRole, ...] = ("continue", "melody")

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 4_000, 384_000
MOST_CHANNELS = 2


@dataclass(frozen=True, slots=True, eq=False)
class AudioClip:
    """Sound in memory.

    Attributes:
        samples: float32, of shape (channels, samples), full scale at ±1.
        sample_rate_hz: samples a second, of each channel.
        tempo_bpm: its tempo where it is known, in quarter notes a minute.

    Raises:
        BadClip: not one or two channels, or an impossible rate.
    """

    samples: Samples
    sample_rate_hz: int
    tempo_bpm: float | None = None

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or not 1 <= self.samples.shape[0] <= MOST_CHANNELS:
            raise BadClip("Audio has one channel or two, (channels, samples).", where="audio")
        if not LOWEST_RATE_HZ <= self.sample_rate_hz <= HIGHEST_RATE_HZ:
            raise BadClip(
                f"sample_rate_hz is {self.sample_rate_hz}; it must be {LOWEST_RATE_HZ} to "
                f"{HIGHEST_RATE_HZ}.",
                where="sample_rate_hz",
            )

    @property
    def channels(self) -> int:
        """1 for mono, 2 for stereo."""
        return int(self.samples.shape[0])

    @property
    def length_samples(self) -> int:
        """Samples of one channel."""
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return self.length_samples / self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A finished take: a WAV file and what is known of it.

    Attributes:
        path: absolute.
        sample_rate_hz, channels, length_samples: of the file.
        bars, metre, tempo_bpm: what was asked for; the length is exactly that.
        found_tempo_bpm: what its onsets suggest; None where there is no clear pulse.
        peak_db: highest sample, in dB relative to full scale, so as a rule below 0.
        loudness_lufs: loudness of the whole after ITU-R BS.1770-4.
        licence: of the take, as its engine's weights have it; empty when it is free to use.
        name: what it is called: the words of the prompt.
    """

    path: str
    sample_rate_hz: int
    channels: int
    length_samples: int
    bars: int
    metre: str
    tempo_bpm: float
    found_tempo_bpm: float | None = None
    peak_db: float = -math.inf
    loudness_lufs: float = -math.inf
    licence: str = ""
    name: str = ""

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return self.length_samples / self.sample_rate_hz
