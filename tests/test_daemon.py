# SPDX-License-Identifier: Apache-2.0
"""The whole daemon as a process: start, serve, break, recover, stop."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from daemon import WAIT_S, Daemon
from pythonosc.udp_client import SimpleUDPClient

from bridge.core.events import TERMINAL
from bridge.runtime import read_ports
from models.clip import Clip, Note
from models.contract import check
from models.engine import Answer, Request, Result
from models.wire import clip_from_data, clip_to_data

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")

MELODY = Clip(
    tuple(Note(p, n / 2, 0.5, 80.0 + n) for n, p in enumerate((62, 65, 69, 74, 72, 69, 65, 64))),
    4.0,
    name="riff",
)
CLIP = clip_to_data(MELODY)


def nextbar(home, *arguments):
    environ = {**os.environ, "NEXTBAR_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        env=environ,
        text=True,
        capture_output=True,
        timeout=WAIT_S,
        check=False,
    )


def test_a_clip_goes_in_and_its_continuation_comes_back(home):
    with Daemon(home) as daemon:
        events = daemon.ask("continue", clip=CLIP, bars=4, seed=7, takes=2)
        again = daemon.ask("continue", clip=CLIP, bars=4, seed=7, takes=2)
        assert events[0]["event"] == "accepted"
        done = events[-1]
        assert (done["event"], done["seed"], done["engine"]) == ("done", 7, "clip")
        parts = [clip_from_data(take["parts"][0]) for take in done["takes"]]
        request = Request("continue", (MELODY,), {"bars": 4}, 7, 2)
        check(request, Result(tuple(Answer((part,)) for part in parts)))
        assert parts[0] != parts[1]
        assert [t["parts"] for t in again[-1]["takes"]] == [t["parts"] for t in done["takes"]]
        replayed = daemon.ask("replay", take=done["takes"][1]["take"])[-1]
        assert [t["parts"] for t in replayed["takes"]] == [t["parts"] for t in done["takes"]]
        code, printed = daemon.stop()
    assert code == 0
    assert "is listening" in printed
    assert read_ports() == {}


def test_a_second_daemon_says_where_the_first_is(home):
    with Daemon(home) as daemon:
        second = nextbar(home, "run")
        assert second.returncode == 3
        assert str(daemon.ports["osc_port"]) in second.stdout + second.stderr


def test_a_home_that_is_a_file_is_one_clear_sentence(home):
    home.write_text("in the way")
    done = nextbar(home, "run", "--osc-port", "0", "--http-port", "0")
    assert done.returncode == 1
    assert "can't be used" in done.stderr
    assert "nextbar doctor" in done.stderr


@pytest.mark.parametrize(
    ("flag", "kind"), [("--osc-port", socket.SOCK_DGRAM), ("--http-port", socket.SOCK_STREAM)]
)
def test_a_taken_port_is_one_clear_sentence(home, flag, kind):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        other = "--http-port" if flag == "--osc-port" else "--osc-port"
        done = nextbar(home, "run", flag, str(port), other, "0")
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "word"),
    [("osc_prot = 1", "osc_port"), ("osc_port = 'x'", "osc_port"), ("osc_port = ", "config.toml")],
)
def test_a_wrong_configuration_is_one_clear_sentence(home, text, word):
    home.mkdir()
    (home / "config.toml").write_text(text)
    done = nextbar(home, "run")
    assert done.returncode == 1
    assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_killing_a_worker_fails_its_job_alone(home):
    with Daemon(home, engines=["Slow"]) as daemon, daemon.osc() as client:
        events = client.request("continue", clip=CLIP, engine="slow", answer_within_s=WAIT_S)
        told = []
        for event in events:
            told.append(event)
            if event["event"] == "progress" and event["fraction"] > 0.1:
                subprocess.run(["pkill", "-9", "-P", str(daemon.process.pid)], check=False)
        assert (told[-1]["event"], told[-1]["code"]) == ("failed", "worker_died")
        assert [e["event"] for e in told].count("failed") == 1
        assert daemon.ask("continue", clip=CLIP)[-1]["event"] == "done"


def test_a_take_outlives_a_daemon_killed_before_delivery(home):
    with Daemon(home) as daemon, daemon.osc() as client:
        next(client.request("continue", clip=CLIP, seed=7, answer_within_s=WAIT_S))
        take = home / "takes" / "t1.json"
        deadline = time.monotonic() + WAIT_S
        while not take.exists() and time.monotonic() < deadline:
            pass
        daemon.kill()
    with Daemon(home) as daemon:
        takes = daemon.ask("takes")[-1]["takes"]
        assert [take["id"] for take in takes] == ["t1"]
        whole = daemon.ask("take", take="t1")[-1]["take"]
        assert whole["request"]["seed"] == 7
        assert clip_from_data(whole["parts"][0]).notes


def test_a_full_disk_fails_the_job_and_loses_nothing(home):
    resource = pytest.importorskip("resource")

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    with Daemon(home, engines=["Quick"], limits=small_files) as daemon:
        kept = daemon.ask("continue", clip=CLIP, engine="quick")[-1]
        assert kept["event"] == "done"
        large = Clip(MELODY.notes * 400, 4.0)
        failed = daemon.ask("continue", clip=clip_to_data(large), engine="quick")[-1]
        assert (failed["event"], failed["code"]) == ("failed", "storage_failed")
        assert "takes_folder" in failed["message"]
        assert [t["id"] for t in daemon.ask("takes")[-1]["takes"]] == ["t1"]
        assert daemon.ask("continue", clip=CLIP, engine="quick")[-1]["event"] == "done"


def test_a_corrupted_database_is_set_aside_and_nothing_is_lost(home):
    with Daemon(home) as daemon:
        daemon.ask("continue", clip=CLIP, takes=3)
    (home / "takes" / "takes.sqlite3").write_bytes(b"not a database" * 500)
    with Daemon(home) as daemon:
        assert len(daemon.ask("takes")[-1]["takes"]) == 3
        _, printed = daemon.stop()
    assert "set aside" in printed


def test_two_clients_never_get_each_others_answers(home):
    with Daemon(home, engines=["Quick"]) as daemon, daemon.osc() as one, daemon.osc() as two:
        running = [(one, 1), (two, 2)]
        for _ in range(10):
            streams = [
                (client.request("continue", clip=CLIP, bars=bars), bars) for client, bars in running
            ]
            for stream, bars in streams:
                done = list(stream)[-1]
                assert done["takes"][0]["parts"][0]["length_beats"] == bars * 4


def test_every_job_in_flight_is_told_when_the_daemon_stops(home):
    with Daemon(home, engines=["Slow"]) as daemon, daemon.osc() as client:
        events = client.request("continue", clip=CLIP, engine="slow", answer_within_s=WAIT_S)
        assert next(events)["event"] == "accepted"
        daemon.process.send_signal(signal.SIGTERM)
        assert list(events)[-1]["event"] == "cancelled"
        daemon.process.communicate(timeout=WAIT_S)
    assert daemon.process.returncode == 0


def test_the_log_holds_no_notes(home):
    with Daemon(home) as daemon:
        daemon.ask("continue", clip=CLIP)
    log = (home / "logs" / "nextbar.log").read_text()
    assert "done" in log
    assert "start_beats" not in log


def test_the_log_has_the_traceback_of_an_engines_bug(home):
    with Daemon(home, engines=["Raises"]) as daemon:
        assert daemon.ask("continue", clip=CLIP, engine="raises")[-1]["code"] == "engine_fault"
    assert "ZeroDivisionError: test" in (home / "logs" / "nextbar.log").read_text()


def test_the_takes_database_is_sound_after_use(home):
    with Daemon(home) as daemon:
        daemon.ask("continue", clip=CLIP)
    with sqlite3.connect(home / "takes" / "takes.sqlite3") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert json.loads((home / "takes" / "t1.json").read_text())["take"] == "t1"


def test_a_turned_knob_gets_its_newest_value_answered(home):
    """Plain OSC from an independent client: the clip's slot is the target."""
    with Daemon(home, engines=["Slow"]) as daemon, plain_osc(daemon) as client:
        client.send_message("/nextbar/clip/notes", ["A", 60, 0.0, 1.0, 100, 0])
        for request_id in (1, 2, 3):
            client.send_message("/nextbar/continue", [request_id, "engine", "slow"])
        ends = {}
        for message in heard(client):
            word = message.address.rsplit("/", 1)[1]
            if word in TERMINAL:
                ends[message.params[0]] = word
            if len(ends) == 3:
                break
    assert ends == {1: "superseded", 2: "superseded", 3: "done"}


def test_cancel_over_plain_osc_is_answered_at_once(home):
    with Daemon(home, engines=["Slow"]) as daemon, plain_osc(daemon) as client:
        client.send_message("/nextbar/clip/notes", ["A", 60, 0.0, 1.0, 100, 0])
        client.send_message("/nextbar/continue", [1, "engine", "slow"])
        words = []
        for message in heard(client):
            words.append(message.address.rsplit("/", 1)[1])
            if words[-1] == "progress" and "cancelled" not in words:
                client.send_message("/nextbar/cancel", [2, "job", "j1"])
            if message.address == "/nextbar/job":
                break
    assert words.count("cancelled") == 1
    assert "done" not in words


@contextmanager
def plain_osc(daemon):
    """A client by python-osc, which knows nothing of nextbar."""
    client = SimpleUDPClient("127.0.0.1", daemon.ports["osc_port"])
    yield client
    client._sock.close()


def heard(client):
    """What comes back to a python-osc client, for a bounded time."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        yield from client.get_messages(1.0)


def test_the_largest_message_is_the_users_choice_on_every_door(home):
    notes = tuple(Note(60, n / 8, 0.125) for n in range(25_000))
    large = clip_to_data(Clip(notes, 4000.0))
    with Daemon(home, "--max-message-mb", "1") as daemon:
        assert daemon.ask("continue", clip=CLIP)[-1]["event"] == "done"
        with daemon.osc() as client:
            client.send("continue", clip=large)
            refused = next(client.events(within_s=WAIT_S))
        assert (refused["event"], refused["code"]) == ("error", "too_large")
        body = json.dumps({"clip": large})
        answer = httpx.post(f"{daemon.url}/v1/continue", content=body, timeout=WAIT_S)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
