# SPDX-License-Identifier: Apache-2.0
"""The measures of the drum space tell good from bad."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from drum_spaces import groove
from drumming.cost import StepModel
from drumming.paths import crossfade, fresh_crossfade, straightness
from drumming.windows import Held, pairs

from models.percussion.hits import Hits, read_part


def patterns(count: int) -> list[Hits]:
    return [read_part(groove(seed=seed)).hits for seed in range(count)]


def test_what_was_seen_is_cheap_and_chances_sum_to_one() -> None:
    seen, other = (p.hits for p in patterns(2))
    model = StepModel([seen])
    assert model.nats(seen).sum() < 0.5 * model.nats(other).sum()
    chances = [model._chance([-1, -1, -1, -1], symbol) for symbol in range(512)]
    assert sum(chances) == pytest.approx(1)


def test_one_chance_never_turns_back_and_fresh_chance_does() -> None:
    found = patterns(12)
    model = StepModel(p.hits for p in found)
    chosen = [(found[n], found[n + 1]) for n in range(11)]
    steady = straightness(crossfade, chosen, model)
    fresh = straightness(fresh_crossfade, chosen, model)
    assert steady.monotone == steady.ends == 1
    assert fresh.monotone < 0.5
    assert steady.middle > 1
    assert 0 < steady.deviation < 0.2


def test_a_path_that_jumps_is_far_from_the_line() -> None:
    start, end = patterns(2)

    def jump(a: Hits, b: Hits, seed: int) -> list[np.ndarray]:
        return [a.hits] * 6 + [b.hits] * 5

    found = straightness(jump, [(start, end)], StepModel([start.hits]))
    assert found.monotone == 1
    assert found.deviation > 0.2


def test_pairs_are_of_different_works() -> None:
    windows = [Held(hits, n // 3) for n, hits in enumerate(patterns(9))]
    works = {id(window.hits): window.work for window in windows}
    for first, second in pairs(windows, 30, Random(0)):
        assert works[id(first)] != works[id(second)]
