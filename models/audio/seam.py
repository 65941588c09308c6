# SPDX-License-Identifier: Apache-2.0
"""The seam of a loop: the sound after the last bar is faded over the first one.

The loop's end then leads into exactly the samples that would have come next, so the join itself
can't click. Equal power, since the two sides are not the same sound.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from models.audio.length import samples_of

if TYPE_CHECKING:
    from models.audio.clip import Samples

SEAM_S = Fraction(3, 100)
FADE_S = Fraction(1, 200)  # where nothing was made after the end


def seam_samples(sample_rate_hz: int) -> int:
    """How much more than the bars is wanted, so that a seam can be made."""
    return samples_of(SEAM_S, sample_rate_hz)


def looped(samples: Samples, length_samples: int, sample_rate_hz: int) -> Samples:
    """The first `length_samples`, whose end leads into their start.

    Args:
        samples: of shape (channels, samples); the seam is made of what lies right after the
            length, and what lies after the seam is left aside.
        length_samples: of the loop.
        sample_rate_hz: of the samples.
    """
    import numpy as np

    loop: Samples = samples[:, :length_samples].copy()
    after = samples[:, length_samples:]
    size = min(seam_samples(sample_rate_hz), after.shape[1], length_samples)
    if size:
        angle = np.linspace(0, np.pi / 2, size, endpoint=False, dtype=np.float32)
        loop[:, :size] = loop[:, :size] * np.sin(angle) + after[:, :size] * np.cos(angle)
    return loop


def faded(samples: Samples, sample_rate_hz: int, *, start: bool, end: bool) -> Samples:
    """The samples with a fade of 5 ms at these ends, for sound that is not looped."""
    import numpy as np

    size = min(samples_of(FADE_S, sample_rate_hz), samples.shape[1] // 2)
    ramp = np.linspace(0, 1, size, endpoint=False, dtype=np.float32)
    faded: Samples = samples.copy()
    if start:
        faded[:, :size] *= ramp
    if end and size:
        faded[:, -size:] *= ramp[::-1]
    return faded
