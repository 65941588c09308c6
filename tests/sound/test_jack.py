# SPDX-License-Identifier: Apache-2.0
"""A daemon that plays into JACK, on a server with a dummy device, heard by a client of its own."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from daemon import Daemon
from sounding import is_last, is_played, over_websocket

from bridge.sound.devices import JackDevice
from bridge.sound.speaker import Speaker
from models.audio.resample import resampled
from models.errors import BadArgument
from models.wire.audio import pcm_bytes

try:
    import jack
except (ImportError, OSError):  # the module, or the library below it
    if os.environ.get("CI"):
        raise
    pytest.skip("JACK is not installed", allow_module_level=True)

SERVER = "nextbar-sound-tests"  # always the same: JACK keeps a place for each name that was killed
RATE, PERIOD = 48_000, 2_048
BARS_AND_BEATS = 0x10  # JackPositionBBT of jack/types.h
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
    try:
        until(is_up)
        yield process
    finally:
        process.terminate()
        process.wait(10)
        os.environ.pop("JACK_DEFAULT_SERVER")
        if before:
            os.environ["JACK_DEFAULT_SERVER"] = before


def is_up():
    """Asked from another process: a libjack that was early once never finds the server."""
    code = "import jack; jack.Client('early', no_start_server=True)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    return asked.returncode == 0


class Recorder:
    """A JACK client that keeps all that it hears."""

    def __init__(self):
        self.client = jack.Client("recorder", no_start_server=True)
        self.ports = [self.client.inports.register(name) for name in ("left", "right")]
        self.blocks, self.places = [], []
        self.client.set_process_callback(self.process)
        self.client.activate()

    def process(self, frames):
        self.places.append(self.client.transport_query_struct()[1].frame)
        self.blocks.append(np.array([port.get_array().copy() for port in self.ports]))

    def conduct(self, beats, tempo_bpm):
        """Roll JACK's transport from its start, in bars of so many quarter notes."""
        beat_frames, ticks = RATE * 60 // tempo_bpm, 1920

        def tell(state, size, position, fresh):
            gone = position.frame // beat_frames
            position.valid = BARS_AND_BEATS
            position.bar, position.beat = gone // beats + 1, gone % beats + 1
            position.tick = position.frame % beat_frames * ticks // beat_frames
            position.beats_per_bar, position.beat_type = beats, 4
            position.ticks_per_beat, position.beats_per_minute = ticks, tempo_bpm

        self.client.set_timebase_callback(tell)
        self.client.transport_frame = 0
        self.client.transport_start()
        until(lambda: self.client.transport_state == jack.ROLLING)

    def listen_to_nextbar(self):
        sources = until(lambda: self.found("nextbar:out_")[1:] and self.found("nextbar:out_"))
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


@pytest.fixture(scope="module")
def daemon(server, tmp_path_factory):
    daemon = Daemon(tmp_path_factory.mktemp("jack") / "home", "--audio-out", "jack")
    yield daemon
    daemon.stop()


@pytest.mark.parametrize("name", ["jack", "system"])
def test_the_command_line_plays_to_the_end(server, name):
    """`system` is JACK's own output as PortAudio finds it."""
    wave = np.full((1, 4_800), 0.1, np.float32)
    facts = {"length_samples": 4_800, "sample_rate_hz": RATE, "bar": ["4/4", 120.0]}
    with Speaker(name) as speaker:
        speaker.send({"do": "begin", "job": "a", **facts})
        speaker.send({"do": "sound", "job": "a", "channels": 1, "pcm": pcm_bytes(wave)})
        speaker.send({"do": "end", "job": "a"})
        told = speaker.wait()
    assert (told["state"], told["underruns"]) == ("finished", 0)


def test_a_device_that_is_not_there_is_told(server):
    with pytest.raises(BadArgument, match="no audio output 'nowhere'"):
        Speaker("nowhere")


def ask(daemon, ends=is_played, **given):
    asked = {"prompt": "drums and bass", "bars": 1, "tempo_bpm": 150, "sample_rate_hz": RATE}
    return asyncio.run(over_websocket(daemon, ends, **{**asked, **given}))


def first_take(events):
    parts = [event["pcm"] for event in events if event["event"] == "audio" and not event["take"]]
    return np.concatenate(parts, axis=1)


def test_jack_hears_every_sample_of_the_first_take(daemon, recorder):
    recorder.listen_to_nextbar()  # its ports are there before the first take
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


def test_takes_begin_on_the_bars_of_jacks_transport(daemon, recorder):
    ask(daemon, seed=1)
    recorder.listen_to_nextbar()
    recorder.conduct(beats=3, tempo_bpm=200)
    bar = 3 * RATE * 60 // 200
    try:
        for seed in (2, 3):
            first = len(recorder.blocks)
            sound = first_take(ask(daemon, seed=seed, bars=1, metre="3/4", tempo_bpm=200))
            recorder.wait(PERIOD)
            heard = np.concatenate(recorder.blocks[first:], axis=1)
            silent = int(np.argmax(sound.any(axis=0)))
            start = int(np.argmax(heard.any(axis=0))) - silent
            assert np.array_equal(heard[:, start : start + sound.shape[1]], sound)
            place = (recorder.places[first] + start + bar // 2) % bar - bar // 2
            assert abs(place) <= bar / 3 / 1920 + 1, "a tick, as finely as the transport counts"
    finally:
        recorder.client.transport_stop()


def test_a_transport_is_followed_as_long_as_it_rolls(server, recorder):
    marks = []
    device = JackDevice()
    try:
        device.start(
            lambda count: np.zeros((2, count), np.float32), lambda *mark: marks.append(mark)
        )
        recorder.conduct(beats=4, tempo_bpm=100)
        until(lambda: len(marks) > 2)
        recorder.client.transport_stop()
        until(lambda: marks[-1][1] is None)
        recorder.wait(4 * PERIOD)
    finally:
        recorder.client.transport_stop()
        device.close()
    assert [bar_s for _, bar_s in marks].count(None) == 1, "told once, so that others may count"
    assert {bar_s for _, bar_s in marks[:-1]} == {Fraction(12, 5)}
