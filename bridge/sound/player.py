# SPDX-License-Identifier: Apache-2.0
"""The player: a process that reads takes from standard input and plays them on a device.

Frames in are those of the workers: {"do": "begin", "job", "length_samples", "sample_rate_hz",
"bar"}, {"do": "sound", "job", "channels", "pcm"}, {"do": "end" | "stop", "job"}, {"do": "bar",
"bar", "at_s"}, {"do": "open"}. `bar` is [metre, tempo]. Frames out: {"type": "ready", "rate_hz"},
{"type": "playing", ...} and {"type": "failed", "message"}. It ends when its input does.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, BinaryIO

from bridge.sound.devices import open_device
from bridge.sound.playback import Playback
from bridge.worker.frames import pack, read_frame
from models.audio.length import samples_of, seconds_of
from models.audio.resample import Resampler, with_channels
from models.errors import NextbarError
from models.notation import metre_of
from models.wire.audio import pcm_samples


class Player:
    """Feeds a playback from frames; each take has a resampler of its own."""

    def __init__(self, playback: Playback, clock: Callable[[], float] = time.monotonic) -> None:
        self._playback = playback
        self._clock = clock
        self._resamplers: dict[str, Resampler] = {}
        self._channels: dict[str, int] = {}

    def take(self, frame: Mapping[str, Any]) -> None:
        """Do what a frame says."""
        _DOES[frame["do"]](self, frame)

    def _begin(self, frame: Mapping[str, Any]) -> None:
        rate_hz = frame["sample_rate_hz"]
        there = self._playback.rate_hz
        self._resamplers = {frame["job"]: Resampler(rate_hz, there, 2)}  # older takes are over
        length = samples_of(Fraction(frame["length_samples"], rate_hz), there)
        self._playback.begin(frame["job"], length, _bar_s(frame["bar"]))

    def _sound(self, frame: Mapping[str, Any]) -> None:
        resampler = self._resamplers.get(frame["job"])
        if resampler:
            samples = with_channels(pcm_samples(frame["pcm"], frame["channels"]), 2)
            self._playback.push(frame["job"], resampler.push(samples))

    def _end(self, frame: Mapping[str, Any]) -> None:
        resampler = self._resamplers.pop(frame["job"], None)
        if resampler:
            self._playback.push(frame["job"], resampler.finish())
        self._playback.complete(frame["job"])

    def _stop(self, frame: Mapping[str, Any]) -> None:
        self._resamplers.pop(frame["job"], None)
        self._playback.stop(frame["job"])

    def _bar(self, frame: Mapping[str, Any]) -> None:
        """A bar began when the frame was sent, on a clock that all processes share."""
        gone_s = max(0.0, self._clock() - frame["at_s"])
        begun = self._playback.frame - round(gone_s * self._playback.rate_hz)
        self._playback.mark_bar(begun, _bar_s(frame["bar"]))


_DOES: Mapping[str, Callable[[Player, Mapping[str, Any]], None]] = {
    "open": lambda player, frame: None,  # the device is open already
    "begin": Player._begin,
    "sound": Player._sound,
    "end": Player._end,
    "stop": Player._stop,
    "bar": Player._bar,
}


def _bar_s(bar: tuple[str, float]) -> Fraction:
    metre, tempo_bpm = bar
    return seconds_of(1, metre_of(metre), tempo_bpm)


def serve(incoming: BinaryIO, outgoing: BinaryIO, name: str) -> None:
    """Play what comes in until nothing more does."""
    said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    try:
        device = open_device(name)
    except NextbarError as error:
        said.put({"type": "failed", "message": error.message})
        _flush(said, outgoing)
        return
    playback = Playback(device.rate_hz, lambda told: said.put({"type": "playing", **told}))
    player = Player(playback)
    device.start(playback.pull, playback.mark_bar)
    said.put({"type": "ready", "rate_hz": device.rate_hz})
    _start_reporting(said, outgoing)
    while frame := read_frame(incoming):
        player.take(frame)
    device.close()


def _start_reporting(said: queue.SimpleQueue[dict[str, Any]], outgoing: BinaryIO) -> None:
    """Write what was said from a thread, since a device's callback must never wait for a pipe."""
    import threading

    def report() -> None:
        while True:
            outgoing.write(pack(said.get()))
            outgoing.flush()

    threading.Thread(target=report, daemon=True).start()


def _flush(said: queue.SimpleQueue[dict[str, Any]], outgoing: BinaryIO) -> None:
    while not said.empty():
        outgoing.write(pack(said.get()))
    outgoing.flush()


def main() -> None:
    """Play on the device that the one argument names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the daemon
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, outgoing, sys.argv[1])


if __name__ == "__main__":
    main()
