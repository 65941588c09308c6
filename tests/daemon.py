# SPDX-License-Identifier: Apache-2.0
"""A real daemon in a process of its own, on free ports, with a home in a test's folder."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bridge.client import OscClient

HERE = Path(__file__).parent
WAIT_S = 20.0


class Daemon:
    """`nextbar run`, waited for until it says where it listens."""

    def __init__(self, home, *flags, engines=(), limits=None):
        self.home = Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        if engines:
            places = (name if ":" in name else f"engines:{name}" for name in engines)
            lines = ["[engines]", *(f'"{place}" = ""' for place in places)]
            (self.home / "config.toml").write_text("\n".join(lines))
        environ = {**os.environ, "NEXTBAR_HOME": str(home), "PYTHONPATH": str(HERE)}
        command = [sys.executable, "-m", "bridge", "run", "--osc-port", "0", "--http-port", "0"]
        self.process = subprocess.Popen(
            [*command, *flags],
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=limits,  # noqa: PLW1509 - no threads here yet
        )
        self.ports = self._wait()

    def _wait(self):
        ports = self.home / "run" / "ports.json"
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, ValueError):
                facts = json.loads(ports.read_text())
                if facts["pid"] == self.process.pid:
                    return facts
            time.sleep(0.01)
        self.process.kill()
        raise AssertionError("the daemon did not start: " + self.process.communicate()[0])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.ports['http_port']}"

    def osc(self):
        return OscClient(port=self.ports["osc_port"])

    def ask(self, op, **body):
        """Every event of one request."""
        with self.osc() as client:
            return list(client.request(op, answer_within_s=WAIT_S, **body))

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def stop(self):
        """Ctrl-C; gives the exit code and what was printed."""
        self.process.send_signal(signal.SIGINT)
        printed = self.process.communicate(timeout=WAIT_S)[0]
        return self.process.returncode, printed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
