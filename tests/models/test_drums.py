# SPDX-License-Identifier: Apache-2.0
"""The drum map and the guess at drum tracks."""

import pytest

from models.clip import Clip
from models.drums import GM_DRUMS, is_drums, pad_name, pad_names


def test_general_midi_is_whole():
    assert set(range(35, 82)) <= set(GM_DRUMS)
    assert (GM_DRUMS[36], GM_DRUMS[38], GM_DRUMS[42]) == (
        "Bass Drum 1",
        "Acoustic Snare",
        "Closed Hi-Hat",
    )


def test_the_clips_own_pads_come_first():
    clip = Clip((), 4.0, kind="drums", pads=((36, "Boom"), (96, "Zap")))
    assert pad_names(clip) == {36: "Boom", 96: "Zap"}
    assert [pad_name(clip, pitch) for pitch in (36, 38, 96, 3)] == [
        "Boom",
        "Acoustic Snare",
        "Zap",
        "Pad 3",
    ]
    assert pad_names(Clip((), 4.0)) == dict(GM_DRUMS)


@pytest.mark.parametrize(
    "name", ["Drums", "DRUM KIT", "1-Kit", "Beat 3", "drumset", "808", "Perc_loop", "TR-909"]
)
def test_names_of_drum_tracks(name):
    assert is_drums(0, name)
    assert is_drums(None, name)


@pytest.mark.parametrize("name", ["", "Lead", "Steel Drum", "808 Bass", "Kitten", "Beating heart"])
def test_names_of_other_tracks(name):
    assert not is_drums(0, name)
    assert is_drums(9, name)
