# SPDX-License-Identifier: Apache-2.0
"""Ports: what the door needs of a MIDI system, and which one is used.

On Linux JACK comes first (PipeWire speaks it too), because its messages carry the very sample
they belong to; then ALSA. macOS and Windows have one system each.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from bridge.doors.midi.messages import SYSTEM, ends_note
from bridge.errors import NoMidi

Heard = Callable[[str, bytes, float], None]  # port, message, second: called on a thread of its own

APIS = ("auto", "jack", "alsa", "rtmidi-jack", "coremidi", "winmm")
# Windows lets no program make ports, and what is sent to a loop comes out of that loop: so one for
# each direction, or nextbar would hear itself.
LOOP_IN, LOOP_OUT = "nextbar in", "nextbar out"
LOOPS = (
    f"make the ports `{LOOP_IN}` and `{LOOP_OUT}` in loopMIDI, or name others by midi_input and "
    "midi_output."
)
_MOST_WAITS = 40  # halves of the lead
INSTALL = "pip install 'nextbar[midi]'"
SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "linux": ("jack", "alsa"),  # rtmidi's JACK has no stamps and does not see the server end
    "darwin": ("coremidi",),
    "win32": ("winmm",),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ports shall be opened.

    Attributes:
        api: the MIDI system; `auto` for the first that works.
        name: what our ports are called.
        inputs: names, or parts of names, of ports to listen to, besides the virtual one.
        outputs: likewise, of ports to play to.
        patient: whether those that are not there are waited for, while the others are used.
    """

    api: str = "auto"
    name: str = "nextbar"
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    patient: bool = False


class Ports(Protocol):
    """Open ports, with a clock of their own.

    Attributes:
        api: the MIDI system.
        lead_s: how far ahead of its time a message may be handed over.
    """

    api: str
    lead_s: float

    def now(self) -> float:
        """The second it is, by the clock that stamps what is heard."""

    def send(self, data: bytes, at_s: float) -> None:
        """Send a message at a second; at 0, or at one that lies in the past, at once."""

    def withdraw(self) -> Sequence[tuple[float, bytes]]:
        """Take back what was handed over and has not been sent: (second, message)."""

    def alive(self) -> bool:
        """Whether the ports are still there."""

    def facts(self) -> Mapping[str, Any]:
        """What there is to tell of them: names, and counts of what went wrong."""

    def close(self) -> None:
        """Close the ports."""


def take_back(ports: Ports) -> None:
    """Take back the notes that were handed over and have not begun; their ends and clocks stay."""
    for at_s, data in ports.withdraw():
        if ends_note(data):
            ports.send(data, 0.0)
        elif data[0] >= SYSTEM:
            ports.send(data, at_s)


def let_leave(ports: Ports, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait until what was handed over has left, by the clock of the ports.

    That clock may go slower than the computer's while a server is held up, or stand still where
    it has died; so the wait has an end.
    """
    until_s = ports.now() + 2 * ports.lead_s
    for _ in range(_MOST_WAITS):
        sleep(ports.lead_s / 2)
        if ports.now() >= until_s:
            return


def open_ports(wanted: Wanted, heard: Heard, system: str = sys.platform) -> Ports:
    """Open the ports.

    Raises:
        NoMidi: says what is missing and what installs or starts it.
    """
    order = systems_of(system) if wanted.api == "auto" else (wanted.api,)
    faults = []
    for api in order:
        try:
            return _opener(api)(wanted, api, heard)
        except NoMidi as error:
            faults.append(error)
    told = [fault for fault in faults if fault.where != "midi_api"] or faults
    if len(told) == 1:  # a system works and lacks the port: why another does not is no matter
        raise told[0]
    reasons = " ".join(f"{api}: {fault.message}" for api, fault in zip(order, faults, strict=True))
    raise NoMidi(f"No MIDI system can be used. {reasons}", where="midi_api")


def systems_of(system: str = sys.platform) -> tuple[str, ...]:
    """The MIDI systems of an operating system, in the order in which they are tried."""
    return SYSTEMS.get(system, SYSTEMS["linux"])


def _opener(api: str) -> Callable[[Wanted, str, Heard], Ports]:
    """What opens ports of a system.

    Raises:
        NoMidi: its package, or the library that the package needs, is not installed.
    """
    if api == "jack":
        if find_spec("jack") is None:
            raise NoMidi("JACK-Client is not installed: pip install JACK-Client.", where="midi_api")
        try:
            from bridge.doors.midi.jack_ports import open_jack
        except (ImportError, OSError) as error:
            raise NoMidi("JACK's library is not installed.", where="midi_api") from error
        return open_jack
    if find_spec("rtmidi") is None:
        raise NoMidi(f"python-rtmidi is not installed: {INSTALL}.", where="midi_api")
    try:
        from bridge.doors.midi.rtmidi_ports import open_rtmidi
    except (ImportError, OSError) as error:  # on Linux it wants ALSA's library
        raise NoMidi("The library of ALSA is not installed.", where="midi_api") from error
    return open_rtmidi


def match(wanted: str, names: Sequence[str]) -> str | None:
    """The port that a name or a part of one means, the exact one first."""
    exact = [name for name in names if name == wanted]
    parts = [name for name in names if wanted.casefold() in name.casefold()]
    return next(iter([*exact, *parts]), None)


def port_names(system: str = sys.platform) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Every port of every MIDI system here, and why a system has none to show."""
    found: list[dict[str, str]] = []
    faults: dict[str, str] = {}
    for api in systems_of(system):
        try:
            sources, sinks = _names_of(api)
        except NoMidi as error:
            faults[api] = error.message
            continue
        found += [{"api": api, "direction": "from", "name": name} for name in sources]
        found += [{"api": api, "direction": "to", "name": name} for name in sinks]
    return found, faults


def _names_of(api: str) -> tuple[list[str], list[str]]:
    _opener(api)  # says what is not installed
    if api == "jack":
        from bridge.doors.midi.jack_ports import jack_names

        return jack_names()
    from bridge.doors.midi.rtmidi_ports import rtmidi_names

    return rtmidi_names(api)
