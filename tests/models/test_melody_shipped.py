# SPDX-License-Identifier: Apache-2.0
"""The weights that ship do what they are for, on music made by code."""

from __future__ import annotations

import numpy as np
import pytest
from melody_spaces import ARCH, SCALE, tune

from models.clip import Clip, Note
from models.melody_space.candidates import distance
from models.melody_space.lines import read_line
from models.melody_space.morph import MorphWishes, morph
from models.melody_space.phrase import read_phrase
from models.melody_space.sliders import SlideWishes, slide
from models.melody_space.space import Stage, Way
from models.melody_space.store import SHIPPED, read_space
from models.melody_space.symbols import STATES, Symbols, base_of, centre_of, to_symbols

TRIADS = ((0, 4, 7), (0, 3, 7))
TUNES = (
    tune(SCALE),
    tune(ARCH, 1.0),
    tune([69, 72, 76, 72] * 4),
    tune([60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60, 60, 60]),
    tune([57, 60, 64, 69, 67, 64, 60, 62] * 2),
)


@pytest.fixture(scope="module")
def space():
    return read_space()


def test_they_are_small():
    assert SHIPPED.stat().st_size < 2_600_000


@pytest.mark.parametrize("clip", TUNES)
def test_a_tune_comes_back_from_its_point(space, clip):
    phrase = read_phrase(clip, "given")
    line = read_line(phrase.frame, phrase.voices[0])
    symbols = to_symbols(line, base_of(centre_of(line), 0), space.config.chords)
    stage = Stage.of(phrase.frame, phrase.frame.windows()[0])
    point = space.encode(Symbols(symbols.states[None], symbols.chords[None]), stage)[0]
    quiet = np.zeros((1, len(stage.places), 6, STATES + len(space.config.chords)), np.float32)
    again = space.decode(point, stage, Way(0.0, quiet))
    assert distance(again, symbols, stage.open)[0] <= 0.1 * stage.open.sum()


def test_chords_on_the_way_are_triads_as_at_its_ends(space):
    left = Clip(tuple(Note(p, b, 2.0) for b in (0, 2, 4, 6) for p in (72, 67, 64)), 8.0)
    right = Clip(tuple(Note(p, b, 1.0) for b in range(8) for p in (76, 72, 69)), 8.0)
    for clip in morph(space, left, right, MorphWishes(6))[1:-1]:
        for start in {note.start_beats for note in clip.notes}:
            chord = {note.pitch % 12 for note in clip.notes if note.start_beats == start}
            assert any(chord == {(p + n) % 12 for n in t} for p in range(12) for t in TRIADS)


def test_sliders_move_what_they_are_named_for(space):
    clip = tune(ARCH, 1.0)
    denser = slide(space, clip, SlideWishes({"density": 1.0}))
    thinner = slide(space, clip, SlideWishes({"density": -1.0}))
    assert len(denser.notes) > len(clip.notes) > len(thinner.notes)
    higher = slide(space, clip, SlideWishes({"register": 1.0}))
    assert np.mean([n.pitch for n in higher.notes]) > np.mean([n.pitch for n in clip.notes]) + 1


def test_another_seed_is_another_way(space):
    ways = {
        tuple(clip.notes for clip in morph(space, TUNES[0], TUNES[1], MorphWishes(5, seed=seed)))
        for seed in range(4)
    }
    assert len(ways) >= 3
