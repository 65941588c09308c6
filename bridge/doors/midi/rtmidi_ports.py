# SPDX-License-Identifier: Apache-2.0
"""Ports by python-rtmidi: ALSA, CoreMIDI, Windows, and JACK without its time stamps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import rtmidi

from bridge.doors.midi.ports import Heard, Wanted, match
from bridge.errors import NoMidi

_APIS: Mapping[str, int] = MappingProxyType(
    {
        "alsa": rtmidi.API_LINUX_ALSA,
        "rtmidi-jack": rtmidi.API_UNIX_JACK,
        "coremidi": rtmidi.API_MACOSX_CORE,
        "winmm": rtmidi.API_WINDOWS_MM,
    }
)
_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "alsa": "load the kernel's sequencer (modprobe snd-seq), or run JACK or PipeWire.",
        "rtmidi-jack": "start the JACK server or PipeWire.",
        "winmm": "install loopMIDI and make a port named nextbar in it.",
    }
)
LOOK_S = 2.0  # how often it is looked whether a port of someone else is still there


def open_rtmidi(wanted: Wanted, api: str, heard: Heard) -> RtMidiPorts:
    """Open virtual ports, or those of the wanted names.

    Raises:
        NoMidi: the system is not there, or has no port of a wanted name.
    """
    if _APIS[api] not in rtmidi.get_compiled_api():
        raise NoMidi(f"python-rtmidi was built without {api}.", where="midi_api")
    try:
        return RtMidiPorts(wanted, api, heard)
    except (SystemError, OSError) as error:  # what RtMidi raises depends on the system
        hint = _HINTS.get(api, "see `nextbar midi list`.")
        raise NoMidi(f"{api} can't be opened; {hint}", where="midi_api") from error


class RtMidiPorts:
    """Ports of one MIDI system."""

    lead_s = 0.0

    def __init__(self, wanted: Wanted, api: str, heard: Heard) -> None:
        self.api = api
        self._heard = heard
        self._name = wanted.name
        self._virtual = api != "winmm"
        self._next_look_s = 0.0
        self._there = True
        self._opened: list[tuple[Any, str]] = []
        self._ins: list[Any] = []
        self._outs: list[Any] = []
        self._open_all(wanted)

    def now(self) -> float:
        """The second it is, by the computer's steady clock."""
        return time.monotonic()

    def send(self, data: bytes, at_s: float) -> None:
        """Send a message at once: this system can't be told a time."""
        for port in self._outs:
            port.send_message(data)

    def withdraw(self) -> Sequence[tuple[float, bytes]]:
        """Nothing: what was handed over has been sent."""
        return ()

    def alive(self) -> bool:
        """Whether the ports of others that were opened by name are still there."""
        now_s = self.now()
        if now_s >= self._next_look_s:
            self._next_look_s = now_s + LOOK_S
            self._there = all(name in port.get_ports() for port, name in self._opened)
        return self._there

    def facts(self) -> Mapping[str, Any]:
        """Names."""
        opened = [name for _, name in self._opened]
        return {"input": self._name, "output": self._name, "opened": opened}

    def close(self) -> None:
        """Close the ports."""
        self._there = False
        for port in (*self._ins, *self._outs):
            port.close_port()
            port.delete()
        self._ins, self._outs = [], []

    def _open_all(self, wanted: Wanted) -> None:
        own = () if self._virtual else (wanted.name,)
        if self._virtual:
            self._listen(rtmidi.MidiIn(_APIS[self.api], wanted.name), wanted.name, virtual=True)
            self._play(rtmidi.MidiOut(_APIS[self.api], wanted.name), wanted.name, virtual=True)
        for name in wanted.inputs or own:
            self._listen(rtmidi.MidiIn(_APIS[self.api], wanted.name), name, virtual=False)
        for name in wanted.outputs or own:
            self._play(rtmidi.MidiOut(_APIS[self.api], wanted.name), name, virtual=False)

    def _listen(self, port: Any, name: str, *, virtual: bool) -> None:
        self._ins.append(port)
        port.ignore_types(sysex=True, timing=False, active_sense=True)
        port.set_callback(partial(self._arrived, name))
        self._open(port, name, virtual=virtual)

    def _play(self, port: Any, name: str, *, virtual: bool) -> None:
        self._outs.append(port)
        self._open(port, name, virtual=virtual)

    def _open(self, port: Any, name: str, *, virtual: bool) -> None:
        if virtual:
            port.open_virtual_port(name)
            return
        names = port.get_ports()
        found = match(name, names)
        if found is None:
            hint = _HINTS["winmm"] if self.api == "winmm" else "`nextbar midi list` names them."
            self.close()
            raise NoMidi(f"There is no MIDI port {name}; {hint}", where="midi_input")
        port.open_port(names.index(found))
        self._opened.append((port, found))

    def _arrived(self, name: str, event: tuple[Sequence[int], float], _: object = None) -> None:
        """A message has come, on the system's thread."""
        self._heard(name, bytes(event[0]), time.monotonic())


def rtmidi_names(api: str) -> tuple[list[str], list[str]]:
    """The ports that can be listened to, and those that can be played to.

    Raises:
        NoMidi: the system is not there.
    """
    if _APIS[api] not in rtmidi.get_compiled_api():
        raise NoMidi(f"python-rtmidi was built without {api}.", where="midi_api")
    try:
        source, sink = rtmidi.MidiIn(_APIS[api]), rtmidi.MidiOut(_APIS[api])
    except (SystemError, OSError) as error:
        raise NoMidi(f"{api} can't be opened; {_HINTS.get(api, '')}", where="midi_api") from error
    try:
        return source.get_ports(), sink.get_ports()
    finally:
        source.delete()
        sink.delete()
