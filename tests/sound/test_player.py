# SPDX-License-Identifier: Apache-2.0
"""The player's side of the frames, with a device that takes blocks when the test says so."""

import io

import numpy as np

from bridge.core.playing import played
from bridge.sound.playback import Playback
from bridge.sound.player import Player, serve
from bridge.worker.frames import pack, read_frame
from models.audio.resample import resampled
from models.engine import Request
from models.wire.audio import pcm_bytes

RATE = 48_000


class Bench:
    """A player over a playback at 48 kHz, with a clock that the test sets."""

    def __init__(self):
        self.told = []
        self.now_s = 0.0
        self.playback = Playback(RATE, self.told.append)
        self.player = Player(self.playback, lambda: self.now_s)

    def send(self, do, **frame):
        self.player.take({"do": do, "job": "j1", **frame})

    def begin(self, samples, rate_hz):
        bar = ["4/4", 120.0]
        self.send("begin", length_samples=samples, sample_rate_hz=rate_hz, bar=bar)

    def sound(self, samples):
        self.send("sound", channels=samples.shape[0], pcm=pcm_bytes(samples))


def noise(count, channels=1):
    return np.random.default_rng(1).uniform(-1, 1, (channels, count)).astype(np.float32)


def test_mono_is_played_on_both_sides_at_the_devices_rate():
    bench = Bench()
    sound = noise(32_000)
    bench.begin(32_000, 32_000)
    for start in range(0, 32_000, 640):
        bench.sound(sound[:, start : start + 640])
    bench.send("end")
    heard = bench.playback.pull(2 * RATE)
    wanted = resampled(np.repeat(sound, 2, axis=0), 32_000, RATE)
    assert np.array_equal(heard[:, : wanted.shape[1]], wanted)
    assert not heard[:, wanted.shape[1] :].any()


def test_a_bar_that_somebody_else_counts():
    bench = Bench()
    bench.playback.pull(RATE)
    bench.now_s = 100.25  # the frame was sent a quarter of a second ago
    bench.send("bar", bar=["4/4", 120.0], at_s=100.0)
    bench.playback.pull(1_000)
    bench.begin(4_800, RATE)
    bench.sound(np.full((2, 4_800), 0.5, np.float32))
    bench.send("end")
    heard = bench.playback.pull(3 * RATE)
    line = RATE - RATE // 4 + 2 * RATE  # bars of two seconds from a quarter of a second before
    assert int(np.argmax(heard[0] > 0)) == line - RATE - 1_000


def test_what_comes_after_a_stop_is_ignored():
    bench = Bench()
    bench.begin(4_800, RATE)
    bench.send("stop")
    bench.sound(noise(4_800))
    bench.send("end")
    assert not bench.playback.pull(RATE).any()
    assert bench.told == []


def test_a_device_that_is_not_there_is_told_in_a_frame():
    out = io.BytesIO()
    serve(io.BytesIO(pack({"do": "stop", "job": "x"})), out, "no such device")
    out.seek(0)
    said = read_frame(out)
    assert said["type"] == "failed"
    assert said["message"].endswith(".")


def test_the_core_gives_the_player_the_first_take_alone():
    args = {"bars": 2, "metre": "3/4", "tempo_bpm": 90.0, "play": True}
    request = Request("audio", (), args, 1, 2)
    frame = {"take": 0, "start_samples": 0, "channels": 2, "sample_rate_hz": RATE, "pcm": b"...."}
    begin, sound = played("j1", request, frame)
    assert begin.frame["length_samples"] == 4 * RATE
    assert begin.frame["bar"] == ["3/4", 90.0]
    assert sound.frame == {"do": "sound", "job": "j1", "channels": 2, "pcm": b"...."}
    assert len(list(played("j1", request, {**frame, "start_samples": 9}))) == 1
    assert not list(played("j1", request, {**frame, "take": 1}))
    silent = Request("audio", (), {**args, "play": False}, 1)
    assert not list(played("j1", silent, frame))
