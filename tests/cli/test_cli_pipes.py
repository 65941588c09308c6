# SPDX-License-Identifier: Apache-2.0
"""The command line as a process of its own: pipes, start-up, `python -m bridge`."""

import os
import subprocess
import sys

from models.midi import read_midi

NEXTBAR = (sys.executable, "-m", "bridge")


def _run(*words, data=b""):
    return subprocess.run(
        [*NEXTBAR, *map(str, words)], input=data, capture_output=True, timeout=60, check=False
    )


def test_from_stdin_to_stdout(melody_file):
    done = _run("continue", "-", "--seed", 1, data=melody_file.read_bytes())
    assert done.returncode == 0, done.stderr
    assert read_midi(done.stdout).parts[0].clip.length_beats == 16
    assert b"nextbar: standard output: 4 bars" in done.stderr
    assert os.listdir() == ["in.mid"]


def test_the_version_loads_nothing_heavy():
    code = (
        "import sys; from bridge.cli import main; main(['--version']);"
        "heavy = {'rich', 'argparse', 'mido', 'PIL', 'torch', 'numpy', 'asyncio', 'starlette'};"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"nextbar ")


def test_a_reader_that_leaves_early_is_no_fault(melody_file):
    with subprocess.Popen(
        [*NEXTBAR, "show", str(melody_file), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        error = process.stderr.read()
        process.wait(60)
    assert b"Traceback" not in error


def test_signs_that_a_console_lacks_are_no_fault(melody_file, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = _run("show", melody_file)
    assert done.returncode == 0, done.stderr
    assert b"Lead" in done.stdout
