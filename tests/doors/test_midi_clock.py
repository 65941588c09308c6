# SPDX-License-Identifier: Apache-2.0
"""The clock follower on simulated wires: drift, jitter, tempo changes, gaps, two clocks."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.doors.midi.follower import FREEWHEEL_BEATS, ClockFollower
from bridge.doors.midi.messages import song_position
from bridge.doors.midi.own_clock import LinkClock, OwnClock
from bridge.doors.midi.timeline import Timeline
from models.metre import Metre

TICK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


class Wire:
    """A master whose ticks arrive up to `jitter_s` late."""

    def __init__(self, tempo_bpm=120.0, jitter_s=0.0, seed=1):
        self.follower = ClockFollower()
        self.tempo_bpm = tempo_bpm
        self.at_s = 10.0
        self.ticks = 0  # of the song
        self.changes = []
        self._jitter_s = jitter_s
        self._rng = random.Random(seed)

    def say(self, data, at_s=None):
        self.changes += self.follower.hear(data, self.at_s if at_s is None else at_s)

    def play(self, beats, lose=lambda tick: False):
        """Ticks for so many beats; each `lose` says is lost on the way."""
        for _ in range(round(beats * 24)):
            if not lose(self.ticks):
                self.say(TICK, self.at_s + self._rng.random() * self._jitter_s)
            self.ticks += 1
            self.at_s += 60 / self.tempo_bpm / 24
            self.changes += self.follower.look(self.at_s - 1e-6)

    def error_s(self):
        """How far the follower's place in the song is from the master's, in seconds."""
        line = self.follower.timeline()
        wanted = self.ticks / 24
        return (line.song_beats(line.beats_at(self.at_s)) - wanted) * 60 / self.tempo_bpm


@pytest.mark.parametrize("tempo_bpm", [30, 60, 120.5, 174, 300])
def test_an_exact_clock_is_followed_exactly(tempo_bpm):
    wire = Wire(tempo_bpm)
    wire.say(START)
    wire.play(8)
    assert wire.changes == ["started"]
    assert wire.follower.tempo_bpm == pytest.approx(tempo_bpm, rel=1e-6)
    assert abs(wire.error_s()) < 1e-6


@given(tempo_bpm=st.floats(40, 240), jitter_ms=st.floats(0, 5.4), seed=st.integers(0, 2**31))
def test_a_clock_that_trembles_is_followed_within_less_than_it_trembles(tempo_bpm, jitter_ms, seed):
    wire = Wire(tempo_bpm, jitter_ms / 1000, seed)
    wire.say(START)
    wire.play(16)
    late_s = jitter_ms / 2000  # on average a tick is late by half the jitter
    assert abs(wire.error_s() + late_s) < 0.35 * jitter_ms / 1000 + 1e-6
    assert wire.follower.tempo_bpm == pytest.approx(tempo_bpm, rel=0.02)
    assert wire.follower.lost_ticks == 0


@given(
    before=st.floats(50, 220),
    after=st.floats(50, 220),
    jitter_ms=st.sampled_from([0.0, 0.2, 3.0]),
)
def test_a_tempo_that_changes_at_once_is_found_and_no_beat_is_miscounted(before, after, jitter_ms):
    wire = Wire(before, jitter_ms / 1000)
    wire.say(START)
    wire.play(8)
    wire.tempo_bpm = after
    wire.play(12)
    assert wire.follower.tempo_bpm == pytest.approx(after, rel=0.03)
    assert abs(wire.error_s()) < 0.006


def test_a_slow_change_of_tempo_is_followed_closely():
    wire = Wire(100)
    wire.say(START)
    wire.play(4)
    worst_s = 0.0
    for _ in range(32 * 24):
        wire.tempo_bpm += 0.05  # to 138 within 32 beats
        wire.play(1 / 24)
        worst_s = max(worst_s, abs(wire.error_s()))
    assert worst_s < 0.004


@given(bursts=st.lists(st.integers(1, 20), max_size=8))
def test_ticks_that_are_lost_move_no_beat(bursts):
    lost = {
        120 + 30 * place + tick for place, length in enumerate(bursts) for tick in range(length)
    }
    wire = Wire(120)
    wire.say(START)
    wire.play(18, lose=lambda tick: tick in lost)
    assert abs(wire.error_s()) < 1e-3
    assert wire.follower.lost_ticks == len(lost)
    assert "stopped" not in wire.changes


@given(stalls=st.lists(st.integers(1, 20), min_size=1, max_size=6), tempo_bpm=st.floats(60, 200))
def test_ticks_that_come_late_in_a_burst_move_no_beat(stalls, tempo_bpm):
    wire = Wire(tempo_bpm)
    wire.say(START)
    wire.play(4)
    for length in stalls:
        for _ in range(length):  # the sender is held up
            wire.ticks += 1
            wire.at_s += 60 / tempo_bpm / 24
        for index in range(length):  # and makes up for it
            wire.say(TICK, wire.at_s - 0.001 + index * 2e-5)
        wire.play(2)
    assert abs(wire.error_s()) < 0.35 * 60 / tempo_bpm / 24
    wire.play(4)
    assert abs(wire.error_s()) < 0.003
    assert wire.follower.lost_ticks <= len(stalls)


def test_a_clock_that_stays_away_is_waited_for_and_its_beats_are_counted():
    wire = Wire(120)
    wire.say(START)
    wire.play(8)
    wire.play(2, lose=lambda tick: True)
    assert wire.changes == ["started", "lost"]
    assert wire.follower.running
    wire.play(4)
    assert wire.changes == ["started", "lost", "back"]
    assert abs(wire.error_s()) < 1e-3


def test_a_clock_that_stays_away_for_long_stops_the_song_until_it_is_back():
    wire = Wire(120)
    wire.say(START)
    wire.play(8)
    wire.play(FREEWHEEL_BEATS + 4, lose=lambda tick: True)
    assert wire.changes == ["started", "lost", "stopped"]
    assert wire.follower.timeline() is None
    wire.play(4)
    assert wire.changes[3:] == ["back", "continued"]
    assert abs(wire.error_s()) < 1e-3


def test_stop_and_continue_go_on_where_the_song_stood():
    wire = Wire(120)
    wire.say(START)
    wire.play(6)
    wire.say(STOP)
    assert wire.follower.timeline() is None
    song_ticks = wire.ticks
    wire.play(5)  # many masters send their clock on while they stand
    wire.ticks = song_ticks
    wire.say(CONTINUE)
    wire.play(3)
    assert wire.changes == ["started", "stopped", "continued"]
    assert abs(wire.error_s()) < 1e-6


def test_beats_of_the_session_go_on_while_the_song_jumps():
    wire = Wire(120)
    wire.say(START)
    wire.play(7)
    before = wire.follower.timeline().beats_at(wire.at_s)
    wire.say(song_position(64))
    wire.ticks = 64 * 6
    wire.play(1)
    line = wire.follower.timeline()
    assert wire.changes == ["started", "jumped"]
    assert line.beats_at(wire.at_s) == pytest.approx(before + 1)
    assert abs(wire.error_s()) < 1e-6


def test_a_second_start_begins_the_song_again():
    wire = Wire(120)
    wire.say(START)
    wire.play(5)
    wire.say(START)
    wire.ticks = 0
    wire.play(2)
    assert wire.changes == ["started", "started"]
    assert abs(wire.error_s()) < 1e-6


@pytest.mark.parametrize("other_bpm", [97, 133, 171])
def test_a_second_clock_on_the_wire_is_not_counted(other_bpm):
    wire = Wire(120)
    wire.say(START)
    wire.play(8)
    other_s = wire.at_s + 0.004
    for _ in range(24 * 4):
        while other_s < wire.at_s:
            wire.say(TICK, other_s)
            other_s += 60 / other_bpm / 24
        wire.play(1 / 24)
    assert "two clocks" in wire.changes
    wire.play(8)
    assert wire.changes[-1] == "even"
    assert wire.follower.tempo_bpm == pytest.approx(120, rel=0.01)
    assert abs(wire.error_s()) < 60 / 120 / 24 + 1e-3  # at most a tick aside


def test_nothing_is_known_before_a_clock_is_heard():
    follower = ClockFollower()
    assert follower.timeline() is None
    assert not follower.locked
    assert follower.look(1e6) == ()
    assert follower.hear(STOP, 1.0) == ()


@given(
    beats=st.floats(0, 1e4),
    offset=st.floats(-100, 100),
    numerator=st.integers(1, 12),
    denominator=st.sampled_from([2, 4, 8, 16]),
)
def test_a_bar_line_lies_ahead_and_a_bar_start_behind(beats, offset, numerator, denominator):
    line, metre = Timeline(0.0, 0.0, 120.0, offset), Metre(numerator, denominator)
    ahead, behind = line.bar_line(beats, metre), line.bar_start(beats, metre)
    assert behind - 1e-5 <= beats <= ahead + 1e-5
    assert ahead - behind <= metre.bar_beats + 1e-5
    for place in (ahead, behind):
        bars = line.song_beats(place) / metre.bar_beats
        assert bars == pytest.approx(round(bars), abs=1e-6)


def test_our_own_clock_ticks_evenly_through_a_change_of_tempo():
    clock = OwnClock(120, 0.0)
    first = [clock.timeline().seconds_at(beats) for beats in clock.ticks_until(1.0)]
    clock.set_tempo(60, 0.5)
    second = [clock.timeline().seconds_at(beats) for beats in clock.ticks_until(2.0)]
    assert len(first) == len(second) == 24
    assert first[1] == pytest.approx(0.5 / 24)
    assert second[0] == pytest.approx(0.5)
    assert second[-1] == pytest.approx(0.5 + 23 / 24)


def test_our_own_clock_can_begin_its_bar_anywhere():
    clock = OwnClock(120, 0.0)
    list(clock.ticks_until(0.3))
    clock.begin_bar(0.2)
    line = clock.timeline()
    assert line.song_beats(line.beats_at(0.2)) == pytest.approx(0)
    assert next(clock.ticks_until(10)) == pytest.approx(line.beats_at(0.2))


class Session:
    """A Link session that says what the test wants."""

    def __init__(self):
        self.at_s, self.beats, self.tempo_bpm = 0.0, 0.0, 120.0

    def go(self, seconds):
        self.at_s += seconds
        self.beats += seconds * self.tempo_bpm / 60

    def read(self):
        return self.at_s, self.beats, self.tempo_bpm


def test_link_is_followed_through_tempo_changes_and_jumps():
    session = Session()
    clock = LinkClock(session)
    last = 0.0
    for step in range(400):
        session.go(0.01)
        if step == 100:
            session.tempo_bpm = 90.0
        if step == 200:
            session.beats += 7.5
        line = clock.timeline()
        now = line.beats_at(session.at_s)
        assert line.song_beats(now) == pytest.approx(session.beats, abs=2e-3)
        assert now >= last - 1e-3
        last = now
