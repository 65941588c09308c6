# SPDX-License-Identifier: Apache-2.0
"""A package `rtmidi` for systems that are not at hand: what python-rtmidi promises, in memory.

Ports that are deleted must not be used again (there a crash), a port is opened once at a time,
closing one takes its callback away, and clock and system exclusive are kept back unless they are
asked for. Windows makes no virtual ports; a loop there gives back what is sent to it.
"""

from importlib.machinery import ModuleSpec
from types import ModuleType

API_UNSPECIFIED, API_MACOSX_CORE, API_LINUX_ALSA, API_UNIX_JACK, API_WINDOWS_MM = range(5)


class RtMidiError(Exception):
    pass


class SystemError(RtMidiError, OSError):  # noqa: A001 - so it is called there
    pass


class InvalidPortError(RtMidiError, ValueError):
    pass


class InvalidUseError(RtMidiError, RuntimeError):
    pass


class UnsupportedOperationError(RtMidiError, RuntimeError):
    pass


class System:
    """The computer: ports of others, and what was sent to them.

    Attributes:
        sources, sinks: names of ports to listen to, and to play to.
        loops: names of ports that are both, and give back what they get.
        sent: (port, message).
        clients: every end that was made and not deleted.
    """

    def __init__(self, api, sources=(), sinks=(), loops=()):
        self.api = api
        self.sources, self.sinks, self.loops = [*sources], [*sinks], [*loops]
        self.sent, self.clients = [], []
        self.broken = False

    def module(self):
        """The package, as it is imported."""
        fake = ModuleType("rtmidi")
        fake.__spec__ = ModuleSpec("rtmidi", None)
        for name, value in globals().items():
            if name.startswith("API_") or name.endswith("Error"):
                setattr(fake, name, value)
        fake.MidiIn = lambda api, name=None: _In(self, name)
        fake.MidiOut = lambda api, name=None: _Out(self, name)
        fake.get_compiled_api = lambda: [self.api]
        return fake

    def play(self, name, data):
        """A device, or a program that uses a loop, sends a message."""
        for client in [*self.clients]:
            if isinstance(client, _In) and client.at == name:
                client.arrive(data)

    def unplug(self, name):
        for names in (self.sources, self.sinks, self.loops):
            if name in names:
                names.remove(name)

    def deliver(self, name, data):
        if name not in (*self.sinks, *self.loops, *self.virtual(_Out)):
            raise SystemError(f"no device {name}")
        self.sent.append((name, data))
        if name in self.loops:
            self.play(name, data)

    def virtual(self, kind):
        return [c.at for c in self.clients if isinstance(c, kind) and c.is_virtual]


class _End:
    def __init__(self, system, name):
        if system.broken:
            raise SystemError("the system does not answer")
        self.at = ""
        self.is_virtual = self.deleted = False
        self._system = system
        system.clients.append(self)

    def open_port(self, port=0):
        self._check()
        if self.at:
            raise InvalidUseError("already open")
        names = self.get_ports()
        if port >= len(names):
            raise InvalidPortError(str(port))
        self.at = names[port]

    def open_virtual_port(self, name=None):
        self._check()
        if self._system.api == API_WINDOWS_MM:
            raise UnsupportedOperationError("Windows has no virtual ports")
        if self.at:
            raise InvalidUseError("already open")
        self.at, self.is_virtual = name, True

    def close_port(self):
        self._check()
        self.at = ""

    def delete(self):
        self._check()
        self.deleted = True
        self._system.clients.remove(self)

    def _check(self):
        assert not self.deleted, "used after it was deleted: a crash"


class _In(_End):
    def __init__(self, system, name):
        super().__init__(system, name)
        self._callback = None
        self._ignored = {0xF0, 0xF8, 0xFE}

    def get_ports(self):
        self._check()
        system = self._system
        return [*system.sources, *system.loops, *system.virtual(_Out)]

    def ignore_types(self, sysex=True, timing=True, active_sense=True):
        self._check()
        flags = {0xF0: sysex, 0xF8: timing, 0xFE: active_sense}
        self._ignored = {status for status, ignored in flags.items() if ignored}

    def set_callback(self, func, data=None):
        self._check()
        self._callback = func

    def close_port(self):
        super().close_port()
        self._callback = None

    def arrive(self, data):
        if self._callback and data[0] not in self._ignored:
            self._callback(([*data], 0.0), None)


class _Out(_End):
    def get_ports(self):
        self._check()
        system = self._system
        return [*system.sinks, *system.loops, *system.virtual(_In)]

    def send_message(self, message):
        self._check()
        if self.at:
            self._system.deliver(self.at, bytes(message))
