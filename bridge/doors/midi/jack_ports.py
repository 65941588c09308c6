# SPDX-License-Identifier: Apache-2.0
"""Ports of JACK, by JACK-Client: every message is stamped and placed to the sample.

Seconds are samples of the server's own count, so that a beat falls on the very sample it should,
whatever the computer's clock does.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import jack

from bridge.doors.midi.messages import ends_note, starts_note
from bridge.doors.midi.ports import Heard, Wanted, match
from bridge.errors import NoMidi

LEAD_PERIODS = 3
LEAST_LEAD_S, MOST_LEAD_S = 0.012, 0.5
SETTLED_S = 0.1  # so long after a stumble note-offs are said again
TOLD_AGAIN_S = 0.3  # those of so long before that
LEAD_HALVED_S = 30.0  # what is more than needed of the lead is halved in so long
_WRAP = 1 << 32  # JACK counts samples in 32 bits


def open_jack(wanted: Wanted, api: str, heard: Heard) -> JackPorts:
    """Open a client with one port in and one out, and connect them as wanted.

    Raises:
        NoMidi: there is no server, or no port of a wanted name.
    """
    jack.set_error_function(lambda _: None)  # the library's own noise; what matters is raised
    jack.set_info_function(lambda _: None)
    try:
        client = jack.Client(wanted.name, no_start_server=True)
    except jack.JackError as error:
        raise NoMidi(
            "The JACK server does not run; start it, or PipeWire, or choose another midi_api.",
            where="midi_api",
        ) from error
    try:
        ports = JackPorts(client, api, heard)
        ports.open(wanted)
    except NoMidi:
        _leave(client)
        raise
    except jack.JackError as error:
        _leave(client)
        raise NoMidi(
            "The JACK server does not answer; it is too busy, or ends.", where="midi_api"
        ) from error
    return ports


def _leave(client: Any) -> None:
    with contextlib.suppress(jack.JackError):
        client.deactivate()
        client.close()


class JackPorts:
    """One client of the JACK server; silent until `open` is called."""

    def __init__(self, client: Any, api: str, heard: Heard) -> None:
        self.api = api
        self._client = client
        self._heard = heard
        self._rate = client.samplerate
        self._least_lead_s = max(LEAST_LEAD_S, LEAD_PERIODS * client.blocksize / self._rate)
        self.lead_s = self._least_lead_s
        self._in = client.midi_inports.register("in")
        self._out = client.midi_outports.register("out")
        self._begin = _beginning(self._in, self._out)
        self._pending: list[tuple[int, int, bytes]] = []
        self._serial = count()
        self._last_frame = 0
        self._alive = True
        self._wanted = Wanted()
        self._missing: set[str] = set()
        self._late = 0
        self._relaxed = 0  # the sample at which the lead was last looked at
        self._ended: dict[tuple[int, int], tuple[int, bytes]] = {}  # note-offs that have left
        self._doubt = 0  # the sample at which those of late are said again; 0 for not at all

    def open(self, wanted: Wanted) -> None:
        """Take part in the server's cycles; connect to the wanted ports whenever they are there.

        Raises:
            NoMidi: there is none of that name, and it is not to be waited for.
            jack.JackError: the server does not answer.
        """
        self._client.set_xrun_callback(self._stumbled)
        self._client.set_process_callback(self._process)
        self._client.set_shutdown_callback(self._gone)
        self._client.activate()
        self._wanted = wanted
        for name in (*wanted.inputs, *wanted.outputs):
            if not self._join(name):
                self._missing.add(name)
        if self._missing and not wanted.patient:
            raise NoMidi(
                f"JACK has no port {min(self._missing)}; `nextbar midi list` names what there is.",
                where="midi_input",
            )

    def _join(self, name: str) -> bool:
        """Connect to the port of that name; false where there is none."""
        found = True
        for names, kind in ((self._wanted.inputs, "is_output"), (self._wanted.outputs, "is_input")):
            if name not in names:
                continue
            theirs = match(name, self._names(kind))
            found = found and theirs is not None
            if theirs and kind == "is_output":
                self._client.connect(theirs, self._in)
            elif theirs:
                self._client.connect(self._out, theirs)
        return found

    def _names(self, kind: str) -> list[str]:
        """The ports of others; to hear oneself play is never what a name means."""
        found = self._client.get_ports(is_midi=True, **{kind: True})
        return [port.name for port in found if not self._client.owns(port)]

    def _look(self) -> None:
        """Connect again to a port that was unplugged and is back."""
        present = [*self._names("is_output"), *self._names("is_input")]
        for name in (*self._wanted.inputs, *self._wanted.outputs):
            if match(name, present) is None:
                self._missing.add(name)
            elif name in self._missing:
                self._missing.discard(name)
                self._join(name)

    def now(self) -> float:
        """The second it is: samples since the server started, by its rate."""
        return self._unwrapped(self._client.frame_time) / float(self._rate)

    def send(self, data: bytes, at_s: float) -> None:
        """Hand a message to the cycle that reaches its sample; at 0 to the next one."""
        heapq.heappush(self._pending, (round(at_s * self._rate), next(self._serial), data))

    def withdraw(self) -> Sequence[tuple[float, bytes]]:
        """Take back what no cycle has reached."""
        pending, self._pending = self._pending, []
        return [(frame / self._rate, data) for frame, _, data in sorted(pending)]

    def alive(self) -> bool:
        """Whether the server still runs; connects to ports that have come back."""
        if self._alive and (self._wanted.inputs or self._wanted.outputs):
            with contextlib.suppress(jack.JackError):
                self._look()
        return self._alive

    def facts(self) -> Mapping[str, Any]:
        """Names, and what went wrong."""
        return {
            "input": self._in.name,
            "output": self._out.name,
            "missing": sorted(self._missing),
            "period_frames": self._client.blocksize if self._alive else 0,
            "late_messages": self._late,
            "lead_ms": round(self.lead_s * 100) * 10,
        }

    def close(self) -> None:
        """Leave the server."""
        self._alive = False
        _leave(self._client)

    def _process(self, frames: int) -> None:
        """One cycle, on the server's thread; most have nothing to do and must cost little."""
        if self._begin(frames):
            start = self._unwrapped(self._client.last_frame_time)
            for offset, data in self._in.incoming_midi_events():
                self._heard("in", bytes(data), (start + offset) / self._rate)
        if self._pending or self._doubt:
            self._play(self._unwrapped(self._client.last_frame_time), frames)

    def _play(self, start: int, frames: int) -> None:
        """Put what is due into the cycle that begins at sample `start`."""
        if 0 < self._doubt < start:
            self._say_again(start)
        self._relax(start)
        pending, written = self._pending, 0
        while pending and pending[0][0] < start + frames:
            item = heapq.heappop(pending)
            if 0 < item[0] < start:
                self._missed(start - item[0])
            offset = written = max(item[0] - start, written)  # JACK wants them in order
            try:
                self._out.write_midi_event(offset, item[2])
            except jack.JackError:  # the cycle is full: the rest goes with the next
                heapq.heappush(pending, item)
                return
            self._remember(start + offset, item[2])

    def _remember(self, frame: int, data: bytes) -> None:
        """Know which notes have ended lately, and have not begun again."""
        if ends_note(data):
            self._ended[data[0] & 0x0F, data[1]] = frame, data
        elif starts_note(data):
            self._ended.pop((data[0] & 0x0F, data[1]), None)

    def _stumbled(self, _: float) -> None:
        """The server was held up: whoever did not get its turn has missed what was said in it.

        A note that is missed is missed, but a note-off would leave one hanging; so those of late
        are said again, a little later: one stumble seldom comes alone.
        """
        self._doubt = self._doubt or self._last_frame + round(SETTLED_S * self._rate)

    def _say_again(self, start: int) -> None:
        """Say the note-offs since shortly before the stumble again."""
        self._doubt = 0
        since = start - round(TOLD_AGAIN_S * self._rate)
        for frame, data in self._ended.values():
            if frame > since:
                heapq.heappush(self._pending, (0, next(self._serial), data))

    def _missed(self, frames: int) -> None:
        """A message came too late for its sample: from now on they are handed over sooner.

        A server that was held up runs its cycles one after another to catch up; only what it was
        given before can then be in time.
        """
        self._late += 1
        wanted_s = self.lead_s + 1.25 * frames / self._rate
        self.lead_s = min(MOST_LEAD_S, wanted_s)

    def _relax(self, start: int) -> None:
        """While nothing is missed the lead goes back to what it must be."""
        gone_s, self._relaxed = (start - self._relaxed) / self._rate, start
        spare_s = self.lead_s - self._least_lead_s
        self.lead_s = self._least_lead_s + spare_s * 0.5 ** (gone_s / LEAD_HALVED_S)

    def _unwrapped(self, frame: int) -> int:
        """A count of samples that does not begin again after a day."""
        last = self._last_frame
        whole = frame + (last - frame + _WRAP // 2) // _WRAP * _WRAP
        self._last_frame = max(last, whole)
        return whole

    def _gone(self, *_: object) -> None:
        self._alive = False


def _beginning(source: Any, sink: Any) -> Callable[[int], int]:
    """What begins a cycle of so many frames: it empties `sink` and counts what is in `source`.

    JACK-Client's own methods for this ask the library for the size of the period each time and
    make a generator. In a cycle in which nothing comes that is most of the work, and a client
    that listens has hundreds of those a second; so its library is called directly.
    """
    library, into, out = jack._lib, source._ptr, sink._ptr
    buffer, clear = library.jack_port_get_buffer, library.jack_midi_clear_buffer
    count_events = library.jack_midi_get_event_count

    def begin(frames: int) -> int:
        clear(buffer(out, frames))
        return int(count_events(buffer(into, frames)))

    return begin


def jack_names() -> tuple[list[str], list[str]]:
    """The ports that can be listened to, and those that can be played to.

    Raises:
        NoMidi: there is no server.
    """
    jack.set_error_function(lambda _: None)
    jack.set_info_function(lambda _: None)
    try:
        client = jack.Client("nextbar-list", no_start_server=True)
    except jack.JackError as error:
        raise NoMidi("The JACK server does not run.", where="midi_api") from error
    try:
        sources = [port.name for port in client.get_ports(is_midi=True, is_output=True)]
        sinks = [port.name for port in client.get_ports(is_midi=True, is_input=True)]
    finally:
        client.close()
    return sources, sinks
