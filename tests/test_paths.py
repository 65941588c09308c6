# SPDX-License-Identifier: Apache-2.0
import sys
from pathlib import Path

import pytest

from bridge import paths
from bridge.takes import TakeStore

PLACES = (
    paths.config_file,
    paths.data_folder,
    paths.takes_folder,
    paths.takes_database,
    paths.reports_folder,
    paths.log_folder,
    paths.log_file,
    paths.runtime_folder,
    paths.lock_file,
    paths.port_file,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_nextbar_home_overrides_every_path(place, tmp_path, monkeypatch):
    monkeypatch.delenv(paths.HOME_VARIABLE, raising=False)
    usual = place()
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    assert place().is_relative_to(tmp_path)
    assert not usual.is_relative_to(tmp_path)
    assert usual.is_absolute()


def test_no_two_files_share_a_place(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    assert len({place() for place in PLACES}) == len(PLACES)


def test_an_empty_home_is_no_home(monkeypatch):
    monkeypatch.setenv(paths.HOME_VARIABLE, " ")
    assert paths.home() is None


def test_a_relative_home_is_made_absolute(monkeypatch):
    monkeypatch.setenv(paths.HOME_VARIABLE, "here")
    assert paths.home() == Path("here").absolute()


def test_asking_creates_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path / "none"))
    for place in PLACES:
        place()
    assert not (tmp_path / "none").exists()


def test_the_database_is_the_one_that_the_store_uses(tmp_path):
    TakeStore(tmp_path, lambda: 0.0).close()
    assert paths.takes_database(tmp_path).is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="the variable is Linux's own")
@pytest.mark.parametrize("session", ["", "/no/such/folder", "relative"])
def test_a_session_without_runtime_folder_uses_the_state_folder(session, tmp_path, monkeypatch):
    monkeypatch.delenv(paths.HOME_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", session)
    assert paths.port_file() == tmp_path / "nextbar" / "run" / "ports.json"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert paths.port_file() == tmp_path / "nextbar" / "ports.json"
