# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a take that nobody would keep: silence, or a sound that dies away.

The model card of MusicGen warns of both, and they go away with another seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.audio.loudness import decibels

if TYPE_CHECKING:
    from models.audio.clip import Samples

SILENT_DB = -60.0
_BELOW_LOUDEST_DB = 50.0  # no music that is meant to go on falls so far
_SHARE = 8  # of the take: its eighths are compared


def flaw_of(samples: Samples) -> str:
    """What is wrong, in words; empty for a take that can be kept."""
    import numpy as np

    levels = [_rms_db(part) for part in np.array_split(samples, _SHARE, axis=1) if part.size]
    loudest = max(levels, default=-np.inf)
    if loudest < SILENT_DB:
        return "is silent"
    heard = [level > loudest - _BELOW_LOUDEST_DB for level in levels]
    if not heard[0]:
        return "begins in silence"
    if not any(heard[len(heard) // 2 :]):
        return "falls silent half-way"
    return ""


def _rms_db(samples: Samples) -> float:
    import numpy as np

    return decibels(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))))
