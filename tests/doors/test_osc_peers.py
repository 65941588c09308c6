# SPDX-License-Identifier: Apache-2.0
"""Real OSC programs run the shipped examples against a real daemon.

Without `oscsend` and `pd` these tests fail where the environment variable CI is set; without
`sclang`, which is large, they skip.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from daemon import Daemon

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LIMIT_S = 60
IN_CI = bool(os.environ.get("CI"))  # read before the test's own environment is made

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are Unix ones")


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home")) as daemon:
        yield daemon.ports["osc_port"]


def need(program, *, large=False):
    if shutil.which(program):
        return
    if IN_CI and not large:
        pytest.fail(f"{program} is not installed")
    pytest.skip(f"{program} is not installed")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def end_group(pid):
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)


def output_until(command, mark, **environment):
    """What a program says up to the line with the mark; it is ended then."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    # Its children, such as oscdump, hold the pipe open: the whole group has to go.
    watchdog = threading.Timer(LIMIT_S, end_group, [process.pid])
    watchdog.start()
    lines = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if mark in line:
                break
    finally:
        watchdog.cancel()
        end_group(process.pid)
        process.wait(LIMIT_S)
        process.stdout.close()
    return lines


def test_a_shell_with_liblo_makes_the_whole_journey(port):
    need("oscsend")
    need("oscdump")
    script = str(EXAMPLES / "oscsend.sh")
    lines = output_until(["sh", script, str(port), str(free_port()), "30"], "/nextbar/done")
    words = [line.split()[1] for line in lines if "/nextbar/" in line]
    assert words[:1] == ["/nextbar/engine"]
    assert words.count("/nextbar/clip") == 4
    for name in ("welcome", "accepted", "take", "part", "notes", "done"):
        assert f"/nextbar/{name}" in words
    assert words[-1] == "/nextbar/done"
    assert not [line for line in lines if "error" in line]


def test_pure_data_runs_the_patch(port, tmp_path):
    need("pd")
    patch = tmp_path / "continue.pd"
    patch.write_text((EXAMPLES / "continue.pd").read_text().replace("9311", str(port)))
    command = ["pd", "-nogui", "-noaudio", "-nomidi", "-nrt", "-stderr", str(patch)]
    lines = output_until(command, "nextbar done")
    said = [line for line in lines if line.startswith("nextbar: list nextbar")]
    assert said[0].split()[2:] == ["nextbar", "clip", "A", "0", "4"]
    assert said[1].split()[2:] == ["nextbar", "clip", "A", "4", "4"]
    notes = [line.split()[4:] for line in said if line.startswith("nextbar: list nextbar notes")]
    done = said[-1].split()
    assert done[3:5] == ["done", "7"]
    assert sum(len(words) - 5 for words in notes) == 5 * int(done[7])


def test_supercollider_runs_the_script(port, tmp_path):
    need("sclang", large=True)
    environment = {
        "NEXTBAR_OSC_PORT": str(port),
        "NEXTBAR_QUIT": "1",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(tmp_path),
        "HOME": str(tmp_path),
    }
    lines = output_until(["sclang", str(EXAMPLES / "continue.scd")], "cleaning up", **environment)
    assert not [line for line in lines if line.startswith(("error:", "ERROR"))]
    (done,) = [line for line in lines if line.startswith("done:")]
    counted, _, told, _ = done.removeprefix("done: ").split()
    assert counted == told
    assert int(counted) > 0
    assert any(line.startswith("accepted: job ") for line in lines)


def test_python_runs_the_packed_example(port):
    command = [sys.executable, str(EXAMPLES / "python_osc.py"), str(port)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True)
    lines = finished.stdout.splitlines()
    assert lines[0].startswith("accepted")
    assert sum(line.startswith("take ") for line in lines) == 2
    assert sum(line.startswith("  ") for line in lines) >= 2
