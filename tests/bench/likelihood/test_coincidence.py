# SPDX-License-Identifier: Apache-2.0
import pytest
from likelihood.coincidence import coincidence

from models.clip import Clip, Note
from models.tokens.scene import Part, Scene, bars_of, cells_of


def scene(own, others):
    parts = tuple(
        Part(role, Clip(tuple(Note(60, start, 0.2) for start in starts), 8.0))
        for role, starts in (("bass", own), *(("chords", starts) for starts in others))
    )
    bars = bars_of(parts[0].clip, 0.0, 2)
    return Scene("accompany", parts, bars, cells_of([0], range(2)))


def test_parts_that_strike_together_coincide():
    beats = [0.0, 2.0, 4.0, 6.0]
    assert coincidence(scene(beats, [beats])) == pytest.approx(1)
    off = coincidence(scene(beats, [[start + 1 for start in beats]]))
    assert off < 0
    assert off < coincidence(scene(beats, [[0.0, 3.0, 4.0, 7.0]])) < 1


def test_more_parts_on_a_place_weigh_more():
    own, others = [0.0, 4.0], [[0.0, 2.0, 4.0, 6.0], [0.0, 4.0]]
    assert coincidence(scene(own, others)) > coincidence(scene(own, others[:1]))


def test_silence_tells_nothing():
    assert coincidence(scene([], [[0.0]])) == 0
    assert coincidence(scene([0.0], [[]])) == 0
