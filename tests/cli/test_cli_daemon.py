# SPDX-License-Identifier: Apache-2.0
"""The command line beside a daemon that really runs."""

import json
import os
import subprocess
import sys
import time

import pytest

import bridge
from bridge import paths
from bridge.doctor import running_daemon

START_S = 30


@pytest.fixture
def daemon(monkeypatch):
    """A daemon on free ports; gives its process."""
    command = [sys.executable, "-m", "bridge", "--osc-port", "0", "--http-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + START_S
        while not paths.port_file().exists():
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process
        process.kill()


def test_send_finds_the_daemon_and_a_second_run_does_not_start(nextbar, nextbar_json, daemon):
    assert running_daemon()["pid"] == daemon.pid
    code, out, _ = nextbar("send", "/nextbar/ping", 1, "--wait", 0.3)
    assert code == 0
    assert out.startswith(f'/nextbar/pong 1 "{bridge.__version__}"')
    code, out, err = nextbar("run")
    assert code == 3
    assert str(daemon.pid) in out + err


def test_doctor_knows_its_own_ports(nextbar_json, daemon, monkeypatch):
    ports = json.loads(paths.port_file().read_text())
    monkeypatch.setenv("NEXTBAR_OSC_PORT", str(ports["osc_port"]))
    monkeypatch.setenv("NEXTBAR_HTTP_PORT", str(ports["http_port"]))
    found = {check["name"]: check for check in nextbar_json("doctor")}
    for name in ("osc port", "http port"):
        assert found[name]["state"] == "ok"
        assert "listens there" in found[name]["found"]


@pytest.mark.skipif(os.name == "nt", reason="there a process can only be ended at once")
def test_it_greets_and_leaves_when_told(daemon):
    daemon.terminate()
    out, _ = daemon.communicate(timeout=START_S)
    assert daemon.returncode == 0
    assert b"listening" in out
    assert not paths.port_file().exists()
