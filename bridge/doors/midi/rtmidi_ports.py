# SPDX-License-Identifier: Apache-2.0
"""Ports by python-rtmidi: ALSA, CoreMIDI, Windows, and JACK without its time stamps.

RtMidi tells nobody when a device is unplugged, so the names that there are get looked at now and
then: what has gone is closed, and opened again when it is back. The rest plays on meanwhile.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import rtmidi

from bridge.doors.midi.ports import LOOP_IN, LOOP_OUT, LOOPS, Heard, Wanted, match
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
    }
)
_SEQUENCER = "/dev/snd/seq"
LOOK_S = 2.0  # how often it is looked whether ports of others are there


_Callback = Callable[[tuple[Sequence[int], float], object], None]


@dataclass(slots=True, eq=False)
class _Wire:
    """A port of someone else.

    Attributes:
        port: RtMidi's end of it.
        wanted: the name, or the part of one, that was asked for.
        callback: gets what comes in; None where we only play.
        name: the whole name while it is open.
    """

    port: Any
    wanted: str
    callback: _Callback | None = None
    name: str = ""


def open_rtmidi(wanted: Wanted, api: str, heard: Heard) -> RtMidiPorts:
    """Open virtual ports where the system has them, and those of the wanted names.

    Raises:
        NoMidi: the system is not there, or has no port of a wanted name.
    """
    _check(api)
    ports = RtMidiPorts(wanted, api, heard)
    try:
        ports.open()
    except rtmidi.RtMidiError as error:
        ports.close()
        raise NoMidi(f"{api} can't be opened; {_hint(api)}", where="midi_api") from error
    except NoMidi:
        ports.close()
        raise
    return ports


class RtMidiPorts:
    """Ports of one MIDI system; closed until `open` is called."""

    lead_s = 0.0

    def __init__(self, wanted: Wanted, api: str, heard: Heard) -> None:
        self.api = api
        self._heard = heard
        self._wanted = wanted
        self._own: list[Any] = []  # virtual ports, one in and one out, where there are such
        self._ins: list[_Wire] = []
        self._outs: list[_Wire] = []
        self._next_look_s = 0.0

    def open(self) -> None:
        """Open them all.

        Raises:
            NoMidi: there is no port of a wanted name.
            rtmidi.RtMidiError: the system refuses.
        """
        name, wanted = self._wanted.name, self._wanted
        if self.api != "winmm":
            self._own += (self._new(rtmidi.MidiIn), self._new(rtmidi.MidiOut))
            self._own[0].set_callback(partial(self._arrived, name))
            for port in self._own:
                port.open_virtual_port(name)
        elif not (wanted.inputs or wanted.outputs):
            raise NoMidi(
                "Windows lets no program make ports; name one that `nextbar midi list` shows.",
                where="port",
            )
        for each in wanted.inputs:
            self._ins.append(_Wire(self._new(rtmidi.MidiIn), each, partial(self._arrived, each)))
        for each in wanted.outputs:
            self._outs.append(_Wire(self._new(rtmidi.MidiOut), each))
        self._look()
        missing = self._missing()
        if missing and not (wanted.patient and self._own):
            raise _no_port(missing[0])

    def now(self) -> float:
        """The second it is, by the computer's steady clock."""
        return time.monotonic()

    def send(self, data: bytes, at_s: float) -> None:
        """Send a message at once: this system can't be told a time."""
        for port in self._own[1:]:
            port.send_message(data)
        for wire in self._outs:
            if wire.name:
                try:
                    wire.port.send_message(data)
                except rtmidi.RtMidiError:  # unplugged since it was last looked at
                    _shut(wire)

    def withdraw(self) -> Sequence[tuple[float, bytes]]:
        """Nothing: what was handed over has been sent."""
        return ()

    def alive(self) -> bool:
        """Always: what others unplug is closed here, and opened when it is back."""
        now_s = self.now()
        if now_s >= self._next_look_s and (self._ins or self._outs):
            self._next_look_s = now_s + LOOK_S
            with contextlib.suppress(rtmidi.RtMidiError):  # gone while it was being opened
                self._look()
        return True

    def facts(self) -> Mapping[str, Any]:
        """Names, and those that are missing."""
        own = [self._wanted.name] if self._own else []
        return {
            "input": ", ".join([*own, *(wire.name for wire in self._ins if wire.name)]),
            "output": ", ".join([*own, *(wire.name for wire in self._outs if wire.name)]),
            "missing": self._missing(),
        }

    def close(self) -> None:
        """Close the ports."""
        for port in (*self._own, *(wire.port for wire in (*self._ins, *self._outs))):
            with contextlib.suppress(rtmidi.RtMidiError):
                port.close_port()
            port.delete()  # from here on any call of it would crash
        self._own, self._ins, self._outs = [], [], []

    def _new(self, kind: Any) -> Any:
        port = kind(_APIS[self.api], self._wanted.name)
        if kind is rtmidi.MidiIn:
            port.ignore_types(sysex=True, timing=False, active_sense=True)
        return port

    def _look(self) -> None:
        """Close what has gone and open what is there."""
        for wire in (*self._ins, *self._outs):
            names = wire.port.get_ports()
            if wire.name and wire.name not in names:
                _shut(wire)
            found = match(wire.wanted, [name for name in names if not self._is_own(name)])
            if not wire.name and found:
                if wire.callback:
                    wire.port.set_callback(wire.callback)  # closing a port takes it away
                wire.port.open_port(names.index(found))
                wire.name = found

    def _is_own(self, name: str) -> bool:
        """Whether a port is one of our virtual ones; JACK numbers a client's second name."""
        client = name.partition(":")[0].removesuffix("-01")
        return bool(self._own) and client == self._wanted.name

    def _missing(self) -> list[str]:
        return sorted(wire.wanted for wire in (*self._ins, *self._outs) if not wire.name)

    def _arrived(self, name: str, event: tuple[Sequence[int], float], _: object = None) -> None:
        """A message has come, on the system's thread."""
        self._heard(name, bytes(event[0]), time.monotonic())


def _shut(wire: _Wire) -> None:
    wire.name = ""
    with contextlib.suppress(rtmidi.RtMidiError):  # the device is not there to be closed
        wire.port.close_port()


def rtmidi_names(api: str) -> tuple[list[str], list[str]]:
    """The ports that can be listened to, and those that can be played to.

    Raises:
        NoMidi: the system is not there.
    """
    _check(api)
    opened: list[Any] = []
    try:
        for kind in (rtmidi.MidiIn, rtmidi.MidiOut):
            opened.append(kind(_APIS[api]))
        return opened[0].get_ports(), opened[1].get_ports()
    except rtmidi.RtMidiError as error:
        raise NoMidi(f"{api} can't be opened; {_hint(api)}", where="midi_api") from error
    finally:
        for port in opened:
            port.delete()


def _check(api: str) -> None:
    """Find out whether python-rtmidi knows a system, and whether that is here.

    Raises:
        NoMidi: not so.
    """
    if _APIS[api] not in rtmidi.get_compiled_api():
        raise NoMidi(f"python-rtmidi was built without {api}.", where="midi_api")
    if api == "alsa" and not Path(_SEQUENCER).exists():  # its library would print a line of C
        raise NoMidi(f"{api} can't be opened; {_hint(api)}", where="midi_api")


def _hint(api: str) -> str:
    return _HINTS.get(api, "see `nextbar midi list`.")


def _no_port(name: str) -> NoMidi:
    """What is said of a port that is not there."""
    hint = LOOPS if name in {LOOP_IN, LOOP_OUT} else "`nextbar midi list` names what there is."
    return NoMidi(f"There is no MIDI port {name}; {hint}", where="midi_input")
