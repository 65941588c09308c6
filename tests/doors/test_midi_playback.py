# SPDX-License-Identifier: Apache-2.0
"""A song played in simulated time."""

import pytest

from bridge.doors.midi.messages import ends_note, starts_note
from bridge.doors.midi.playback import START_S, Played, Wish, play
from models.clip import Clip, Note, TempoChange
from models.midi import Part, Song, TimedEvent

CLIP = Clip(
    (Note(60, 0.0, 1.0), Note(62, 1.0, 1.0), Note(64, 2.0, 1.0), Note(65, 3.0, 1.0)),
    4.0,
    tempo_bpm=60,
    tempo_changes=(TempoChange(2.0, 120),),
)


class Ports:
    """Ports whose time goes on only while the player sleeps."""

    lead_s = 0.012

    def __init__(self, stop_s=1e9, stall=(1e9, 0.0), pace=1.0):
        self.now_s = 50.0
        self.sent = []
        self.waiting = []
        self._pace = pace  # of the ports' clock, against the computer's
        self._stop_s = stop_s
        self._stall = stall  # when the computer is held up, and for how long

    def now(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += max(seconds * self._pace, 0.001 * self._pace)
        if self.now_s > self._stall[0]:
            self.now_s += self._stall[1]
            self._stall = (1e9, 0.0)
        if self.now_s > self._stop_s:
            self._stop_s = 1e9
            raise KeyboardInterrupt

    def send(self, data, at_s):
        self.waiting.append((at_s or self.now_s, data))

    def leave(self):
        """What is due has left."""
        self.sent += [item for item in self.waiting if item[0] <= self.now_s]
        self.waiting = [item for item in self.waiting if item[0] > self.now_s]

    def withdraw(self):
        self.leave()
        taken, self.waiting = self.waiting, []
        return taken

    def struck(self):
        self.leave()
        return [(data[1], at_s - 50.0 - START_S) for at_s, data in self.sent if starts_note(data)]


def song(**part):
    return Song((Part(CLIP, **part),), ticks_per_beat=480)


def test_a_song_keeps_its_own_tempo_and_its_changes():
    ports = Ports()
    assert play(song(), Wish(), ports, ports.sleep) == Played(4, 0.0)
    assert ports.struck() == [
        (60, pytest.approx(0)),
        (62, pytest.approx(1)),
        (64, pytest.approx(2)),
        (65, pytest.approx(2.5)),
    ]


def test_another_tempo_and_another_beginning():
    ports = Ports()
    play(song(), Wish(tempo_bpm=240, start_beats=1.0), ports, ports.sleep)
    assert ports.struck() == [
        (62, pytest.approx(0)),
        (64, pytest.approx(0.25)),
        (65, pytest.approx(0.5)),
    ]


def test_a_pickup_before_beat_0_is_played_too():
    early = CLIP.with_notes((Note(59, -0.5, 0.5), *CLIP.notes))
    ports = Ports()
    played = play(Song((Part(early),)), Wish(tempo_bpm=60), ports, ports.sleep)
    assert played.notes == 5
    assert [pitch for pitch, _ in ports.struck()] == [59, 60, 62, 64, 65]
    assert ports.struck()[1][1] - ports.struck()[0][1] == pytest.approx(0.5)


@pytest.mark.parametrize("stall_s", [0.04, 0.8, 30.0])
def test_a_computer_that_is_held_up_leaves_no_note_out(stall_s):
    ports = Ports(stall=(50.95, stall_s))
    played = play(song(), Wish(tempo_bpm=120), ports, ports.sleep)
    assert played.notes == 4
    assert played.held_up_s == pytest.approx(stall_s if stall_s > 0.05 else 0.0, abs=0.4)
    last_two = [at_s for _, at_s in ports.struck()][2:]
    assert last_two[1] - last_two[0] == pytest.approx(0.5, abs=0.02)  # at its own tempo again


def test_what_was_turned_is_played_too_and_sounds_only_on_request():
    bend = TimedEvent(480, b"\xe2\x00\x50")
    for programs in (False, True):
        ports = Ports()
        part = {"channel": 2, "program": 33, "events": (bend,)}
        play(song(**part), Wish(channel=5, programs=programs), ports, ports.sleep)
        ports.leave()
        data = [data for _, data in ports.sent]
        assert b"\xe5\x00\x50" in data
        assert (b"\xc5\x21" in data) is programs
        assert {message[0] & 0x0F for message in data} == {5}


@pytest.mark.parametrize("pace", [1.0, 0.3])
def test_the_last_note_ends_with_its_own_release_however_slow_the_ports_are(pace):
    clip = CLIP.with_notes((Note(60, 0.0, 1.0, release_velocity=33.0),))
    ports = Ports(pace=pace)
    play(Song((Part(clip),)), Wish(), ports, ports.sleep)
    ports.leave()
    assert b"\x80\x3c\x21" in [data for _, data in ports.sent]
    assert ports.waiting == []


def test_left_early_it_ends_every_note():
    ports = Ports(stop_s=51.5)
    with pytest.raises(KeyboardInterrupt):
        play(song(), Wish(), ports, ports.sleep)
    ports.leave()
    sounding = set()
    for _, data in ports.sent:
        if starts_note(data):
            sounding.add(data[1])
        elif ends_note(data):
            sounding.discard(data[1])
    assert sounding == set()
    assert b"\xb0\x7b\x00" in [data for _, data in ports.sent]
