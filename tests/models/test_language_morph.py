# SPDX-License-Identifier: Apache-2.0
"""The morph of the clip network, with a network of random weights."""

from __future__ import annotations

import pytest
from melody_spaces import ARCH, SCALE, tune
from tiny_clip import weights_file

from models import weights
from models.clip import Scale
from models.decoding.decoder import Decoder
from models.engines.clip.writer import Writer
from models.engines.morph.language import language_morph
from models.errors import BadArgument, BadClip
from models.melody_space.morph import MorphWishes
from models.metre import Metre

FIRST, SECOND = tune(SCALE), tune(ARCH, 1.0)


@pytest.fixture(scope="module")
def writer():
    return Writer(Decoder(weights.read(weights_file())))


def _gone(clip):
    def slots(of):
        return {(round(note.start_beats * 24), note.pitch) for note in of.notes}

    return len(slots(clip) ^ slots(FIRST))


def test_the_ends_are_the_very_clips_and_no_step_goes_back(writer):
    clips = language_morph(writer, FIRST, SECOND, MorphWishes(5))
    assert len(clips) == 5
    assert clips[0] is FIRST
    assert clips[-1] is SECOND
    gone = [_gone(clip) for clip in clips[:-1]]
    assert gone == sorted(gone)
    for clip in clips[1:-1]:
        assert clip.loop_beats == 8
        assert all(n.start_beats >= 0 and n.end_beats <= 8 + 1e-6 for n in clip.notes)
        assert all(note.origin == "new" for note in clip.notes)


def test_the_same_seed_gives_the_same_notes(writer):
    wishes = MorphWishes(4, seed=3, scale=Scale(0, (0, 2, 4, 7, 9)))
    clips = [language_morph(writer, FIRST, SECOND, wishes) for _ in range(2)]
    assert clips[0] == clips[1]
    assert all(note.pitch in wishes.scale for clip in clips[0][1:-1] for note in clip.notes)


def test_what_it_can_not_do_is_told(writer):
    with pytest.raises(BadClip, match="at most 8 bars"):
        language_morph(writer, FIRST, tune(SCALE * 5), MorphWishes(3))
    with pytest.raises(BadClip, match="metre"):
        language_morph(writer, FIRST, tune([60] * 6, 1.0, metre=Metre(3, 4)), MorphWishes(3))
    with pytest.raises(BadArgument, match="steps"):
        language_morph(writer, FIRST, SECOND, MorphWishes(1))
