# SPDX-License-Identifier: Apache-2.0
"""Paths from outside: what names no place is refused with one sentence, whoever is asked."""

import os
import sys
from pathlib import Path

import pytest

from bridge.cli.outputs import choose_output, protect
from bridge.cli.sources import read_source
from bridge.config import load_settings
from bridge.core.reach import ANYWHERE, Reach
from bridge.errors import BadConfig, Refused
from bridge.paths import home
from models.audio import files
from models.drum_space.card import own_folder as drum_spaces
from models.errors import BadFile, NextbarError
from models.midi import read_midi
from models.musicgen.store import own_folder as models_folder
from models.musicgen.store import place_of
from models.places import expanded, fault_of

NO_PLACES = {
    "user": "~nosuchuser/a.wav",
    "NUL": "/tmp/a\0b.wav",
    "surrogate": "/tmp/\ud800.wav",
    "long name": "/" + 300 * "a" + ".wav",
    "long": "/" + 2_500 * "a/" + "a.wav",
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rules for paths")


@posix
@pytest.mark.parametrize("path", NO_PLACES.values(), ids=NO_PLACES)
@pytest.mark.parametrize("reach", [ANYWHERE, Reach((Path.cwd(),))])
def test_a_client_is_told_that_its_path_names_no_place(path, reach):
    with pytest.raises(BadFile) as refused:
        reach.check(path, "continue_file")
    assert refused.value.where == "continue_file"
    assert refused.value.message.startswith("continue_file")
    refused.value.message.encode()
    assert len(refused.value.message) < 200


@posix
@pytest.mark.parametrize("path", NO_PLACES.values(), ids=NO_PLACES)
@pytest.mark.parametrize(
    "opens",
    [
        files.facts,
        files.read,
        read_midi,
        read_source,
        lambda path: read_midi(path[1:]),
        lambda path: choose_output(path.replace(".wav", ".mid"), "vary", ()) and read_source(path),
        lambda path: protect([path], [path]) or read_source(path),
        lambda path: place_of(expanded("/", "x"), path.replace(".wav", "")),
    ],
)
def test_whoever_opens_it_says_so_too(path, opens):
    with pytest.raises(NextbarError):
        opens(path)


@posix
def test_settings_that_name_no_place_are_refused_when_they_are_read(monkeypatch, tmp_path):
    monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path))
    for key in ("takes_folder", "audio_folders", "midi_captures_folder"):
        with pytest.raises(BadConfig, match="no user") as refused:
            load_settings({key: "~nosuchuser/a"}, {})
        assert refused.value.where == key
    for folder in (drum_spaces, models_folder):
        with pytest.raises(BadFile, match="NEXTBAR_HOME"):
            folder({"NEXTBAR_HOME": "~nosuchuser"})
    monkeypatch.setenv("NEXTBAR_HOME", "~nosuchuser")
    with pytest.raises(BadFile, match="NEXTBAR_HOME"):
        home()


@posix
def test_links_that_lead_in_a_circle(tmp_path):
    (tmp_path / "a.wav").symlink_to(tmp_path / "b.wav")
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    for reach in (ANYWHERE, Reach((tmp_path / "a.wav", tmp_path))):
        with pytest.raises(BadFile):
            reach.check(str(tmp_path / "a.wav"), "melody_file")
    with pytest.raises(BadFile):
        files.facts(tmp_path / "a.wav")


@posix
@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may look everywhere")
def test_a_folder_that_may_not_be_looked_into(tmp_path):
    shut = tmp_path / "shut"
    shut.mkdir(mode=0)
    with pytest.raises(BadFile, match="Permission denied"):
        ANYWHERE.check(str(shut / "a.wav"), "melody_file")


def test_what_is_there_and_what_is_not(tmp_path):
    (tmp_path / "a.wav").touch()
    assert ANYWHERE.check(str(tmp_path / "a.wav"), "x") == str((tmp_path / "a.wav").resolve())
    assert fault_of(tmp_path / "a.wav") == ""
    assert fault_of(tmp_path) == "is a folder"
    assert fault_of(tmp_path / "b.wav") == "does not exist"
    assert fault_of(tmp_path / "a.wav" / "b") == "does not exist"
    assert expanded("~", "x") == expanded("", "x").home()
    with pytest.raises(Refused):
        Reach((tmp_path / "c",)).check(str(tmp_path / "a.wav"), "x")
