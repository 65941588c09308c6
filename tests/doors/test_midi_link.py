# SPDX-License-Identifier: Apache-2.0
"""A real Ableton Link session with two members, where the package for it is installed."""

import time

import pytest
from jack_player import wait_for

from bridge.doors.midi.own_clock import ExternalLink, LinkClock

link = pytest.importorskip("link", reason="LinkPython-extern is not installed")


@pytest.fixture
def others():
    """Another program in the session."""
    member = link.Link(120.0)
    member.enabled = True
    yield member
    member.enabled = False


@pytest.mark.parametrize("bar_beats", [4.0, 3.0, 3.5])
def test_tempo_and_bars_of_another_program_are_followed(others, bar_beats):
    session = ExternalLink(link, time.monotonic, 120.0, bar_beats)
    try:
        wait_for(lambda: session.peers, "the other program")
    except AssertionError:
        pytest.skip("no multicast here: Link can't find anybody")
    clock = LinkClock(session)
    for tempo_bpm in (97.0, 133.0):
        state = others.captureAppSessionState()
        state.setTempo(tempo_bpm, others.clock().micros())
        others.commitAppSessionState(state)
        near = pytest.approx(tempo_bpm, abs=0.01)
        wait_for(lambda near=near: clock.timeline().tempo_bpm == near, "its tempo")
    line = clock.timeline()
    ours = line.song_beats(line.beats_at(time.monotonic()))
    theirs = others.captureAppSessionState().phaseAtTime(others.clock().micros(), bar_beats)
    away_beats = (ours - theirs + bar_beats / 2) % bar_beats - bar_beats / 2
    assert away_beats == pytest.approx(0, abs=0.1)
