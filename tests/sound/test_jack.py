# SPDX-License-Identifier: Apache-2.0
"""A daemon that plays into JACK, on a server with a dummy device, heard by a client of its own."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from functools import partial

import jack
import numpy as np
import pytest
from daemon import Daemon
from sounding import is_last, is_played, over_websocket

from models.audio.resample import resampled

SERVER = f"nextbar-{os.getpid()}"
RATE, PERIOD = 48_000, 2_048
LIMIT_S = 30.0


@pytest.fixture(scope="module")
def server():
    """JACK in synchronous mode, so that a slow machine costs time and not samples."""
    if not shutil.which("jackd") and not os.environ.get("CI"):
        pytest.skip("jackd is not installed")
    command = ["jackd", "-n", SERVER, "-r", "-S", "-d", "dummy", "-r", str(RATE)]
    process = subprocess.Popen(
        [*command, "-p", str(PERIOD)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    before = os.environ.get("JACK_DEFAULT_SERVER")
    os.environ["JACK_DEFAULT_SERVER"] = SERVER
    yield process
    os.environ.pop("JACK_DEFAULT_SERVER")
    if before:
        os.environ["JACK_DEFAULT_SERVER"] = before
    process.terminate()
    process.wait(10)


class Recorder:
    """A JACK client that keeps all that it hears."""

    def __init__(self):
        self.client = until(lambda: jack.Client("recorder", no_start_server=True), jack.JackError)
        self.ports = [self.client.inports.register(name) for name in ("left", "right")]
        self.blocks = []
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        self.blocks.append(np.array([port.get_array().copy() for port in self.ports]))

    def listen_to_nextbar(self):
        sources = until(lambda: self.found("nextbar:out_"))
        for source, port in zip(sources, self.ports, strict=True):
            until(partial(self.connected, source, port), jack.JackError)

    def connected(self, source, port):
        """Fails for as long as the player has its ports but does not run yet."""
        self.client.connect(source, port)
        return True

    def found(self, pattern):
        return self.client.get_ports(pattern, is_output=True)

    def wait(self, frames):
        """Until so many more frames have been heard."""
        count = len(self.blocks) + 1 + frames // PERIOD
        until(lambda: len(self.blocks) > count)

    def close(self):
        self.client.deactivate()
        self.client.close()


def until(ask, *errors):
    """What `ask` gives, as soon as it gives something."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(*errors):
            if found := ask():
                return found
        time.sleep(0.02)
    raise AssertionError("nothing came in time")


@pytest.fixture
def recorder(server):
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def daemon(server, tmp_path):
    daemon = Daemon(tmp_path / "home", "--audio-out", "jack")
    yield daemon
    daemon.stop()


def ask(daemon, ends=is_played, **given):
    asked = {"prompt": "drums and bass", "bars": 1, "tempo_bpm": 150, "sample_rate_hz": RATE}
    return asyncio.run(over_websocket(daemon, ends, **{**asked, **given}))


def first_take(events):
    parts = [event["pcm"] for event in events if event["event"] == "audio" and not event["take"]]
    return np.concatenate(parts, axis=1)


def test_jack_hears_every_sample_of_the_first_take(daemon, recorder):
    ask(daemon, seed=1)  # the player comes up with it, and its ports with the player
    recorder.listen_to_nextbar()
    first = len(recorder.blocks)
    events = ask(daemon, seed=2, takes=2)
    sound = first_take(events)
    assert sound.shape == (2, 76_800)  # a bar at 150 bpm
    recorder.wait(PERIOD)
    heard = np.concatenate(recorder.blocks[first:], axis=1)
    silent = int(np.argmax(sound.any(axis=0)))  # samples before its own first sound
    start = int(np.argmax(heard.any(axis=0))) - silent
    assert np.array_equal(heard[:, start : start + sound.shape[1]], sound)
    assert not heard[:, start + sound.shape[1] :].any()
    told = [event for event in events if event["event"] == "playing"]
    assert [event["state"] for event in told if event["state"] != "waiting"] == [
        "started",
        "finished",
    ]
    assert told[-1]["underruns"] == 0


def test_nothing_is_played_that_is_not_to_be(daemon, recorder):
    ask(daemon, seed=1)
    recorder.listen_to_nextbar()
    before = len(recorder.blocks)
    ask(daemon, is_last, seed=2, play=False)
    recorder.wait(RATE)
    assert not np.concatenate(recorder.blocks[before:], axis=1).any()


def test_another_rate_is_carried_over(daemon, recorder):
    ask(daemon, seed=1)
    recorder.listen_to_nextbar()
    first = len(recorder.blocks)
    sound = first_take(ask(daemon, seed=2, sample_rate_hz=44_100))
    recorder.wait(PERIOD)
    heard = np.concatenate(recorder.blocks[first:], axis=1)
    wanted = resampled(sound, 44_100, RATE)
    start = int(np.argmax(heard.any(axis=0))) - int(np.argmax(wanted.any(axis=0)))
    assert np.array_equal(heard[:, start : start + wanted.shape[1]], wanted)
