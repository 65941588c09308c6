# SPDX-License-Identifier: Apache-2.0
"""The daemon's end of the line to the stage: whose word on what is chosen counts."""

import pytest

from bridge.doors.midi.door import MidiDoor


class Stdin:
    """What the stage would read."""

    def __init__(self):
        self.lines = []

    def is_closing(self):
        return False

    def write(self, line):
        self.lines.append(line)


class Process:
    """A stage that has been started and says what it is told to say."""

    def __init__(self):
        self.stdin = Stdin()


@pytest.fixture
def door(tmp_path):
    made = MidiDoor({"choice": {"mode": "answer", "command": "continue"}}, tmp_path / "log")
    made._process = Process()
    made._hear({"open": {"input": "in", "output": "out"}, "api": "none"})
    return made


def told(door, steered, **choice):
    facts = {"mode": "answer", "command": "continue", "stats": {"notes": 1}, **choice}
    door._hear({"facts": facts, "steered": steered})


def test_news_from_before_a_choice_do_not_undo_it(door):
    door.steer({"mode": "endless"})
    told(door, steered=0)
    assert door.facts()["mode"] == "endless"
    assert door.facts()["stats"] == {"notes": 1}, "the rest is news all the same"
    assert door._options["choice"]["mode"] == "endless", "what another stage would start with"


def test_what_is_chosen_at_the_keyboard_is_kept(door):
    door.steer({"mode": "endless"})
    told(door, steered=1, mode="listen")
    assert door.facts()["mode"] == "listen"
    assert door._options["choice"] == {"mode": "listen", "command": "continue"}
