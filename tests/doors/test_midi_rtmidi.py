# SPDX-License-Identifier: Apache-2.0
"""macOS, ALSA and Windows through a stand-in for python-rtmidi that keeps its contract."""

import importlib
import json
import sys

import fake_rtmidi
import pytest

from bridge.cli import main
from bridge.config import Settings
from bridge.doctor import check_midi
from bridge.doors.midi.messages import control, note_off, note_on
from bridge.doors.midi.ports import LOOP_IN, Wanted
from bridge.doors.midi.setup import wanted_of
from bridge.errors import NoMidi
from models.clip import Clip, Note
from models.midi import song_of, write_midi

NOTE = note_on(0, 60, 90)
DEFAULT = {"api": "auto", "input": "", "output": ""}


@pytest.fixture
def computer(monkeypatch):
    """Makes a computer, and a way to open ports there that gives them and what is heard."""
    module = "bridge.doors.midi.rtmidi_ports"

    def make(api, number, **ports):
        system = fake_rtmidi.System(number, **ports)
        monkeypatch.setitem(sys.modules, "rtmidi", system.module())
        monkeypatch.delitem(sys.modules, module, raising=False)
        rtmidi_ports = importlib.import_module(module)
        monkeypatch.setattr(rtmidi_ports, "LOOK_S", 0.0)

        def open_ports(wanted=None):
            heard = []
            ports = rtmidi_ports.open_rtmidi(
                wanted or Wanted(), api, lambda port, data, _: heard.append((port, data))
            )
            return ports, heard

        return system, open_ports

    yield make
    sys.modules.pop(module, None)  # the real package comes back with the next import


@pytest.fixture
def mac(computer):
    return lambda **ports: computer("coremidi", fake_rtmidi.API_MACOSX_CORE, **ports)


@pytest.fixture
def windows(computer, monkeypatch):
    monkeypatch.setattr("bridge.doors.midi.ports.SYSTEMS", {"linux": ("winmm",)})
    return lambda **ports: computer("winmm", fake_rtmidi.API_WINDOWS_MM, **ports)


def test_virtual_ports_carry_notes_and_clock_both_ways(mac):
    system, open_ports = mac()
    ports, heard = open_ports()
    for data in (NOTE, b"\xf8", b"\xfa", b"\xf2\x01\x02", b"\xf0\x7d\xf7", b"\xfe"):
        system.play("nextbar", data)
    assert heard == [("nextbar", data) for data in (NOTE, b"\xf8", b"\xfa", b"\xf2\x01\x02")]
    ports.send(NOTE, 0.0)
    assert system.sent == [("nextbar", NOTE)]
    ports.close()
    assert system.clients == []


def test_ports_of_others_are_found_by_a_part_of_their_name_and_never_our_own(mac):
    system, open_ports = mac(sources=["Next Keys"], sinks=["nextbar synth"])
    ports, heard = open_ports(Wanted(inputs=("next",), outputs=("nextbar",)))
    system.play("Next Keys", NOTE)
    ports.send(NOTE, 0.0)
    assert heard == [("next", NOTE)]
    assert system.sent == [("nextbar", NOTE), ("nextbar synth", NOTE)]
    assert ports.facts()["output"] == "nextbar, nextbar synth"


def test_a_port_that_is_not_there_is_told_and_nothing_is_left_open(mac):
    system, open_ports = mac()
    with pytest.raises(NoMidi, match="no MIDI port Keys; `nextbar midi list`"):
        open_ports(Wanted(inputs=("Keys",)))
    assert system.clients == []


def test_the_door_waits_for_a_port_while_the_others_are_used(mac):
    system, open_ports = mac()
    ports, heard = open_ports(wanted_of({**DEFAULT, "input": "Keys"}, "darwin"))
    assert ports.facts()["missing"] == ["Keys"]
    system.play("nextbar", NOTE)
    system.sources.append("Keys")
    assert ports.alive()
    system.play("Keys", NOTE)
    assert heard == [("nextbar", NOTE), ("Keys", NOTE)]


def test_a_system_that_does_not_answer_is_told(mac):
    system, open_ports = mac()
    system.broken = True
    with pytest.raises(NoMidi, match="coremidi can't be opened"):
        open_ports()


def test_what_is_unplugged_is_opened_again_while_the_rest_plays_on(mac):
    system, open_ports = mac(sources=["Keys"], sinks=["Synth"])
    ports, heard = open_ports(Wanted(inputs=("keys",), outputs=("synth",)))
    system.unplug("Keys")
    system.unplug("Synth")
    ports.send(NOTE, 0.0)  # before anybody has looked
    assert system.sent == [("nextbar", NOTE)]
    assert ports.alive()
    assert ports.facts()["missing"] == ["keys", "synth"]
    system.play("nextbar", NOTE)
    system.sources.append("Keys")
    system.sinks.append("Synth")
    assert ports.alive()
    assert ports.facts()["missing"] == []
    system.play("Keys", b"\xf8")
    ports.send(note_off(0, 60), 0.0)
    assert heard == [("nextbar", NOTE), ("keys", b"\xf8")]
    assert system.sent[-1] == ("Synth", note_off(0, 60))


def test_on_windows_nextbar_does_not_hear_itself(windows):
    system, open_ports = windows(loops=["nextbar in 0", "nextbar out 1"])
    ports, heard = open_ports(wanted_of(DEFAULT, "win32"))
    system.play("nextbar in 0", control(0, 102, 3))  # the DAW plays
    ports.send(NOTE, 0.0)
    assert heard == [(LOOP_IN, control(0, 102, 3))]
    assert system.sent == [("nextbar out 1", NOTE)]


def test_on_windows_it_is_said_which_ports_to_make(windows):
    system, open_ports = windows(loops=["nextbar in"])
    with pytest.raises(NoMidi, match=r"no MIDI port nextbar out; make the ports .* in loopMIDI"):
        open_ports(wanted_of(DEFAULT, "win32"))
    assert system.clients == []


def test_on_windows_one_direction_alone_can_be_opened_but_not_none(windows):
    system, open_ports = windows(sinks=["Synth"])
    ports, _ = open_ports(Wanted(name="nextbar-play", outputs=("Synth",)))
    ports.send(NOTE, 0.0)
    assert system.sent == [("Synth", NOTE)]
    with pytest.raises(NoMidi, match="Windows lets no program make ports"):
        open_ports(Wanted(name="nextbar-play"))


def test_on_windows_a_file_is_played_on_a_port_and_ports_are_listed(windows, tmp_path, capsys):
    system, _ = windows(sources=["Keys"], sinks=["Synth"])
    write_midi(song_of([Clip((Note(60, 0.0, 0.1),), 4.0, tempo_bpm=300)]), tmp_path / "song.mid")
    assert main(["play", str(tmp_path / "song.mid"), "--to", "Synth"]) == 0
    assert [data[:2] for _, data in system.sent[:2]] == [b"\x90\x3c", b"\x80\x3c"]
    capsys.readouterr()
    assert main(["midi", "list", "--json"]) == 0
    names = {(p["direction"], p["name"]) for p in json.loads(capsys.readouterr().out)["ports"]}
    assert names == {("from", "Keys"), ("to", "Synth")}


def test_the_doctor_says_what_windows_lacks(windows):
    system, _ = windows(sources=["Keys"])
    check = check_midi(Settings(midi=True), "win32")
    assert (check.state, check.found) == ("fail", "there is no port nextbar in, nextbar out")
    assert "loopMIDI" in check.fix
    chosen = check_midi(Settings(midi=True, midi_input="keys", midi_output="synth"), "win32")
    assert chosen.found == "there is no port synth"
    assert "midi list" in chosen.fix
    system.loops += ["nextbar in", "nextbar out"]
    assert check_midi(Settings(midi=True), "win32").state == "ok"
