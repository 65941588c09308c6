# SPDX-License-Identifier: Apache-2.0
"""A daemon on free ports with a home of its own, for measuring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def daemon(*flags: str) -> Iterator[dict[str, Any]]:
    """Its port file, and `started`: when the process was launched, by `time.perf_counter`."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "NEXTBAR_HOME": home}
        ports_free = ("--osc-port", "0", "--http-port", "0")
        command = [sys.executable, "-m", "bridge", "run", *ports_free, *flags]
        started = time.perf_counter()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=environ, **quiet) as process:
            ports = Path(home) / "run" / "ports.json"
            while not ports.exists():
                time.sleep(0.002)
            yield {**json.loads(ports.read_text()), "started": started}
            process.terminate()
