# SPDX-License-Identifier: Apache-2.0
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.drum_space.config import LANE_COUNT
from models.engines.drums.amount import first_enough, surest
from models.percussion.hits import Hits

STEPS = 16


def hits_of(struck):
    return Hits(struck, struck * np.float32(0.7), np.zeros(struck.shape, np.float32))


def drawn(seed, *shape):
    return np.random.default_rng(seed).random((*shape, STEPS, LANE_COUNT)) < 0.3


@given(seed=st.integers(0, 99), count=st.integers(1, 200))
def test_as_many_changes_as_wanted_and_as_many_hits_as_were_found(seed, count):
    source, found = drawn(seed), drawn(seed + 1000)
    sure = np.random.default_rng(seed).random(source.shape).astype(np.float32)
    taken = surest(found, source, sure, count)
    result = np.where(taken, found, source)
    least = abs(int(found.sum()) - int(source.sum()))
    changes = int((result != source).sum())
    assert result.sum() == found.sum()
    assert changes == min(int((found != source).sum()), max(least, count + (count - least) % 2))


def test_the_surest_changes_come_first():
    source, found = np.zeros((2, STEPS, LANE_COUNT), bool)
    source[:4, 0] = True
    found[4:8, 0] = True
    sure = np.arange(STEPS * LANE_COUNT, dtype=np.float32).reshape(source.shape)
    result = np.where(surest(found, source, sure, 2), found, source)
    assert np.flatnonzero(result[:, 0]).tolist() == [0, 1, 2, 7]


def test_the_farthest_pattern_is_for_an_amount_of_one():
    source = hits_of(drawn(0))
    found = hits_of(np.stack([source.hits, drawn(1), drawn(2)]))
    assert first_enough(found, source, 1, 1)[0] == 2
    assert first_enough(found, source, 0.99, 1)[0] == 1


def test_where_only_the_farthest_changed_it_is_taken_and_little_of_it():
    source = hits_of(drawn(0))
    found = hits_of(np.stack([source.hits, source.hits, drawn(2)]))
    chosen, count = first_enough(found, source, 0.2, 1)
    assert chosen == 2
    assert 1 <= count < (found.hits[2] != source.hits).sum() / 4


def test_what_the_density_asks_for_is_changed_whatever_the_amount():
    source = hits_of(drawn(0))
    found = hits_of(drawn(1, 3))
    assert first_enough(found, source, 0.01, 2)[1] >= source.hits.sum()
