# SPDX-License-Identifier: Apache-2.0
"""Round trip of `continue` through a real daemon: each door, each engine, 64 and 1,000 notes.

    python bench/round_trip.py [--rounds 200]

`echo` adds nothing to the music, so its row is the daemon's own cost. Ratios are against `echo`
called in this very process, without daemon, worker or sockets, measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from daemon import daemon
from websockets.sync.client import connect

from bridge.client import OscClient
from bridge.offline import answer
from models.clip import Clip, Note
from models.engine import Partial
from models.registry import listings
from models.wire import clip_to_data

Ask = Callable[[Clip, str], None]
WARM_UP = 5


def clip_of(count: int) -> Clip:
    """A lively clip of so many notes, eight to a bar."""
    rng = random.Random(count)
    notes = tuple(
        Note(
            60 + rng.choice((0, 2, 4, 5, 7, 9, 11)),
            n / 2 + rng.uniform(0, 0.02),
            rng.choice((0.25, 0.5)),
            rng.randint(50, 110),
        )
        for n in range(count)
    )
    return Clip(notes, max(4.0, count / 2))


def osc(ports: dict[str, Any]) -> Ask:
    client = OscClient(port=ports["osc_port"])

    def ask(clip: Clip, engine: str) -> None:
        *_, last = client.request("continue", clip=clip_to_data(clip), engine=engine, seed=1)
        assert last["event"] == "done", last

    return ask


def http(ports: dict[str, Any]) -> Ask:
    url = f"http://127.0.0.1:{ports['http_port']}/v1/continue"

    def ask(clip: Clip, engine: str) -> None:
        body = json.dumps({"clip": clip_to_data(clip), "engine": engine, "seed": 1}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            assert json.load(response)["event"] == "done"

    return ask


def websocket(ports: dict[str, Any]) -> Ask:
    url = f"ws://127.0.0.1:{ports['http_port']}/v1/socket"
    socket = connect(url, max_size=None).__enter__()
    ids = iter(range(1, 1_000_000))

    def ask(clip: Clip, engine: str) -> None:
        message = {
            "op": "continue",
            "id": next(ids),
            "clip": clip_to_data(clip),
            "engine": engine,
            "seed": 1,
        }
        socket.send(json.dumps(message))
        while json.loads(socket.recv())["event"] != "done":
            pass

    return ask


def here(clip: Clip, engine: str) -> None:
    """The same request in this process."""
    given = {"engine": engine, "seed": 1}
    for _ in answer("continue", [clip], given, engines=ENGINES, rng=random.Random(1)):
        pass


def first_bar(clip: Clip) -> float:
    """Milliseconds until motif's first bar is there, in this process."""
    started = time.perf_counter()
    for event in answer(
        "continue", [clip], {"engine": "motif", "seed": 1}, engines=ENGINES, rng=random.Random(1)
    ):
        if isinstance(event, Partial):
            break
    return (time.perf_counter() - started) * 1000


ENGINES = listings()


def measure(ask: Ask, clip: Clip, engine: str, rounds: int) -> list[float]:
    """Milliseconds of each round."""
    spent = []
    for number in range(WARM_UP + rounds):
        started = time.perf_counter()
        ask(clip, engine)
        if number >= WARM_UP:
            spent.append((time.perf_counter() - started) * 1000)
    return spent


def percentiles(spent: list[float]) -> tuple[float, float]:
    return statistics.median(spent), statistics.quantiles(spent, n=100)[98]


def table(ports: dict[str, Any], rounds: int) -> Iterator[str]:
    yield "| notes | engine | door | p50 ms | p99 ms | p50 against echo in process |"
    yield "| --- | --- | --- | --- | --- | --- |"
    doors = {
        "in process": here,
        "OSC packed": osc(ports),
        "HTTP": http(ports),
        "WebSocket": websocket(ports),
    }
    for count in (64, 1000):
        clip = clip_of(count)
        base = percentiles(measure(here, clip, "echo", rounds))[0]
        for engine in ("echo", "motif"):
            for door, ask in doors.items():
                p50, p99 = percentiles(measure(ask, clip, engine, rounds))
                yield (
                    f"| {count} | {engine} | {door} | {p50:.1f} | {p99:.1f} | {p50 / base:.1f} |"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with daemon() as ports:
        for line in table(ports, rounds):
            print(line, flush=True)
        waits = [first_bar(clip_of(64)) for _ in range(rounds)]
        print(
            f"\nFirst of four bars by motif from 64 notes, in process: p50 "
            f"{statistics.median(waits):.1f} ms."
        )


if __name__ == "__main__":
    main()
