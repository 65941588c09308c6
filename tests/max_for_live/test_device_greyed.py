# SPDX-License-Identifier: Apache-2.0
"""A control that can't work now says why, and what to choose instead."""

import pytest
from daemon import Daemon
from fake_live import FakeLive, melody

CLIP = {"slot": 0, "name": "Verse", "length": 8, "notes": melody(16)}


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    folder = tmp_path_factory.mktemp("greyed")
    with (
        Daemon(folder / "home") as daemon,
        FakeLive(folder, tracks=[{"name": "Lead", "clips": [CLIP]}]) as live,
    ):
        found = live.device(port=daemon.ports["osc_port"], track=0).connected()
        live.select(0, 0)
        found.wait("1", "go active")
        yield found


def test_nothing_is_said_of_values_that_come_back_with_the_set(device):
    assert "changes nothing" not in device.shows("activity")


def test_a_greyed_control_that_is_moved_says_for_what_it_is(device):
    device.turn(command="Continue")
    device.wait("0", "amount active")
    device.turn(amount=80)
    device.wait("^Amount changes nothing for Continue: it is for Vary, Groove.$")
    device.turn(command="Vary")
    device.wait("1", "amount active")
    device.turn(steps=9)
    device.wait("^Steps changes nothing for Vary: it is for Interpolate.$")
    device.clean()


def test_a_control_that_works_says_nothing(device):
    device.turn(command="Continue")
    device.wait("1", "bars active")
    said = device.shows("activity")
    device.turn(bars=3)
    device.turn(takes=2)
    device.wait("1", "bars active")
    assert device.shows("activity") == said
