# SPDX-License-Identifier: Apache-2.0
"""`nextbar audio`, and what the verbs about takes do with sound."""

import errno
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from bridge.pictures.waveform import Wave, lay_out_waves, text_wave
from models.audio import files

WORDS = ("audio", "drums and bass", "--bars", "2", "--tempo", "140", "--seed", "3")


def test_words_become_a_loop(nextbar):
    code, out, err = nextbar(*WORDS, "-o", "loop.wav", "--show", "--picture", "loop.png")
    assert code == 0
    assert "loop.wav: 2 bars of 4/4 at 140 bpm, 3.429 s, seed 3, tonebank" in out
    assert "█" in out
    assert "not a model" in err
    assert files.facts("loop.wav").length_samples == 151_200
    with open("loop.png", "rb") as picture:
        assert picture.read(4) == b"\x89PNG"


def test_several_takes_and_json(nextbar_json):
    told = nextbar_json(*WORDS, "--takes", "3", "-o", "x.wav", "--rate", "48000")
    assert told["files"] == ["x.1.wav", "x.2.wav", "x.3.wav"]
    assert (told["bars"], told["seconds"], told["engine"]) == (2, 164_571 / 48_000, "tonebank")
    sounds = [files.read(name).samples for name in told["files"]]
    assert {sound.shape for sound in sounds} == {(2, 164_571)}
    assert not np.array_equal(sounds[0], sounds[1])
    assert len(told["takes"]) == 3
    assert not os.listdir("../home/takes/drafts")


def test_a_clip_a_melody_and_a_sound(nextbar, melody_file):
    assert nextbar("audio", "bell", "--melody", melody_file, "-o", "a.wav")[0] == 0
    assert nextbar("audio", "--clip", melody_file, "-o", "b.wav", "--seed", "1")[0] == 0
    rest = ("--bars", "1", "--tempo", "120", "-o")
    assert nextbar("audio", "flute", "--melody", "a.wav", *rest, "c.wav")[0] == 0
    assert nextbar("audio", "organ", "--continue", "a.wav", *rest, "d.wav")[0] == 0
    assert files.facts("c.wav").length_samples == 88_200


def test_without_a_name_it_is_called_after_the_command(nextbar):
    assert nextbar("audio", "pad", "--bars", "1")[0] == 0
    assert files.facts("nextbar.audio.wav").sample_rate_hz == 44_100


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("audio",), 2, "Say what it shall sound like"),
        (("audio", "x", "--bars", "0"), 2, "bars"),
        (("audio", "x", "--bars", "1000"), 2, "bars"),
        (("audio", "x", "-o", "x.mp3"), 2, ".wav"),
        (("audio", "x", "--continue", "no.wav", "--tempo", "90"), 1, "does not exist"),
        (("audio", "x", "--continue", "in.wav"), 2, "tempo"),
        (("audio", "x", "--continue", "text.wav", "--tempo", "90"), 1, "not audio"),
        (("audio", "x", "--melody", "no.mid"), 1, "does not exist"),
        (
            ("audio", "x", "--continue", "in.wav", "--tempo", "90", "-o", "in.wav"),
            2,
            "written over",
        ),
        (("audio", "x", "--engine", "motif"), 1, "does not serve"),
        (("audio", "x", "-o", "no/such/place.wav"), 1, "can't be written"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(nextbar, words, code, part):
    files.write("in.wav", np.full((1, 44_100), 0.3, np.float32), 44_100)
    with open("text.wav", "w", encoding="utf-8") as text:
        text.write("not a sound")
    before = set(os.listdir())
    found, out, err = nextbar(*words)
    assert (found, out) == (code, "")
    assert part in err.splitlines()[-1]
    assert set(os.listdir()) == before


def test_a_full_disk_does_not_cost_the_sound(nextbar, monkeypatch):
    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("bridge.cli.outputs.write_whole", full)
        code, out, err = nextbar(*WORDS, "-o", "a.wav")
    assert (code, out) == (1, "")
    assert "nextbar takes export t1 -o FILE" in err
    assert "No space left" in err.splitlines()[-1]
    assert nextbar("takes", "export", "t1", "-o", "b.wav")[0] == 0
    assert files.facts("b.wav").length_samples == 151_200


def test_where_nothing_can_be_written_nothing_is_made(nextbar, monkeypatch):
    monkeypatch.setattr("bridge.offline.run", None)
    os.mkdir("closed")
    monkeypatch.setattr("os.access", lambda path, mode: not str(path).endswith("closed"))
    for name, why in (("no/a.wav", "does not exist"), ("closed/a.wav", "may not be written")):
        code, _, err = nextbar(*WORDS, "-o", name)
        assert code == 1
        assert why in err


def test_takes_are_listed_shown_written_and_made_again(nextbar, nextbar_json):
    take = nextbar_json(*WORDS, "-o", "a.wav")["takes"][0]
    assert "drums and bass" in nextbar("takes", "list")[1]
    assert "█" in nextbar("takes", "show", take)[1]
    assert nextbar("takes", "show", take, "-o", "a.svg")[0] == 0
    assert nextbar("takes", "export", take, "-o", "b.wav")[0] == 0
    with open("a.wav", "rb") as a, open("b.wav", "rb") as b:
        assert a.read() == b.read()
    told = json.loads(nextbar("takes", "replay", take, "-o", "c.wav", "--json")[1])
    assert told["same"] is True
    assert nextbar("takes", "export", told["takes"][0])[0] == 0
    assert os.path.exists(f"{told['takes'][0]}.wav")
    assert nextbar("takes", "forget", take)[0] == 0
    assert not os.path.exists(f"../home/takes/{take}.wav")


def test_a_wave_in_letters():
    peaks = tuple((-level / 8, level / 8) for level in range(9))
    wave = Wave("title", "facts", peaks, 2)
    assert text_wave(wave, rows=1).splitlines() == ["title", " ▁▂▃▄▅▆▇█", "1   2", "facts"]
    assert text_wave(wave, rows=1, plain=True).splitlines()[1] == "     ####"
    assert text_wave(wave, rows=2).splitlines()[1:3] == ["     ▂▄▆█", " ▂▄▆█████"]


def test_a_wave_in_a_picture_has_its_bars():
    wave = Wave("title", "facts", ((-1.0, 0.5), (0.0, 0.0)), 3)
    shapes = lay_out_waves([wave, wave]).shapes
    roles = [getattr(shape, "role", "") for shape in shapes]
    assert roles.count("bar") == roles.count("ruler") == 6
    (first, second) = [shape for shape in shapes if getattr(shape, "role", "") == "wave"][:2]
    assert first.y2 - first.y1 == pytest.approx(90)
    assert second.y2 - second.y1 == 1


def test_sound_goes_into_a_pipe(home):
    words = [sys.executable, "-m", "bridge", *WORDS, "-o", "-"]
    done = subprocess.run(words, capture_output=True, check=True)
    assert done.stdout[:4] == b"RIFF"
    assert b"2 bars of 4/4" in done.stderr
    with open("x.wav", "wb") as file:
        file.write(done.stdout)
    assert files.facts("x.wav").length_samples == 151_200
    several = subprocess.run([*words, "--takes", "2"], capture_output=True, check=False)
    assert (several.returncode, several.stdout) == (2, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows guesses where a user's home is")
@pytest.mark.parametrize("flag", ["--melody-file", "--continue-file"])
@pytest.mark.parametrize("path", ["~nosuchuser/a.wav", "/" + 5_000 * "a" + ".wav"])
def test_a_sound_that_names_no_place(nextbar, flag, path):
    code, out, err = nextbar("audio", "rain", flag, path, "--tempo-bpm", 100)
    assert (code, out) == (1, "")
    assert f"{flag[2:].replace('-', '_')} names no place here" in err
