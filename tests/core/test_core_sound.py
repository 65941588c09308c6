# SPDX-License-Identifier: Apache-2.0
"""What the audio output is told by the core, and that no take is left hanging in it."""

import random

import numpy as np
import pytest

from bridge.core.core import Core
from bridge.core.effects import Deliver, Play, Stop
from bridge.core.messages import Message
from bridge.core.queries import About
from bridge.jobs import JobBook
from bridge.sound.playback import Playback
from bridge.sound.player import Player
from bridge.takes import TakeStore
from models.engine import AudioAbility, EngineInfo
from models.registry import Listing

RATE = 8_000
FAULT = {"code": "engine_fault", "message": "m", "where": ""}
INFO = EngineInfo(
    "tone", "A sine.", commands=("audio",), needs_clips=False, audio=AudioAbility(RATE)
)


class Room:
    """A core with a real player at its audio output, on a device that takes what it is told to."""

    def __init__(self, folder):
        self.store = TakeStore(folder, lambda: 1e9)
        about = About("1.2.3", 0.0, lambda: {}, lambda name, text: name)
        engines = (Listing(INFO, "x:Tone"),)
        self.core = Core(JobBook(3), engines, self.store, random.Random(1), about)
        self.states = []
        self.playback = Playback(
            RATE, lambda told: self.states.append((told["job"], told["state"]))
        )
        self.player = Player(self.playback)

    def ask(self, op="audio", number=0, **body):
        if op == "audio":
            body = {"prompt": "rain", "sample_rate_hz": RATE, **body}
        return self.follow(self.core.handle("a", Message(op, number, body), 0.0))

    def follow(self, effects):
        for effect in effects:
            if isinstance(effect, Play):
                self.player.take(effect.frame)
        return effects

    def make(self, job, seconds, start_s=0.0):
        """The worker has made so much more of the first take."""
        count = round(seconds * RATE)
        pcm = np.full(count, 0.5, "<f4").tobytes()
        sound = {"take": 0, "start_samples": round(start_s * RATE), "samples": count}
        frame = {"type": "audio", "job": job, **sound, "channels": 1, "sample_rate_hz": RATE}
        self.follow(self.core.heard(job, {**frame, "pcm": pcm}, 0.0))

    def make_all(self, job):
        """The worker has made the whole take, which is delivered without a file here."""
        self.make(job, 8.0)
        found = self.core.book.get(job)
        self.core.book.end(found, "done", 0.0, {})
        self.core.book.release(job)
        self.player.take({"do": "end", "job": job})

    def listen(self, seconds):
        heard = [self.playback.pull(256) for _ in range(round(seconds * RATE / 256))]
        return np.concatenate(heard, axis=1)


@pytest.fixture
def room(tmp_path):
    found = Room(tmp_path)
    yield found
    found.store.close()


def playing(room, job="j1"):
    """A take that is played while it is made."""
    for quarter in range(16):
        room.make(job, 0.25, quarter / 4)
        room.listen(0.1)
    assert room.states == [(job, "started")]


@pytest.mark.parametrize("newer", [{"play": False}, {"play": True}])
def test_a_take_that_is_superseded_is_not_played_on(room, newer):
    room.ask(target="pad")
    playing(room)
    effects = room.ask(target="pad", **newer)
    assert [type(effect) for effect in effects[:3]] == [Deliver, Play, Stop]
    room.core.heard("j1", {"type": "stopped"}, 0.0)
    room.follow(room.core.heard("j2", {"type": "failed", **FAULT}, 0.0))
    room.listen(0.1)
    assert not room.listen(4.0).any()
    assert room.states[1:] == [("j1", "finished")]


@pytest.mark.parametrize("cancel", [("cancel", {"job": "j1"}), ("cancel_all", {})])
def test_a_take_that_is_made_and_still_plays_can_be_stopped(room, cancel):
    room.ask()
    room.make_all("j1")
    assert room.listen(0.5).any()
    op, body = cancel
    answer = room.ask(op, **body)[-1].event
    assert answer.name == "job_list"
    assert [job["state"] for job in answer.fields["jobs"]] == ["done"] * (op == "cancel")
    room.listen(0.1)
    assert not room.listen(1.0).any()
    assert room.states[-1] == ("j1", "finished")


def test_a_take_that_never_began_is_told_to_be_over(room):
    """Three takes in one bar: the second gives way before it was heard."""
    for number in (1, 2, 3):
        room.ask()
        room.make_all(f"j{number}")
        room.listen(0.1)
    room.listen(9.0)
    assert [job for job, state in room.states if state == "finished"] == ["j2", "j1"]
