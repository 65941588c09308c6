# SPDX-License-Identifier: Apache-2.0
"""A JACK server with the dummy driver, and a scripted player that is one of its clients.

Everything the player sends is placed to the sample beforehand, and everything it hears is stamped
with the sample, by the server and not by this process.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import tempfile
import time

import pytest

from bridge.doors.midi.messages import ends_note, note_off, note_on, starts_note
from bridge.doors.midi.ports import Wanted

PERIOD_FRAMES, RATE_HZ = 256, 48_000
PERIOD_S = PERIOD_FRAMES / RATE_HZ
WAIT_S = 30.0
_NUMBERS = itertools.count()


@contextlib.contextmanager
def running_server(*flags, period_frames=PERIOD_FRAMES):
    """A server of its own for as long as the context lasts; everything here uses it."""
    name = f"nextbar-{os.getpid()}-{next(_NUMBERS)}"
    before = os.environ.get("JACK_DEFAULT_SERVER")
    os.environ["JACK_DEFAULT_SERVER"] = name
    with tempfile.TemporaryFile() as log:
        process = start_server(name, *flags, log=log, period_frames=period_frames)
        try:
            wait_for(server_is_up, "the JACK server", lambda: log.seek(0) or log.read())
            yield name
        finally:
            end_server(process)
            os.environ.pop("JACK_DEFAULT_SERVER")
            if before is not None:
                os.environ["JACK_DEFAULT_SERVER"] = before


def start_server(name, *flags, log=None, period_frames=PERIOD_FRAMES):
    """A server of that name; a skip without JACK, in CI a failure.

    With `-S` it is synchronous: on a loaded machine a cycle waits for its clients and no message
    is lost, as happens to any client that misses a cycle.
    """
    if not shutil.which("jackd"):
        if os.environ.get("CI"):
            pytest.fail("jackd is not installed; .ci/run installs it")
        pytest.skip("jackd is not installed")
    pytest.importorskip("jack")
    command = ["jackd", *flags, "-r", "-t", "5000", "-n", name]
    return subprocess.Popen(
        [*command, "-d", "dummy", "-r", str(RATE_HZ), "-p", str(period_frames)],
        stdout=log or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )


def end_server(process):
    """End it in order: one that is killed leaves its memory behind."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def wait_for(condition, what="it", why=str):
    """Wait until something is so; fail after `WAIT_S`."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come about within {WAIT_S:g} s {why()}")


def server_is_up():
    from bridge.doors.midi.jack_ports import jack_names
    from bridge.errors import NoMidi

    try:
        return jack_names() is not None
    except NoMidi:
        return False


def ignore(*_):
    """Ears that are shut."""


def open_client(name, heard=ignore):
    """A client of the running server with one port in and one out."""
    from bridge.doors.midi.jack_ports import open_jack

    return open_jack(Wanted("jack", name), "jack", heard)


class Player:
    """Plays on `nextbar:in` and hears `nextbar:out`."""

    def __init__(self, name="player"):
        from bridge.doors.midi.jack_ports import open_jack

        self.heard = []
        self.ports = open_jack(
            Wanted("jack", name, ("nextbar:out",), ("nextbar:in",)),
            "jack",
            lambda _, data, at_s: self.heard.append((at_s, data)),
        )

    def now(self):
        return self.ports.now()

    def send(self, data, at_s=0.0):
        self.ports.send(data, at_s)

    def play(self, pitch, at_s, length_s=0.2, velocity=90):
        self.send(note_on(0, pitch, velocity), at_s)
        self.send(note_off(0, pitch), at_s + length_s)

    def clock(self, tempo_bpm, beats, at_s=None, start=b"\xfa"):
        """Start and ticks; gives the second of the first beat."""
        at_s = self.now() + 0.3 if at_s is None else at_s
        self.send(start, at_s - 0.002)
        for tick in range(round(beats * 24)):
            self.send(b"\xf8", at_s + tick * 60 / tempo_bpm / 24)
        return at_s

    def hush(self):
        """Take back what has not been played; the clock stops as if its cable were pulled."""
        self.ports.withdraw()

    def notes(self):
        return [(at_s, data[1]) for at_s, data in list(self.heard) if starts_note(data)]

    def hanging(self, *, offs_alone=False):
        """Notes that sound; with `offs_alone` to a synthesiser that knows no all-notes-off."""
        sounding = set()
        for _, data in list(self.heard):
            if data[0] & 0xF0 == 0xB0 and data[1] == 123 and not offs_alone:
                sounding = {key for key in sounding if key[0] != data[0] & 0x0F}
            elif starts_note(data):
                sounding.add((data[0] & 0x0F, data[1]))
            elif ends_note(data):
                sounding.discard((data[0] & 0x0F, data[1]))
        return sounding

    def close(self):
        self.ports.close()
