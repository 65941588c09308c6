# SPDX-License-Identifier: Apache-2.0
"""The tutorial's engine runs as the page says, and obeys the contract."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from models import examples
from models.audio import files
from models.midi import read_midi, song_of, write_midi

PAGE = Path(__file__).parents[1] / "docs" / "adding-an-engine.md"


def test_the_engine_of_the_tutorial_works(home, tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    code, settings = (
        re.search(rf"```{kind}\n(.*?)```", text, re.S).group(1) for kind in ("python", "toml")
    )
    (tmp_path / "shuffle_engine.py").write_text(code)
    home.mkdir()
    (home / "config.toml").write_text(settings)
    write_midi(song_of([examples.melody()]), tmp_path / "riff.mid")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = "continue riff.mid -o next.mid --engine shuffle --set wildness=0.5 --takes 3 --show"
    for arguments in ("models info shuffle", command):
        done = subprocess.run(
            [sys.executable, "-m", "bridge", *arguments.split()],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "shuffle" in done.stdout
    clips = [read_midi(tmp_path / f"next.{n}.mid").parts[0].clip for n in (1, 2, 3)]
    assert {clip.length_beats for clip in clips} == {16.0}
    assert len({clip.notes for clip in clips}) == 3


def test_the_engine_that_makes_sound_works(home, tmp_path):
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[1]
    (tmp_path / "hum_engine.py").write_text(code)
    home.mkdir()
    (home / "config.toml").write_text('[engines]\n"hum_engine:Hum" = ""\n')
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    words = "audio hm --engine hum --set pitch=57 --bars 1 --tempo 120 -o hum.wav"
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words.split()],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sound = files.read(tmp_path / "hum.wav")
    assert sound.samples.shape == (1, 88_200)
    strongest = np.argmax(np.abs(np.fft.rfft(sound.samples[0]))) / sound.seconds
    assert strongest == 220.0
