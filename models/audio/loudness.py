# SPDX-License-Identifier: Apache-2.0
"""Peak and loudness, and the gain that brings a take to the usual level.

Loudness is that of ITU-R BS.1770-4: K-weighted, in blocks of 400 ms that overlap by three
quarters, gated at -70 LUFS and at 10 LU below what is left. The weighting is applied to the
spectrum, as the response of the standard's two filters at any sample rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from models.audio.clip import AudioClip

if TYPE_CHECKING:
    import numpy as np

    from models.audio.clip import Samples

TARGET_LUFS = -16.0
CEILING_DB = -1.0
_BLOCK_S, _HOP_S = 0.4, 0.1
_GATE_LUFS, _GATE_BELOW_LU = -70.0, 10.0
_OFFSET_LUFS = -0.691  # so that a 997 Hz sine at full scale reads -3.01
# Centre, quality and gain of the shelf for the head; corner and quality of the low cut.
_SHELF_HZ, _SHELF_Q, _SHELF_DB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
_CUT_HZ, _CUT_Q = 38.13547087602444, 0.5003270373238773


def peak_db(samples: Samples) -> float:
    """The highest sample, in dB relative to full scale; minus infinity for silence."""
    import numpy as np

    return decibels(float(np.abs(samples).max(initial=0.0)))


def decibels(amplitude: float) -> float:
    """20 log10, and minus infinity for nothing."""
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def loudness_lufs(clip: AudioClip) -> float:
    """The integrated loudness; minus infinity where nothing is above the gate."""
    import numpy as np

    powers = _block_powers(clip)
    heard = powers[_lufs(powers) > _GATE_LUFS]
    if not heard.size:
        return -math.inf
    gate = float(_lufs(heard.mean())) - _GATE_BELOW_LU
    return float(_lufs(np.mean(heard[_lufs(heard) > gate])))


def levelled(clip: AudioClip) -> tuple[Samples, float]:
    """The samples at the usual level, and their loudness there.

    The loudness becomes `TARGET_LUFS`, unless that would lift a peak above `CEILING_DB`.
    """
    loudness, peak = loudness_lufs(clip), peak_db(clip.samples)
    if not math.isfinite(peak):
        return clip.samples, loudness
    wanted = TARGET_LUFS - loudness if math.isfinite(loudness) else math.inf
    gain_db = min(wanted, CEILING_DB - peak)
    return (clip.samples * 10 ** (gain_db / 20)).astype("float32"), loudness + gain_db


def _lufs(power: Any) -> Any:
    import numpy as np

    return _OFFSET_LUFS + 10 * np.log10(np.maximum(power, 1e-30))


def _block_powers(clip: AudioClip) -> np.ndarray[Any, Any]:
    """The K-weighted power of each block, summed over channels; one block when it is short."""
    import numpy as np

    power = np.concatenate([np.square(part).sum(axis=0) for part in _weighted(clip)])
    sums = np.concatenate([[0.0], np.cumsum(power)])
    block = min(round(_BLOCK_S * clip.sample_rate_hz), power.size)
    starts = np.arange(0, power.size - block + 1, max(1, round(_HOP_S * clip.sample_rate_hz)))
    powers: np.ndarray[Any, Any] = (sums[starts + block] - sums[starts]) / max(block, 1)
    return powers


def _weighted(clip: AudioClip) -> Iterator[np.ndarray[Any, Any]]:
    """The K-weighted samples, piece by piece (overlap-save), so that length costs no memory."""
    import numpy as np

    lead = clip.sample_rate_hz // 2  # after so long the filters have rung out
    size = 1 << math.ceil(math.log2(5 * lead))
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = _shelf(z, clip.sample_rate_hz) * _low_cut(z, clip.sample_rate_hz)
    before = np.zeros((clip.channels, lead), np.float32)
    for start in range(0, clip.length_samples, size - lead):
        piece = clip.samples[:, start : start + size - lead]
        whole = np.concatenate([before, piece], axis=1)
        weighted = np.fft.irfft(np.fft.rfft(whole, size, axis=1) * response, size, axis=1)
        yield weighted[:, lead : whole.shape[1]]
        before = whole[:, -lead:]


def _shelf(z: Any, rate_hz: int) -> Any:
    """The response of the high shelf at 1/z."""
    k = math.tan(math.pi * min(_SHELF_HZ / rate_hz, 0.49))
    high = 10 ** (_SHELF_DB / 20)
    middle = high**0.4996667741545416
    top = (high + middle * k / _SHELF_Q + k * k, 2 * (k * k - high))
    last = high - middle * k / _SHELF_Q + k * k
    above = top[0] + top[1] * z + last * z * z
    return above / _below(z, k, _SHELF_Q)


def _low_cut(z: Any, rate_hz: int) -> Any:
    """The response of the low cut at 1/z, whose zeros the standard does not scale."""
    k = math.tan(math.pi * _CUT_HZ / rate_hz)
    return (1 - 2 * z + z * z) / (_below(z, k, _CUT_Q) / (1 + k / _CUT_Q + k * k))


def _below(z: Any, k: float, q: float) -> Any:
    return (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z
