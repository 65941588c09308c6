# SPDX-License-Identifier: Apache-2.0
"""Patterns between two drum windows that are made of whole parts of both."""

from __future__ import annotations

import numpy as np
import pytest
from drum_spaces import groove

from models.drum_space.config import LANE_COUNT
from models.drum_space.frame import Frame, frame_of
from models.drum_space.handing import handed
from models.metre import Metre
from models.percussion.hits import Hits, read_part
from models.percussion.lanes import KICK, SNARE

METRES = ((4, 4), (3, 4), (7, 8), (5, 32))


def ends(metre: Metre, bars: int = 2) -> tuple[Hits, Hits, Frame]:
    """A groove, and the same with every cell chosen anew."""
    clip = groove(bars, metre)
    part = read_part(clip)
    rng = np.random.default_rng(3)
    hits = rng.random(part.hits.hits.shape) < 0.3
    velocities = np.where(hits, rng.random(hits.shape), 0).astype(np.float32)
    other = Hits(hits, velocities, np.zeros_like(velocities))
    return part.hits, other, frame_of(part.steps, clip.tempo_bpm)


@pytest.mark.parametrize("metre", METRES)
def test_every_cell_is_one_of_an_end_as_it_was_played(metre: tuple[int, int]) -> None:
    start, end, frame = ends(Metre(*metre))
    found = handed(start, end, frame, np.random.default_rng(1))
    assert len(found.hits) > 20
    for row in range(len(found.hits)):
        assert (found[row].same_as(start) | found[row].same_as(end)).all()


def test_none_is_an_end_itself() -> None:
    start, end, frame = ends(Metre())
    found = handed(start, end, frame, np.random.default_rng(1)).hits
    for limit in (start, end):
        assert (found != limit.hits).any(axis=(1, 2)).all()


def test_whole_lanes_are_handed_over_first_then_lanes_of_a_bar_and_of_half_a_bar() -> None:
    start, end, frame = ends(Metre())
    found = handed(start, end, frame, np.random.default_rng(1)).hits
    differ = start.hits != end.hits
    came = (found == end.hits) & differ
    whole = [(row.sum(0) == 0) | (row.sum(0) == differ.sum(0)) for row in came]
    assert all(lanes.all() for lanes in whole[:20])
    assert not all(lanes.all() for lanes in whole)
    half = differ.reshape(4, 8, LANE_COUNT).sum(1)
    parts = came.reshape(-1, 4, 8, LANE_COUNT).sum(2)
    assert ((parts == 0) | (parts == half)).all()


def test_windows_that_differ_in_one_lane_of_half_a_bar_have_nothing_to_hand_over() -> None:
    start, _, frame = ends(Metre())
    hits = start.hits.copy()
    hits[3, KICK] ^= True
    end = Hits(hits, start.velocities, start.offsets)
    assert not len(handed(start, end, frame, np.random.default_rng(1)).hits)
    hits[3, SNARE] ^= True
    assert len(handed(start, end, frame, np.random.default_rng(1)).hits)
