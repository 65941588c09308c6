# SPDX-License-Identifier: Apache-2.0
"""A melody space with random weights, and clips made by code: what must hold holds for any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.clip import Clip, Note
from models.melody_space.config import SpaceConfig, shapes
from models.melody_space.space import Space

MINOR, MAJOR = 1 << 3 | 1 << 6, 1 << 2 | 1 << 6  # below the top: first inversions of triads
CONFIG = SpaceConfig(16, 24, 12, 20, 8, 24, (0, MINOR, MAJOR))


def tiny_arrays(seed: int = 0, loudness: float = 0.3) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        name: (loudness * rng.normal(size=shape)).astype(np.float32)
        for name, shape in shapes(CONFIG).items()
    }


def tiny_space(seed: int = 0, loudness: float = 0.3) -> Space:
    return Space(CONFIG, tiny_arrays(seed, loudness))


def tune(pitches: Sequence[int], each_beats: float = 0.5, **frame: object) -> Clip:
    """Notes one after the other, in a clip as long as they are unless the frame says else."""
    notes = tuple(
        Note(pitch, place * each_beats, each_beats, 60 + 5 * (place % 4))
        for place, pitch in enumerate(pitches)
    )
    return Clip(notes, **{"length_beats": len(pitches) * each_beats, **frame})  # type: ignore[arg-type]


SCALE = [60, 62, 64, 65, 67, 65, 64, 62] * 2
ARCH = [67, 72, 71, 67, 64, 67, 72, 60]
