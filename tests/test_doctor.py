# SPDX-License-Identifier: Apache-2.0
import json
import os
import socket
import sqlite3

import pytest

import bridge
from bridge import doctor, paths
from bridge.config import Settings


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _write_port_file(**data):
    paths.runtime_folder().mkdir(parents=True)
    paths.port_file().write_text(json.dumps(data))


def test_a_fresh_installation_has_no_fault(home):
    config = home.parent / "config.toml"
    config.write_text("osc_port = 0\nhttp_port = 0\n")
    checks = doctor.examine({}, config)
    assert not [check for check in checks if check.state == "fail"]
    assert len({check.name for check in checks}) == len(checks)
    assert not home.exists()


def test_a_broken_config_is_told_and_the_rest_is_still_checked(home):
    home.mkdir()
    (home / "config.toml").write_text("osc_port =")
    checks = {check.name: check for check in doctor.examine({})}
    assert checks["config"].state == "fail"
    assert "config.toml" in checks["config"].found
    assert "takes folder" in checks


@pytest.mark.parametrize(
    ("name", "kind"), [("osc port", socket.SOCK_DGRAM), ("http port", socket.SOCK_STREAM)]
)
def test_a_port_is_free_foreign_or_ours(name, kind):
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        foreign = doctor.check_port(name, kind, "127.0.0.1", port)
        _write_port_file(pid=os.getpid(), version="9.9", **{name.replace(" ", "_"): port})
        ours = doctor.check_port(name, kind, "127.0.0.1", port)
    free = doctor.check_port(name, kind, "127.0.0.1", port)
    assert (foreign.state, ours.state, free.state) == ("fail", "ok", "ok")
    assert foreign.fix.startswith(f"nextbar run --{name.replace(' ', '-')} ")
    assert "nextbar 9.9" in ours.found


def test_a_running_daemon_of_another_version_is_a_warning():
    assert doctor.check_version().state == "ok"
    _write_port_file(pid=os.getpid(), version="0.0.1")
    check = doctor.check_version()
    assert check.state == "warn"
    assert bridge.__version__ in check.found


@pytest.mark.parametrize("text", ["", "[]", "{", '{"pid": "x"}', '{"pid": -1}'])
def test_a_broken_port_file_is_no_daemon(text):
    paths.runtime_folder().mkdir(parents=True)
    paths.port_file().write_text(text)
    assert doctor.running_daemon() == {}


def test_the_database_is_whole_broken_or_not_there_yet(tmp_path):
    path = tmp_path / "takes.sqlite3"
    assert doctor.check_takes_database(path).state == "ok"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE takes (name)")
    connection.close()
    assert doctor.check_takes_database(path).state == "ok"
    path.write_bytes(b"this is no database at all, not even nearly" * 100)
    broken = doctor.check_takes_database(path)
    assert broken.state == "fail"
    assert broken.fix


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs folders that refuse"
)
def test_a_folder_that_refuses(tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert doctor.check_folder("runtime folder", tmp_path / "x").state == "fail"
    finally:
        tmp_path.chmod(0o700)


def test_a_file_in_place_of_a_folder_is_a_fault(tmp_path):
    (tmp_path / "file").write_text("")
    check = doctor.check_takes_folder(tmp_path / "file")
    assert check.state == "fail"
    assert "mkdir" in check.fix


def test_too_little_space(tmp_path, monkeypatch):
    free = doctor.shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(doctor, "LOW_SPACE_BYTES", free * 2)
    assert doctor.check_takes_folder(tmp_path).state == "warn"
    monkeypatch.setattr(doctor, "NO_SPACE_BYTES", free * 2)
    assert doctor.check_takes_folder(tmp_path).state == "fail"


def test_an_engine_that_is_not_there_is_a_fault_with_a_hint():
    checks = doctor.check_engines(Settings(engines={"no.such:Engine": ""}))
    assert checks[0].state == "fail"
    assert "no.such:Engine" in checks[0].found


def test_audio_and_its_output(monkeypatch):
    assert doctor.check_audio(Settings()).state == "ok"
    known = doctor.find_spec

    def without(*modules):
        return lambda module: None if module in modules else known(module)

    monkeypatch.setattr(doctor, "find_spec", without("soxr"))
    assert doctor.check_audio(Settings()).fix == "pip install soxr"
    monkeypatch.setattr(doctor, "find_spec", known)
    monkeypatch.setattr("bridge.sound.devices.find_spec", without("jack"))
    check = doctor.check_audio(Settings(audio_out="jack"))
    assert (check.state, check.fix) == ("fail", 'pip install "nextbar[audio-out]"')
    assert doctor.check_audio(Settings(audio_out="default")).state == "ok"
