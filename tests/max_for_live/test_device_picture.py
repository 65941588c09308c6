# SPDX-License-Identifier: Apache-2.0
"""The picture of notes that a device shows while and after a command runs, in the fake Live."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, in_live, melody

CLIP = {"slot": 0, "name": "Verse", "length": 8, "notes": melody(16)}
PITCH, START, KEPT = 0, 1, 4


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def device(daemon, tmp_path):
    with FakeLive(tmp_path, tracks=[{"name": "Lead", "clips": [CLIP]}]) as live:
        found = live.device(port=daemon.ports["osc_port"], track=0).connected()
        live.select(0, 0)
        yield found


def shown(device):
    """The frame and notes of the picture."""
    roll = device.state["panel"]["roll"]
    return roll["frame"], roll["notes"]


def test_a_selected_clip_is_shown_as_it_is(device):
    device.wait("1", "go active")
    frame, notes = shown(device)
    assert frame[:2] == [8, 4]
    assert [note[START] for note in notes] == [i / 2 for i in range(16)]
    assert {note[KEPT] for note in notes} == {1}


def test_of_continue_the_clip_and_what_follows_is_shown(device, daemon):
    device.go("Continue", bars=2, takes=1)
    frame, notes = shown(device)
    part = device.answer(daemon)["parts"][0]
    assert frame[:2] == [8 + part["length_beats"], 4]
    assert [note[KEPT] for note in notes[:16]] == [1] * 16
    after = sorted((round(note[START] - 8, 6), note[PITCH]) for note in notes[16:])
    written = sorted((round(note[START], 6), note[PITCH]) for note in in_live(part))
    assert after == written
    device.clean()


def test_of_a_part_only_what_was_written_is_shown(device, daemon):
    device.go("Bass", takes=1)
    frame, notes = shown(device)
    part = device.answer(daemon)["parts"][0]
    assert frame[0] == part["length_beats"]
    assert len(notes) == len(part["notes"]["rows"])
    assert {note[KEPT] for note in notes} == {0}
