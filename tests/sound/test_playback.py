# SPDX-License-Identifier: Apache-2.0
"""What the audio output plays when: bar lines, waiting, running dry, replacing, stopping."""

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sound.grid import grid_of
from bridge.sound.playback import CUSHION_S, Playback
from bridge.sound.transport import bar_at

RATE = 8_000
BLOCK = 256
TRANSPORT = {  # a bar line of 4/4 at 120 beats a minute, as JACK tells it
    "frame_rate": 48_000,
    "bar": 5,
    "beat": 1,
    "tick": 0,
    "ticks_per_beat": 1920.0,
    "beats_per_bar": 4.0,
    "beat_type": 4.0,
    "beats_per_minute": 120.0,
}


class Bench:
    """A playback whose device takes blocks when the test says so."""

    def __init__(self):
        self.told = []
        self.playback = Playback(RATE, self.told.append)
        self.heard = np.zeros((2, 0), np.float32)

    def run(self, seconds):
        for _ in range(round(seconds * RATE / BLOCK)):
            self.heard = np.concatenate([self.heard, self.playback.pull(BLOCK)], axis=1)

    def states(self):
        return [told["state"] for told in self.told]


def ramp(seconds, start=1):
    """Samples of which no two are equal."""
    count = round(seconds * RATE)
    return np.tile(np.arange(start, start + count, dtype=np.float32), (2, 1)) / 1e6


def begin(bench, job="j1", seconds=2.0, bar_s=Fraction(1)):
    bench.playback.begin(job, round(seconds * RATE), bar_s)


def place(heard, sound):
    """Where the sound stands in what was heard, to the sample."""
    at = int(np.argmax(heard[0] == sound[0, 0]))
    assert np.array_equal(heard[:, at : at + sound.shape[1]], sound)
    return at


def test_a_finished_take_is_played_whole_at_once():
    bench = Bench()
    sound = ramp(2)
    bench.run(0.5)
    begin(bench)
    bench.playback.push("j1", sound)
    bench.playback.complete("j1")
    bench.run(3)
    assert place(bench.heard, sound) == round(0.5 * RATE / BLOCK) * BLOCK
    assert bench.states() == ["started", "finished"]
    assert bench.told[-1]["underruns"] == 0


@pytest.mark.parametrize("speed", [1.3, 2.0, 20.0])
def test_what_is_made_faster_than_it_plays_never_runs_dry(speed):
    bench = Bench()
    sound = ramp(6)
    begin(bench, seconds=6)
    made = 0
    while made < sound.shape[1] or bench.playback.frame < 8 * RATE:
        bench.run(BLOCK / RATE)
        until = min(sound.shape[1], round(bench.playback.frame * speed))
        bench.playback.push("j1", sound[:, made:until])
        made = until
        if made == sound.shape[1]:
            bench.playback.complete("j1")
    assert place(bench.heard, sound) < RATE
    assert bench.states() == ["started", "finished"]


@pytest.mark.parametrize(("speed", "chunk_s"), [(1.2, 0.02), (1.5, 0.5), (2.5, 2.0)])
def test_ten_minutes_do_not_run_dry(speed, chunk_s):
    """Chunks of 20 ms to 2 s, each up to a quarter late."""
    told, rng = [], random.Random(5)
    playback = Playback(RATE, told.append)
    length, made = 600 * RATE, 0
    playback.begin("j1", length, Fraction(2))
    due = 0.0
    silence = np.zeros((2, round(chunk_s * RATE)), np.float32)
    while "finished" not in [event["state"] for event in told]:
        while made < length and playback.frame >= due:
            playback.push("j1", silence[:, : length - made])
            made += silence.shape[1]
            late = rng.uniform(0, 0.25)
            due = (made / RATE / speed + chunk_s / speed * late) * RATE
            if made >= length:
                playback.complete("j1")
        playback.pull(BLOCK)
    assert [event["state"] for event in told] == ["started", "finished"]
    assert told[-1]["underruns"] == 0
    assert told[0]["frame"] < 15 * RATE


def test_what_is_made_slower_says_so_and_waits_until_it_can_play_through():
    bench = Bench()
    sound = ramp(4)
    begin(bench, seconds=4)
    made = 0
    while bench.playback.frame < 16 * RATE:
        bench.run(BLOCK / RATE)
        until = min(sound.shape[1], bench.playback.frame // 2)
        bench.playback.push("j1", sound[:, made:until])
        made = until
        if made == sound.shape[1]:
            bench.playback.complete("j1")
    at = place(bench.heard, sound)
    assert 3 * RATE < at < 6 * RATE  # made in 8 s: to play through, it can't start before 4 s
    assert bench.states()[0] == "waiting"
    assert bench.states()[-2:] == ["started", "finished"]
    waits = [told for told in bench.told if told["state"] == "waiting"]
    assert waits[0]["speed"] == pytest.approx(0.5, abs=0.1)
    assert waits[0]["wait_s"] > waits[-1]["wait_s"] > 0


def test_a_take_that_runs_dry_pauses_and_goes_on():
    bench = Bench()
    sound = ramp(4)
    begin(bench, seconds=4)
    half = 2 * RATE
    for start in range(0, half, BLOCK):  # fast at first, and then nothing for a while
        bench.playback.push("j1", sound[:, start : min(half, start + BLOCK)])
        bench.run(BLOCK / RATE / 4) if start % (4 * BLOCK) else bench.run(BLOCK / RATE)
    bench.run(4)
    assert "paused" in bench.states()
    bench.playback.push("j1", sound[:, half:])
    bench.playback.complete("j1")
    bench.run(4)
    heard = bench.heard[0][bench.heard[0] > 0]
    assert np.array_equal(heard, sound[0]), "samples were lost or heard twice"
    assert bench.told[-1]["underruns"] == 1


def test_the_next_take_begins_on_the_bar_line_of_the_one_that_plays():
    bench = Bench()
    first, second = ramp(6), ramp(2, start=100_000)
    begin(bench, seconds=6, bar_s=Fraction(60 * 4, 130))
    bench.playback.push("j1", first)
    bench.playback.complete("j1")
    bench.run(0.7)
    begin(bench, "j2", 2, Fraction(2))
    bench.playback.push("j2", second)
    bench.playback.complete("j2")
    bench.run(8)
    bar = round(Fraction(240, 130) * RATE)
    assert place(bench.heard, second) == bar
    assert np.array_equal(bench.heard[:, :bar], first[:, :bar])
    assert bench.states() == ["started", "finished", "started", "finished"]


def test_a_transport_that_runs_elsewhere_sets_the_bars():
    bench = Bench()
    bench.run(1)
    bench.playback.mark_bar(700, Fraction(1, 2))
    sound = ramp(1)
    begin(bench, seconds=1)
    bench.playback.push("j1", sound)
    bench.playback.complete("j1")
    bench.run(2)
    assert (place(bench.heard, sound) - 700) % (RATE // 2) == 0
    bench.playback.mark_bar(bench.playback.frame, None)
    stopped = bench.playback.frame
    begin(bench, "j2", seconds=1)
    bench.playback.push("j2", ramp(1, start=100_000))
    bench.playback.complete("j2")
    bench.run(2)
    assert place(bench.heard, ramp(1, start=100_000)) == stopped, "it waits for a stopped transport"


@pytest.mark.parametrize(
    ("told", "gone_s", "bar_s"),
    [
        ({}, 0, 2),
        ({"beat": 3, "tick": 960}, Fraction(5, 4), 2),
        ({"beats_per_bar": 3.0, "beat": 2}, Fraction(1, 2), Fraction(3, 2)),
        ({"beats_per_bar": 7.0, "beat_type": 8.0, "beat": 8}, Fraction(7, 2), Fraction(7, 2)),
        ({"bbt_offset": 480}, Fraction(1, 100), 2),
    ],
)
def test_where_the_bar_of_a_transport_stands(told, gone_s, bar_s):
    assert bar_at({**TRANSPORT, **told}) == (gone_s, bar_s)


@pytest.mark.parametrize(
    "told",
    [
        {"beats_per_minute": 0.0},
        {"beats_per_minute": float("nan")},
        {"beats_per_bar": 0.0},
        {"beats_per_bar": 1e9},
        {"beat_type": 3.0},
        {"beat_type": float("inf")},
    ],
)
def test_a_transport_whose_bars_make_no_sense_has_none(told):
    assert bar_at({**TRANSPORT, **told}) is None
    assert bar_at({"frame": 5, "frame_rate": 48_000}) is None


def test_a_stopped_take_fades_and_one_that_waits_is_never_heard():
    bench = Bench()
    begin(bench, seconds=6)
    bench.playback.push("j1", np.ones((2, 6 * RATE), np.float32))
    bench.playback.complete("j1")
    bench.run(1)
    begin(bench, "j2")
    bench.playback.push("j2", np.full((2, RATE), 0.5, np.float32))
    bench.playback.stop("j2")
    bench.playback.stop("j1")
    bench.playback.stop("j1")
    heard = bench.heard.shape[1]
    bench.run(1)
    after = bench.heard[0, heard:]
    assert np.abs(np.diff(after)).max() < 0.05, "it was cut off with a click"
    assert not after[round(0.01 * RATE) :].any()
    assert bench.states() == ["started", "finished"]


def test_samples_of_a_take_that_is_over_are_ignored():
    bench = Bench()
    bench.playback.push("j0", ramp(1))
    bench.playback.complete("j0")
    bench.run(0.5)
    assert not bench.heard.any()
    assert bench.told == []


@given(
    anchor=st.integers(-(10**9), 10**9),
    frame=st.integers(0, 10**10),
    tempo=st.integers(200, 4000),
    rate=st.sampled_from([44_100, 48_000]),
)
def test_bar_lines_never_drift(anchor, frame, tempo, rate):
    grid = grid_of(anchor, Fraction(2400, tempo), rate)
    found = grid.next_bar(frame)
    exact = (found - grid.anchor_frame) / grid.bar_frames
    assert abs(exact - round(exact)) * grid.bar_frames <= Fraction(1, 2)
    assert frame <= found <= frame + grid.bar_frames + 1


def test_the_cushion_is_what_the_page_says():
    assert CUSHION_S == 0.25
