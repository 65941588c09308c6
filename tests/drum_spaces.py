# SPDX-License-Identifier: Apache-2.0
"""A small drum space with weights made by chance, and drum clips, for tests."""

from __future__ import annotations

from math import prod

import numpy as np

from models.clip import Clip, Note
from models.drum_space.config import DrumConfig
from models.drum_space.space import ABOUT, DrumSpace, stored_shapes
from models.drum_space.twin import Twin
from models.metre import Metre

TINY = DrumConfig(
    width=16, heads=2, encoder_layers=1, decoder_layers=1, latent=8, slots=4, slot_width=4,
    hidden=16, cell_width=8,
)  # fmt: skip


def random_arrays(seed: int = 1, config: DrumConfig = TINY) -> dict[str, np.ndarray]:
    """Weights by chance; gains near 1."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in stored_shapes(config).items():
        wide = 1 if len(shape) < 2 else prod(shape[1:])
        values = rng.normal(size=shape) / wide**0.5
        found[name] = (values + ("norm" in name or "before" in name)).astype(np.float32)
    return found


def random_space(seed: int = 1, config: DrumConfig = TINY) -> DrumSpace:
    """A space that decodes something, if nothing musical."""
    arrays = random_arrays(seed, config)
    mean, spread, ways, grooves = (arrays.pop(f"space.{name}") for name in ABOUT)
    return DrumSpace(Twin(config, arrays), mean, np.abs(spread), ways, grooves, {}, "")


def groove(bars: int = 2, metre: Metre = Metre(), seed: int = 0) -> Clip:
    """A kick, a snare, hats: a little different with each seed."""
    rng = np.random.default_rng(seed)
    notes = []
    for bar in range(bars):
        for step in range(round(4 * metre.bar_beats)):
            onset = bar * metre.bar_beats + step / 4
            chances = ((36, 0.6 if step % 4 == 0 else 0.1), (38, 0.8 * (step % 8 == 4)), (42, 0.7))
            notes += [
                Note(pitch, onset, 0.1, float(rng.integers(40, 127)))
                for pitch, chance in chances
                if rng.random() < chance
            ]
    return Clip(tuple(notes), bars * metre.bar_beats, metre=metre, kind="drums")
