# SPDX-License-Identifier: Apache-2.0
"""From one sample rate to another, chunk by chunk, with the same result as in one go.

The work is done by soxr, whose state is carried from chunk to chunk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.errors import NotInstalled

if TYPE_CHECKING:
    from models.audio.clip import Samples

# soxr's "very high" recipe is linear-phase; it costs about 1/400 of the sound's own time here.
_QUALITY = "VHQ"


class Resampler:
    """Carries one stream of sound over; `push` what comes, then `finish`.

    Args:
        from_hz: rate of what comes in.
        to_hz: rate of what goes out; nothing is changed where the two are equal.
        channels: of both.
    """

    def __init__(self, from_hz: int, to_hz: int, channels: int) -> None:
        self._channels = channels
        self._stream: Any = None
        if from_hz != to_hz:
            stream = _soxr().ResampleStream
            self._stream = stream(from_hz, to_hz, channels, dtype="float32", quality=_QUALITY)

    def push(self, samples: Samples, *, last: bool = False) -> Samples:
        """What can be given out by now; may be empty, since the filter looks ahead."""
        import numpy as np

        if self._stream is None:
            return samples
        flat = np.ascontiguousarray(samples.T, dtype=np.float32)
        done = self._stream.resample_chunk(flat, last=last)
        return np.ascontiguousarray(np.asarray(done, np.float32).reshape(-1, self._channels).T)

    def finish(self) -> Samples:
        """What is left when nothing more comes."""
        import numpy as np

        return self.push(np.zeros((self._channels, 0), np.float32), last=True)


def resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """All of a sound at another rate."""
    return Resampler(from_hz, to_hz, samples.shape[0]).push(samples, last=True)


def with_channels(samples: Samples, channels: int) -> Samples:
    """Mono from stereo as the mean of its sides; stereo from mono as two equal ones."""
    import numpy as np

    if samples.shape[0] == channels:
        return samples
    if channels == 1:
        mono: Samples = samples.mean(axis=0, keepdims=True, dtype=np.float32)
        return mono
    return np.repeat(samples[:1], channels, axis=0)


def _soxr() -> Any:
    try:
        import soxr
    except ImportError as error:  # no wheel for every kind of machine
        raise NotInstalled(
            "Sound at this sample rate needs soxr, which is not installed; install it with: "
            "pip install soxr",
            where="sample_rate_hz",
        ) from error
    return soxr
