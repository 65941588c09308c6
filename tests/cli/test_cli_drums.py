# SPDX-License-Identifier: Apache-2.0
"""Drum spaces and drum commands from the command line."""

import pytest
from drum_spaces import groove
from tiny_drums import write_weights

from models.midi import read_midi, song_of, write_midi


@pytest.fixture
def mine(home):
    """A drum space called mine, and a beat."""
    folder = home / "drum-spaces"
    folder.mkdir(parents=True)
    write_weights(folder / "mine.drums.safetensors")
    write_midi(song_of([groove(2)]), "beat.mid")
    write_midi(song_of([groove(1, seed=4)]), "other.mid")


def test_spaces_are_listed(nextbar, nextbar_json, mine):
    assert [space["name"] for space in nextbar_json("spaces")] == ["", "mine"]
    code, out, _ = nextbar("spaces")
    assert code == 0
    assert "(ships)" in out


def test_vary_drumify_and_interpolate_in_a_space_of_ones_own(nextbar, mine):
    words = ("vary", "beat.mid", "--fill", "--lock", 42, "--space", "mine", "-o", "out.mid")
    assert nextbar(*words)[0] == 0
    hats = [
        [(n.start_beats, n.velocity) for n in read_midi(name).parts[0].clip.notes if n.pitch == 42]
        for name in ("beat.mid", "out.mid")
    ]
    assert hats[0] == hats[1]
    assert nextbar("drumify", "beat.mid", "--space", "mine", "-o", "more.mid")[0] == 0
    words = ("interpolate", "beat.mid", "other.mid", "--steps", 3, "--space", "mine")
    assert nextbar(*words, "-o", "way.mid")[0] == 0
    assert read_midi("way.2.mid").parts[0].clip.notes


def test_a_space_that_is_not_there(nextbar, mine):
    code, out, err = nextbar("vary", "beat.mid", "--space", "yours", "-o", "out.mid")
    assert (code, out) == (2, "")
    assert "there are mine" in err
