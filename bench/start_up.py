# SPDX-License-Identifier: Apache-2.0
"""What starting and doing nothing costs: processor time, memory, time to the first answer.

    python bench/start_up.py [--rounds 10]

Ratios are against an interpreter that does nothing, started in the same run. Linux only.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from daemon import daemon

from bridge.client import OscClient

IDLE_S = 10.0


def cpu_s(*command: str) -> float:
    """Processor seconds that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def median(measure: Callable[[], float], rounds: int) -> float:
    """The middle one of so many measurements, after one to warm the disk cache."""
    measure()
    return statistics.median(measure() for _ in range(rounds))


def hello_s() -> float:
    """From launching the daemon to the answer of hello."""
    with daemon() as facts, OscClient(port=facts["osc_port"]) as client:
        list(client.request("hello"))
        return time.perf_counter() - facts["started"]


def resident_mb(pid: int) -> float:
    """Memory of a process and its children."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    lines = (Path(f"/proc/{p}/status").read_text().splitlines() for p in pids)
    return (
        sum(int(line.split()[1]) for status in lines for line in status if line.startswith("VmRSS"))
        / 1024
    )


def idle() -> tuple[float, float]:
    """Memory in MB with the first worker warm, and the share of one core, while nothing happens."""
    with daemon() as facts:
        with OscClient(port=facts["osc_port"]) as client:
            list(client.request("hello"))
        time.sleep(1.0)
        ticks = _ticks(facts["pid"])
        time.sleep(IDLE_S)
        spent = (_ticks(facts["pid"]) - ticks) / os.sysconf("SC_CLK_TCK")
        return resident_mb(facts["pid"]), spent / IDLE_S


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    base = median(lambda: cpu_s("-c", "pass"), rounds)
    print("| what | measured | against an empty interpreter |\n| --- | --- | --- |")
    for title, command in (
        ("`nextbar --version`, CPU", ("-m", "bridge", "--version")),
        ("`nextbar doctor`, CPU", ("-m", "bridge", "doctor")),
        ("`import bridge.app`, CPU", ("-c", "import bridge.app")),
    ):
        spent = median(lambda command=command: cpu_s(*command), rounds)
        print(f"| {title} | {spent:.2f} s | {spent / base:.1f} |", flush=True)
    print(f"| empty interpreter, CPU | {base:.2f} s | 1.0 |")
    print(f"| launch to the answer of `hello` | {median(hello_s, rounds):.2f} s | |", flush=True)
    memory_mb, share = idle()
    print(f"| idle, daemon and warm worker together | {memory_mb:.0f} MB | |")
    print(f"| idle, share of one core | {share:.2%} | |")


if __name__ == "__main__":
    main()
