# SPDX-License-Identifier: Apache-2.0
"""`midi ...` and `play` on a real JACK server."""

import json
import os
import signal
import subprocess
import sys

import pytest
from daemon import Daemon
from jack_player import open_client, running_server, wait_for

from bridge.cli import main
from bridge.config import Settings
from bridge.doctor import check_midi
from models.clip import Clip, Note
from models.midi import song_of, write_midi
from models.wire import clip_to_data


@pytest.fixture(scope="module")
def server():
    with running_server("-S") as name:
        yield name


@pytest.fixture
def ear(server):
    """A port that others can play to."""
    heard = []
    ports = open_client("synth", lambda _, data, at_s: heard.append((at_s, data)))
    yield heard
    ports.close()


def test_ports_are_listed_by_system(ear, capsys):
    assert main(["midi", "list", "--json"]) == 0
    ports = json.loads(capsys.readouterr().out)["ports"]
    assert {"api": "jack", "direction": "to", "name": "synth:in"} in ports
    assert {"api": "jack", "direction": "from", "name": "synth:out"} in ports


def test_a_system_without_ports_is_told_from_one_that_does_not_run(server, capsys, monkeypatch):
    assert main(["midi", "list"]) == 0
    assert "jack works" in capsys.readouterr().err
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-no-such-server")
    monkeypatch.setattr("bridge.doors.midi.ports.SYSTEMS", {"linux": ("jack",)})
    assert main(["midi", "list"]) == 1
    assert "jack: The JACK server does not run" in capsys.readouterr().err


def test_every_note_of_the_test_comes_back(server, capsys):
    assert main(["midi", "test", "--api", "jack", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["sent"], facts["received"]) == (100, 100)


def test_a_file_is_played_on_its_channels(ear, tmp_path, capsys):
    lead = Clip((Note(60, 0.0, 0.5, 80.0), Note(64, 1.0, 0.5)), 4.0, tempo_bpm=240, name="lead")
    drums = Clip((Note(36, 0.5, 0.25),), 4.0, tempo_bpm=240, kind="drums")
    write_midi(song_of([lead, drums]), tmp_path / "song.mid")
    assert main(["play", str(tmp_path / "song.mid"), "--to", "synth", "--api", "jack"]) == 0
    assert "3 notes were played" in capsys.readouterr().out
    ons = [(at_s, data) for at_s, data in ear if data[0] & 0xF0 == 0x90]
    assert [data[:2] for _, data in ons] == [b"\x90\x3c", b"\x99\x24", b"\x90\x40"]
    offs = {data[:2] for _, data in ear if data[0] & 0xF0 == 0x80}  # may be said again
    assert offs == {b"\x80\x3c", b"\x89\x24", b"\x80\x40"}


@pytest.fixture
def heeds_ctrl_c():
    """What is started here hears Ctrl-C, also where a shell started the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGTERM that can be heard")
@pytest.mark.parametrize("ending", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_however_playing_is_ended_no_note_hangs(ear, tmp_path, ending, heeds_ctrl_c):
    write_midi(song_of([Clip((Note(60, 0.0, 60.0),), 64.0)]), tmp_path / "held.mid")
    playing = subprocess.Popen(
        [sys.executable, "-m", "bridge", "play", str(tmp_path / "held.mid"), "--to", "synth",
         "--api", "jack"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for(lambda: any(data[0] == 0x90 for _, data in ear), "the note")
    playing.send_signal(getattr(signal, ending))
    _, said = playing.communicate(timeout=20)
    assert playing.returncode == 130
    assert "stopped" in said
    wait_for(lambda: b"\x80\x3c" in {data[:2] for _, data in ear}, "its end")
    assert b"\xb0\x7b\x00" in [data for _, data in ear]


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--tempo", "0"), ("--tempo", "fast"), ("--start", "nan"), ("--channel", "17"),
     ("--wait", "-1"), ("--start", "1.5")],
)  # fmt: skip
def test_a_wish_that_can_not_be_met_is_refused_by_name(tmp_path, capsys, flag, value):
    write_midi(song_of([Clip((Note(60, 0.0, 1.0),), 4.0)]), tmp_path / "song.mid")
    assert main(["play", str(tmp_path / "song.mid"), flag, value]) == 2
    assert flag.strip("-") in capsys.readouterr().err


def test_playing_on_a_port_that_is_not_there_is_one_sentence(server, tmp_path, capsys):
    write_midi(song_of([Clip((Note(60, 0.0, 1.0),), 4.0)]), tmp_path / "song.mid")
    assert main(["play", str(tmp_path / "song.mid"), "--to", "nowhere", "--api", "jack"]) == 1
    assert "no port nowhere" in capsys.readouterr().err


def test_an_unknown_take_is_told(server, capsys):
    assert main(["play", "t99", "--api", "jack"]) == 1
    assert "t99" in capsys.readouterr().err


def test_the_monitor_prints_what_comes_in(ear, server):
    player = open_client("keys")
    watching = subprocess.Popen(
        [sys.executable, "-m", "bridge", "midi", "monitor", "--from", "keys", "--api", "jack",
         "--count", "2"],
        env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert "listening by jack" in watching.stderr.readline()
    player.send(b"\xf8", 0.0)
    player.send(b"\x92\x3c\x50", 0.0)
    player.send(b"\xb0\x40\x7f", 0.0)
    printed, _ = watching.communicate(timeout=20)
    player.close()
    lines = [" ".join(line.split()[1:]) for line in printed.splitlines()]
    assert lines == ["channel 3 note on 60 80", "channel 1 control 64 127"]


def test_the_door_is_steered_from_the_command_line(server, home, capsys):
    with Daemon(home, "--midi", "--midi-api", "jack") as daemon:
        wait_for(lambda: daemon.ask("steer")[0]["stats"], "the ports")
        assert main(["midi", "steer", "--mode", "loop", "--adventure", "0.25", "--json"]) == 0
        state = json.loads(capsys.readouterr().out)
        assert (state["mode"], state["adventure"]) == ("loop", 0.25)
        assert main(["midi", "steer", "--density", "99"]) == 1
        assert "density" in capsys.readouterr().err


def test_what_was_played_is_a_take_that_can_be_played_but_not_made_again(ear, home, capsys):
    clip = Clip((Note(62, -0.05, 0.5), Note(64, 0.5, 0.5)), 4.0, tempo_bpm=240, name="played")
    with Daemon(home) as daemon:
        take = daemon.ask("capture", clips=[clip_to_data(clip)])[0]["takes"][0]["id"]
    assert main(["play", take, "--to", "synth", "--api", "jack"]) == 0
    assert [data[:2] for _, data in ear if data[0] == 0x90] == [b"\x90\x3e", b"\x90\x40"]
    assert main(["takes", "replay", take]) == 2
    assert f"{take} was played" in capsys.readouterr().err


def test_the_doctor_names_ports_only_where_midi_is_on(ear):
    assert check_midi(Settings()).found == "can be turned on: nextbar run --midi"
    on = check_midi(Settings(midi=True), "linux")
    assert on.state == "ok"
    assert "synth:in" in on.found
