# SPDX-License-Identifier: Apache-2.0
"""The tempo that is heard in sound, from where it grows louder.

A Fourier tempogram after Grosche and Müller (2011): the onset strength (spectral flux) is compared
with pulses of every tempo, each with its first overtones, and the tempo near the usual ones whose
pulses fit best is taken. Which of half, double and so on is meant is a matter of taste, so
`agrees` lets those pass.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from models.audio.clip import AudioClip
from models.audio.resample import with_channels

if TYPE_CHECKING:
    import numpy as np

TOLERANCE = 0.025  # of the tempo; what a warp marker mends without being heard
_RATIOS: tuple[float, ...] = (1.0, 2.0, 0.5, 1.5, 2 / 3, 3.0, 1 / 3, 0.75, 4 / 3, 4.0, 0.25)
_FRAMES_HZ, _WINDOW_S = 100, 0.04
_SLOWEST_BPM, _FASTEST_BPM, _STEP_BPM = 50.0, 220.0, 0.1
_USUAL_BPM, _OCTAVES = 110.0, 0.9
_OVERTONES = (1.0, 0.7, 0.5, 0.4)
_NEARLY = 0.7  # of the best
_CLEAR = 2.2  # times the median strength
_SHORTEST_S, _LISTENED_S = 2.0, 90.0


def tempo_of(clip: AudioClip, expected_bpm: float | None = None) -> float | None:
    """The tempo in quarter notes a minute, or None where there is no clear pulse.

    Args:
        clip: the sound.
        expected_bpm: taken where its pulses fit nearly as well as the best ones, since syncopated
            music has several that fit.
    """
    import numpy as np

    if clip.seconds < _SHORTEST_S:
        return None
    onsets = _onsets(clip)
    if not onsets.any():
        return None
    tempi = np.arange(_SLOWEST_BPM, _FASTEST_BPM, _STEP_BPM)
    strength = _strength(onsets, tempi)
    if strength.max() < _CLEAR * np.median(strength):
        return None
    if expected_bpm:
        near = np.array([agrees(float(tempo), expected_bpm) for tempo in tempi])
        if strength[near].max(initial=0) > _NEARLY * strength.max():
            best = int(np.argmax(np.where(near, strength, -1)))
            return round(float(tempi[_top(strength, best)]), 1)
    usual = np.exp(-0.5 * np.square(np.log2(tempi / _USUAL_BPM) / _OCTAVES))
    return round(float(tempi[np.argmax(strength * usual)]), 1)


def _top(strength: np.ndarray[Any, Any], place: int) -> int:
    """The top of the hill that a place lies on."""
    while 0 < place < strength.size - 1:
        higher = max((place - 1, place + 1), key=lambda at: float(strength[at]))
        if strength[higher] <= strength[place]:
            break
        place = higher
    return place


def in_the_note_value_of(found_bpm: float, wanted_bpm: float) -> float:
    """The tempo found, counted in the note value that brings it nearest to the one wanted."""
    counted = (found_bpm / ratio for ratio in _RATIOS)
    nearest: float = min(counted, key=lambda tempo: abs(math.log(tempo / wanted_bpm)))
    return round(nearest, 1)


def agrees(found_bpm: float, wanted_bpm: float) -> bool:
    """Whether the tempo found is the one wanted, or that in another note value."""
    counted = in_the_note_value_of(found_bpm, wanted_bpm)
    return abs(math.log(counted / wanted_bpm)) < math.log1p(TOLERANCE)


def _strength(onsets: np.ndarray[Any, Any], tempi: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """How well the pulses of each tempo fit the onsets."""
    import numpy as np

    times_s = np.arange(onsets.size) / _FRAMES_HZ
    size = 1 << max(15, math.ceil(math.log2(onsets.size)) + 2)
    spectrum = np.abs(np.fft.rfft(onsets * np.hanning(times_s.size), size))
    strength = np.zeros_like(tempi)
    for number, weight in enumerate(_OVERTONES, 1):
        bins = tempi / 60 * number * size / _FRAMES_HZ
        strength += weight * np.interp(bins, np.arange(spectrum.size), spectrum)
    return strength


def _onsets(clip: AudioClip) -> np.ndarray[Any, Any]:
    """Spectral flux: how much louder each band grows, 100 times a second, without its trend."""
    import numpy as np

    mono = with_channels(clip.samples[:, : round(_LISTENED_S * clip.sample_rate_hz)], 1)[0]
    hop = clip.sample_rate_hz // _FRAMES_HZ
    size = round(_WINDOW_S * clip.sample_rate_hz)
    count = max(1, (mono.size - size) // hop)
    rows = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop][:count]
    window = np.hanning(size).astype(np.float32)
    bands = np.concatenate(
        [_bands(part * window) for part in np.array_split(rows, count // 512 + 1)]
    )
    flux = np.maximum(0, np.diff(bands, axis=0)).sum(axis=1)
    width = _FRAMES_HZ
    trend = np.convolve(flux, np.ones(width) / width, "same")
    onsets: np.ndarray[Any, Any] = np.maximum(0, flux - trend)
    return onsets


def _bands(frames: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    levels = np.abs(np.fft.rfft(frames, axis=1))
    bands: np.ndarray[Any, Any] = np.log1p(100 * levels).astype(np.float32)
    return bands
