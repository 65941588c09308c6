# SPDX-License-Identifier: Apache-2.0
"""Windows varied as the engine varies them."""

from __future__ import annotations

import numpy as np

from drumming.windows import Held
from models.drum_space.config import LANE_COUNT
from models.drum_space.question import known
from models.drum_space.space import TEMPERATURE, DrumSpace
from models.drum_space.windows import template
from models.engines.drums.sheet import Span
from models.engines.drums.varying import Chance, Wish, varied_window
from models.metre import Metre
from models.percussion.hits import Hits
from models.theory.steps import finish


def chance_like(space: DrumSpace, window: Held, count: int, rng: np.random.Generator) -> Chance:
    """Chance for so many variations, with aims near a window."""
    frame = template(Metre(), 2)
    point, _ = space.encode(known(window.hits[None]), frame)
    return Chance.drawn(space, rng, (count, len(frame)), point[0])


def varied(space: DrumSpace, window: Held, amount: float, chance: Chance) -> Hits:
    """Variations of a window with every lane free, [count, steps, lanes]."""
    frame, hits = template(Metre(), 2), window.hits
    span = Span(slice(0, len(frame)), frame, hits, np.zeros_like(hits.hits))
    wish = Wish(amount, 1.0, 0.0, 0.0, fill=False, temperature=TEMPERATURE)
    return finish(varied_window(space, span, np.ones(LANE_COUNT, bool), wish, chance))
