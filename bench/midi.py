# SPDX-License-Identifier: Apache-2.0
"""How exactly the MIDI door plays: lateness, drift, losses, idle processor time.

    python bench/midi.py timing [--notes 600]    late notes at three tempi
    python bench/midi.py endless [--minutes 10]  16 notes a beat: losses, repeated bars, drift
    python bench/midi.py systems                 JACK-Client beside rtmidi, without nextbar's door
    python bench/midi.py idle [--seconds 30]     processor time while it listens

Needs jackd. A JACK server with the dummy driver is started; the scripted player is a client of
it in this process, the door is one in another. Times are samples, counted by the server. The
server is synchronous, so that a cycle waits for its clients on a machine that is busy.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from daemon import daemon

from bridge.client import OscClient

TESTS = Path(__file__).parents[1] / "tests"
sys.path.append(str(TESTS))

from jack_player import PERIOD_FRAMES, PERIOD_S, Player, running_server, wait_for  # noqa: E402
from midi_engines import NOTES_PER_BEAT, PITCHES  # noqa: E402

TEMPI_BPM = (60.0, 120.5, 174.0)
CHUNK_BEATS = 64.0  # how far ahead the player's clock is handed over


@dataclass
class Here:
    """The daemon's client, its port file, and the player."""

    client: OscClient
    facts: dict[str, Any]
    player: Player

    def state(self, **steer: object) -> dict[str, Any]:
        """Steer the door; gives its state."""
        return next(iter(self.client.request("steer", answer_within_s=30, **steer)))

    def stage_pid(self) -> int:
        """The process that has the ports."""
        daemon_pid = self.facts["pid"]
        children = Path(f"/proc/{daemon_pid}/task/{daemon_pid}/children").read_text().split()
        stages = (p for p in children if "midi.stage" in Path(f"/proc/{p}/cmdline").read_text())
        return int(next(stages))


@contextmanager
def band(*flags: str, period_frames: int = PERIOD_FRAMES) -> Iterator[Here]:
    """A server, a daemon with MIDI on and engine steady, and a player."""
    os.environ["PYTHONPATH"] = str(TESTS)
    engines = ("--engines", "midi_engines:Steady", "--midi-engine", "steady")
    with (
        running_server("-S", period_frames=period_frames),
        daemon("--midi", "--midi-api", "jack", *engines, *flags) as facts,
        OscClient(port=facts["osc_port"]) as client,
    ):
        here = Here(client, facts, Player())
        yield here
        here.player.close()


class Master:
    """The player's clock, handed over piece by piece for as long as it is wanted."""

    def __init__(self, player: Player, tempo_bpm: float) -> None:
        self.beat_s = 60 / tempo_bpm
        self._player = player
        self._beats = CHUNK_BEATS
        self.start_s = player.clock(tempo_bpm, CHUNK_BEATS)

    def keep_going(self) -> None:
        """Hand over the next piece where the last one is half over."""
        played = (self._player.now() - self.start_s) / self.beat_s
        if played > self._beats - CHUNK_BEATS / 2:
            for tick in range(round(CHUNK_BEATS * 24)):
                place = self._beats + tick / 24
                self._player.send(b"\xf8", self.start_s + place * self.beat_s)
            self._beats += CHUNK_BEATS

    def phrase(self, beats: int) -> None:
        """Quarters from the first beat on."""
        for beat in range(beats):
            at_s = self.start_s + beat * self.beat_s
            self._player.play(60 + beat, at_s, self.beat_s / 2)


def late_ms(heard: Sequence[tuple[float, int]], master: Master) -> list[float]:
    """How late each note was for its place in the row, in milliseconds."""
    grid_s = master.beat_s / NOTES_PER_BEAT
    place = round((heard[0][0] - master.start_s) / grid_s)
    late = [1000 * (heard[0][0] - master.start_s - place * grid_s)]
    for (_, sooner), (at_s, later) in pairwise(heard):
        place += (later - sooner) % PITCHES
        late.append(1000 * (at_s - master.start_s - place * grid_s))
    return late


def row(values: Sequence[float]) -> str:
    ordered = sorted(values)
    p99 = ordered[int(0.99 * (len(ordered) - 1))]
    middle = statistics.median(ordered)
    return f"{ordered[0]:.3f} | {middle:.3f} | {p99:.3f} | {ordered[-1]:.3f}"


def lost(heard: Sequence[tuple[float, int]]) -> int:
    """Notes that are missing from the row."""
    steps = ((later - sooner) % PITCHES for (_, sooner), (_, later) in pairwise(heard))
    return sum((step - 1) % PITCHES for step in steps)


def timing(notes: int) -> None:
    print("| bpm | notes | least ms | p50 ms | p99 ms | most ms | first answer, beats | load |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for tempo_bpm in TEMPI_BPM:
        with band("--midi-clock", "follow", "--midi-mode", "endless") as here:
            master = Master(here.player, tempo_bpm)
            master.phrase(4)
            while len(here.player.notes()) < notes:
                master.keep_going()
                time.sleep(0.05)
            heard = here.player.notes()[:notes]
            first = round((heard[0][0] - master.start_s) / master.beat_s, 2)
            assert lost(heard) == 0, f"{lost(heard)} notes are missing"
        load = os.getloadavg()[0]
        late = row(late_ms(heard, master))
        print(f"| {tempo_bpm:g} | {notes} | {late} | {first:g} | {load:.1f} |", flush=True)
    print(f"One period is {1000 * PERIOD_S:.3f} ms; JACK's loop takes one.")


def endless(minutes: float) -> None:
    with band("--midi-clock", "follow", "--midi-mode", "endless") as here:
        master = Master(here.player, 120)
        master.phrase(4)
        wait_for(here.player.notes, "the first note")
        until_s = time.monotonic() + 60 * minutes
        while time.monotonic() < until_s:
            master.keep_going()
            time.sleep(0.2)
        heard, state = here.player.notes(), here.state(action="stop")
        wait_for(lambda: not here.player.hanging(), "silence")
    late = late_ms(heard, master)
    minute = round(60 / master.beat_s) * NOTES_PER_BEAT
    drift_ms = statistics.median(late[-minute:]) - statistics.median(late[:minute])
    played_min = (heard[-1][0] - heard[0][0]) / 60
    print(f"{len(heard)} notes in {played_min:.1f} min of the server's time; lost: {lost(heard)}")
    print(f"late, ms: least | p50 | p99 | most: {row(late)}")
    print(f"drift from first to last minute: {drift_ms:.4f} ms")
    wanted = ("repeated_bars", "late_notes", "stats", "notice")
    print({name: state[name] for name in wanted}, f"load {os.getloadavg()[0]:.1f}")


def systems() -> None:
    from bridge.doors.midi.ports import Wanted, open_ports

    print("| system | notes | least ms | p50 ms | p99 ms | most ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for api in ("jack", "rtmidi-jack"):
        heard: list[float] = []
        with running_server("-S"):
            source = open_ports(Wanted(api, "a"), lambda *_: None)
            name = "a:out" if api == "jack" else "a-01:a"
            ear = open_ports(Wanted(api, "b", (name,)), partial(note_time, heard))
            start_s = source.now() + 0.2
            for index in range(600):
                at_s = start_s + index * 0.01
                time.sleep(max(0.0, at_s - source.lead_s - source.now()))
                source.send(bytes((0x90, index % 128, 100)), at_s)
            wait_for(lambda heard=heard: len(heard) >= 600, "600 notes")
            source.close()
            ear.close()
        late = [1000 * (at_s - start_s - index * 0.01) for index, at_s in enumerate(heard)]
        print(f"| {api} | {len(heard)} | {row(late)} |", flush=True)


def note_time(heard: list[float], _: str, __: bytes, at_s: float) -> None:
    heard.append(at_s)


def idle(seconds: float) -> None:
    ticks = os.sysconf("SC_CLK_TCK")

    def cpu_s(pid: int) -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / ticks

    for period_frames in (256, 1024):
        with band(period_frames=period_frames) as here:
            here.state()
            time.sleep(3)
            pid = here.stage_pid()
            before_s, began = cpu_s(pid), time.monotonic()
            time.sleep(seconds)
            share = (cpu_s(pid) - before_s) / (time.monotonic() - began)
        load = os.getloadavg()[0]
        print(
            f"{period_frames} frames: {100 * share:.2f}% of one core; load {load:.1f}", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("timing", "endless", "systems", "idle"))
    parser.add_argument("--notes", type=int, default=600)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    args = parser.parse_args()
    wanted = {
        "timing": lambda: timing(args.notes),
        "endless": lambda: endless(args.minutes),
        "systems": systems,
        "idle": lambda: idle(args.seconds),
    }
    wanted[args.what]()


if __name__ == "__main__":
    main()
