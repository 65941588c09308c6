# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from bridge.cli import main
from models.clip import Clip, Note
from models.midi import Part, Song, TimedEvent, write_midi

PEDAL = TimedEvent(960, b"\xb0\x40\x7f")
MARKER = TimedEvent(0, b"\xff\x06verse")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every test has a home of its own, and works in an empty folder."""
    for name in ("NEXTBAR_OSC_PORT", "NEXTBAR_HTTP_PORT", "NEXTBAR_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


@pytest.fixture
def nextbar(capsys):
    """Run a command line; gives exit code, stdout and stderr."""

    def run(*words):
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def nextbar_json(nextbar):
    """Run a command line that must succeed with --json; gives the value."""

    def run(*words):
        code, out, err = nextbar(*words, "--json")
        assert code == 0, err or out
        return json.loads(out)

    return run


def lead(name="Lead"):
    notes = (Note((60, 62, 64, 67, 69, 72)[i * 5 % 6], i * 0.5, 0.45, 70 + i) for i in range(16))
    return Clip(tuple(notes), 8.0, name=name)


def drums():
    hats = [Note(42, i * 0.5, 0.1, 80) for i in range(16)]
    kicks = [Note(36, float(i), 0.1, 110) for i in range(8)]
    return Clip((*hats, *kicks), 8.0, kind="drums", name="Drums")


@pytest.fixture
def melody_file(tmp_path):
    path = tmp_path / "work" / "in.mid"
    write_midi(Song((Part(lead(), 0, 5),)), path)
    return path


@pytest.fixture
def band_file(tmp_path):
    """Three sounding tracks and a silent one, with a pedal and a marker."""
    bass = Clip(tuple(Note(36 + i, i * 2.0, 1.5) for i in range(4)), 8.0, name="Bass")
    parts = (
        Part(lead(), 0, 5, (PEDAL,)),
        Part(bass, 1, 33),
        Part(Clip((), 8.0, name="Empty"), 2),
        Part(drums(), 9),
    )
    path = tmp_path / "work" / "band.mid"
    write_midi(Song(parts, events=(MARKER,)), path)
    return path
