# SPDX-License-Identifier: Apache-2.0
"""Beats and seconds through a tempo map."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.convert.seconds import TempoMap, snapped

tempo_maps = st.lists(
    st.tuples(st.floats(0.01, 50), st.floats(1, 1000)), min_size=1, max_size=4
).map(
    lambda rows: TempoMap.of_beats(
        [(sum(gap for gap, _ in rows[:i]) if i else 0.0, bpm) for i, (_, bpm) in enumerate(rows)]
    )
)


def test_a_slower_second_half():
    tempo_map = TempoMap.of_beats([(0.0, 120.0), (4.0, 60.0)])
    assert [tempo_map.seconds_at(beats) for beats in (-1, 0, 4, 6)] == [-0.5, 0, 2, 4]
    assert [tempo_map.beats_at(seconds) for seconds in (-0.5, 0, 2, 4)] == [-1, 0, 4, 6]


@given(tempo_maps, st.floats(-10, 300))
def test_there_and_back(tempo_map, beats):
    assert tempo_map.beats_at(tempo_map.seconds_at(beats)) == pytest.approx(beats, abs=1e-6)


@given(tempo_maps)
def test_the_map_of_seconds_is_the_map_of_beats(tempo_map):
    rows = [(stretch.seconds, stretch.tempo_bpm) for stretch in tempo_map.stretches]
    back = TempoMap.of_seconds(rows, 960)
    for was, now in zip(tempo_map.stretches, back.stretches, strict=True):
        assert now.beats == pytest.approx(was.beats, abs=1e-4)


def test_only_rounding_is_put_on_a_tick():
    assert snapped(0.9999999999, 960) == 1.0
    assert snapped(0.3334, 960) == 0.3334
