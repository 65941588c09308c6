# SPDX-License-Identifier: Apache-2.0
"""Audio devices, each as a callback that wants so many frames: JACK, and PortAudio for the rest."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from bridge.sound.transport import bar_at
from models.errors import BadArgument, NotInstalled

if TYPE_CHECKING:
    from models.audio.clip import Samples

INSTALL = 'pip install "nextbar[audio-out]"'
JACK, DEFAULT = "jack", "default"

Pull = Callable[[int], "Samples"]
MarkBar = Callable[[int, Fraction | None], None]


class Device(Protocol):
    """An open device, which calls back from a thread of its own."""

    rate_hz: int

    def start(self, pull: Pull, mark_bar: MarkBar) -> None:
        """Call `pull` for every block of frames, and `mark_bar` where it knows the bars.

        `mark_bar` gets a frame on which a bar began and the length of a bar, or None for the
        length when there are no bars any more.
        """

    def close(self) -> None:
        """Stop."""


def open_device(name: str) -> Device:
    """The device of that name: `jack`, `default`, or a name or number of PortAudio's.

    Raises:
        NotInstalled: a library is missing.
        BadArgument: there is no such device.
    """
    return JackDevice() if name == JACK else PortAudioDevice(name)


class JackDevice:
    """A JACK client with two ports, connected to the first outputs that there are.

    Where JACK's transport runs and has bars, sound starts on those.
    """

    def __init__(self) -> None:
        jack = self._library = _imported("jack")
        try:
            self._client: Any = jack.Client("nextbar", no_start_server=True)
        except (jack.JackError, OSError) as error:
            raise BadArgument(
                "No JACK server is running; start one, or choose another audio_out.",
                where="audio_out",
            ) from error
        self.rate_hz = int(self._client.samplerate)
        names = ("out_left", "out_right")
        self._ports = [self._client.outports.register(name) for name in names]
        self._taken = 0  # frames
        self._led = False  # whether the transport's bars were passed on last time

    def start(self, pull: Pull, mark_bar: MarkBar) -> None:
        """Begin to play, and connect to the first physical outputs."""

        def process(count: int) -> None:
            self._follow(mark_bar)
            samples = pull(count)
            self._taken += count
            for port, side in zip(self._ports, samples, strict=True):
                port.get_array()[:] = side

        self._client.set_process_callback(process)
        self._client.activate()
        found = self._client.get_ports(is_audio=True, is_input=True, is_physical=True)
        for port, target in zip(self._ports, found, strict=False):
            self._client.connect(port, target)

    def close(self) -> None:
        """Leave the graph."""
        self._client.deactivate()
        self._client.close()

    def _follow(self, mark_bar: MarkBar) -> None:
        """Pass on where the transport's bar began, as long as it rolls and has bars."""
        state, position = self._client.transport_query_struct()
        if position.unique_1 != position.unique_2:
            return  # it is being written just now
        rolls = state == self._library.ROLLING
        bar = bar_at(self._library.position2dict(position)) if rolls else None
        if bar:
            gone_s, bar_s = bar
            mark_bar(round(self._taken - gone_s * self.rate_hz), bar_s)
        elif self._led:
            mark_bar(self._taken, None)
        self._led = bar is not None


class PortAudioDevice:
    """A device of the system, through PortAudio."""

    def __init__(self, name: str) -> None:
        self._library = _imported("sounddevice")
        chosen: Any = None if name == DEFAULT else int(name) if name.isdecimal() else name
        try:
            facts = self._library.query_devices(chosen, "output")
        except (ValueError, self._library.PortAudioError) as error:
            raise BadArgument(
                f"There is no audio output {name!r}; `nextbar audio devices` lists them.",
                where="audio_out",
            ) from error
        self._device = facts["index"]
        self.rate_hz = round(facts["default_samplerate"])
        self._stream: Any = None

    def start(self, pull: Pull, mark_bar: MarkBar) -> None:
        """Begin to play."""

        def fill(out: Any, count: int, time: object, status: object) -> None:
            out[:] = pull(count).T

        self._stream = self._library.OutputStream(
            samplerate=self.rate_hz,
            device=self._device,
            channels=2,
            dtype="float32",
            latency="high",
            callback=fill,
        )
        self._stream.start()

    def close(self) -> None:
        """Stop."""
        if self._stream:
            self._stream.close()


def check_installed(name: str) -> None:
    """Refuse a device whose library is missing, without loading it.

    Raises:
        NotInstalled: it is, with the line that installs it.
    """
    module = "jack" if name == JACK else "sounddevice"
    if find_spec(module) is None:
        raise _missing(module)


def _missing(module: str) -> NotInstalled:
    return NotInstalled(
        f"Playing sound needs {module}; install it with: {INSTALL}", where="audio_out"
    )


def listed() -> list[tuple[str, str, int]]:
    """Name, system and rate of every output that PortAudio finds.

    Raises:
        NotInstalled: PortAudio is missing.
    """
    library = _imported("sounddevice")
    systems = [system["name"] for system in library.query_hostapis()]
    return [
        (device["name"], systems[device["hostapi"]], round(device["default_samplerate"]))
        for device in library.query_devices()
        if device["max_output_channels"]
    ]


def _imported(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise _missing(module) from error
    except OSError as error:  # the module is there, the library below it is not
        library = "PortAudio (libportaudio2)" if module == "sounddevice" else "JACK"
        raise NotInstalled(
            f"Playing sound needs the library {library}; install it with your system's packages.",
            where="audio_out",
        ) from error
