# SPDX-License-Identifier: Apache-2.0
"""Choosing ports, and what is said where there are none. Real ports: test_midi_jack.py."""

import sys
from types import SimpleNamespace

import pytest

from bridge.doors.midi.messages import is_whole, song_position
from bridge.doors.midi.ports import Wanted, let_leave, match, open_ports
from bridge.errors import NoMidi


def test_a_port_is_found_by_its_name_before_a_part_of_it():
    names = ["Keys 2", "keys", "Keys"]
    assert match("Keys", names) == "Keys"
    assert match("KEYS 2", names) == "Keys 2"
    assert match("drum", names) is None


def test_where_there_is_no_midi_system_every_one_that_was_tried_is_named(monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-no-such-server")
    monkeypatch.setattr("bridge.doors.midi.ports.find_spec", lambda name: None)
    with pytest.raises(NoMidi) as refused:
        open_ports(Wanted(), lambda *heard: None, "linux")
    for api in ("jack", "alsa"):
        assert f"{api}:" in refused.value.message
    assert "pip install" in refused.value.message


def test_a_system_that_lacks_the_port_is_told_and_not_one_that_is_not_there(monkeypatch):
    def opener(api):
        def refuse(*_):
            where = "midi_input" if api == "jack" else "midi_api"
            raise NoMidi(f"{api} says no.", where=where)

        return refuse

    monkeypatch.setattr("bridge.doors.midi.ports._opener", opener)
    with pytest.raises(NoMidi) as refused:
        open_ports(Wanted(), lambda *heard: None, "linux")
    assert refused.value.message == "jack says no."


def test_a_package_without_its_library_is_told(monkeypatch):
    monkeypatch.delitem(sys.modules, "bridge.doors.midi.jack_ports", raising=False)
    monkeypatch.setattr("bridge.doors.midi.ports.find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "jack", None)  # importing it fails
    with pytest.raises(NoMidi, match="library is not installed"):
        open_ports(Wanted("jack"), lambda *heard: None)


def test_a_server_that_does_not_run_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "there-is-no-such-server")
    with pytest.raises(NoMidi, match="JACK"):
        open_ports(Wanted("jack"), lambda *heard: None)


@pytest.mark.parametrize("pace", [1.0, 0.2, 0.0])
def test_what_was_handed_over_may_leave_by_the_clock_of_the_ports_but_not_for_ever(pace):
    now_s, slept_s = 10.0, 0.0
    ports = SimpleNamespace(lead_s=0.1, now=lambda: now_s)

    def sleep(seconds):
        nonlocal now_s, slept_s
        now_s, slept_s = now_s + seconds * pace, slept_s + seconds

    let_leave(ports, sleep)
    assert now_s >= 10.2 or pace == 0.0
    assert slept_s == pytest.approx(0.2 / pace if pace else 2.0, abs=0.06)


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", False),
        (b"\x90\x3c", False),
        (b"\x90\x3c\x40", True),
        (b"\x90\x3c\x80", False),
        (b"\x3c\x40", False),
        (b"\xf8", True),
        (b"\xf2\x01\x02", True),
        (b"\xf0\x7d\x01\xf7", True),
        (b"\xc0\x05", True),
    ],
)
def test_broken_messages_are_told_from_whole_ones(data, whole):
    assert is_whole(data) is whole


def test_a_song_position_has_fourteen_bits():
    assert song_position(16383) == b"\xf2\x7f\x7f"
    assert song_position(200) == b"\xf2\x48\x01"
