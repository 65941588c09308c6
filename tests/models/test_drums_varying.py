# SPDX-License-Identifier: Apache-2.0
"""One window, varied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from drum_spaces import groove, random_space

from models.drum_space.config import LANE_COUNT
from models.drum_space.frame import frame_of
from models.drum_space.space import TEMPERATURE
from models.engines.drums.sheet import Span
from models.engines.drums.varying import Chance, Wish, varied_window
from models.percussion.hits import read_part
from models.percussion.lanes import KICK, SNARE
from models.theory.steps import finish

ALL = np.ones(LANE_COUNT, bool)
WISH = Wish(0.5, 1.0, 0.0, 0.0, fill=False, temperature=TEMPERATURE)


def read(clip, locked=()):
    part = read_part(clip)
    fixed = np.zeros_like(part.hits.hits)
    fixed[:, list(locked)] = True
    frame = frame_of(part.steps, clip.tempo_bpm)
    return Span(slice(0, len(frame)), frame, part.hits, fixed)


def test_no_amount_changes_nothing_and_more_changes_more():
    span = read(groove(seed=2))
    hits, space = span.hits, random_space()
    chance = Chance.drawn(space, np.random.default_rng(1), (4, 64), space.mean)
    changed = []
    for amount in (0.0, 0.3, 1.0):
        wish = replace(WISH, amount=amount)
        found = finish(varied_window(space, span, ALL, wish, chance))
        changed.append(int((found.hits != hits.hits).sum()))
        stays = found.hits & hits.hits
        assert (found.velocities == hits.velocities)[stays].all()
        assert (found.offsets == hits.offsets)[stays].all()
    assert changed[0] == 0 < changed[1] <= changed[2]


def test_a_variation_leaves_locked_lanes_alone():
    span = read(groove(seed=3), locked=(KICK, SNARE))
    hits, space = span.hits, random_space()
    chance = Chance.drawn(space, np.random.default_rng(1), (8, len(span.frame)), space.mean)
    wish = replace(WISH, amount=1.0, density=3.0)
    found = finish(varied_window(space, span, ALL, wish, chance))
    assert all(found[n].same_as(hits)[span.fixed].all() for n in range(8))
    assert (found.hits != hits.hits).any()


def test_windows_that_repeat_vary_alike():
    span, space = read(groove()), random_space()
    chance = Chance.drawn(space, np.random.default_rng(4), (2, len(span.frame)), space.mean)
    first, second = (finish(varied_window(space, span, ALL, WISH, chance)) for _ in range(2))
    assert first.same_as(second).all()
