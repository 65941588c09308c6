# SPDX-License-Identifier: Apache-2.0
import pytest

from bridge.core.commands import ROLES
from models.clip import Clip, Note
from models.midi import midi_bytes, read_midi, song_of_answer

LINE = Clip((Note(40, 0.0, 1.0),), 4.0)
BEAT = Clip((Note(36, 0.0, 1.0),), 4.0, kind="drums")


def _programs(song):
    return [part.program for part in read_midi(midi_bytes(song)).parts]


def test_every_role_has_a_sound_of_its_own_and_drums_have_their_channel():
    sounds = [_programs(song_of_answer((LINE,), "accompany", role))[0] for role in ROLES[:-1]]
    assert None not in sounds
    assert len(set(sounds)) == len(ROLES) - 1
    assert (
        read_midi(midi_bytes(song_of_answer((BEAT,), "accompany", "drums"))).parts[0].channel == 9
    )


def test_a_bass_is_a_general_midi_bass():
    assert 32 <= _programs(song_of_answer((LINE,), "accompany", "bass"))[0] < 40


@pytest.mark.parametrize(("source", "wanted"), [(None, 52), (19, 19)])
def test_four_voices_sound_alike(source, wanted):
    assert _programs(song_of_answer((LINE,) * 4, "harmonise", source=source)) == [wanted] * 4


def test_other_answers_sound_as_their_source():
    assert _programs(song_of_answer((LINE, BEAT), "vary", source=7)) == [7, None]
