# SPDX-License-Identifier: Apache-2.0
"""What is played when: samples come in as they are made, and a device takes them in its own time.

A take starts on a bar line, and not before so much of it is there that it will not run dry at the
speed at which it is made. Where that speed was overestimated it pauses, and goes on when there is
enough again. A take that begins while another plays replaces it on its next bar line. Pure: time
is counted in the frames that the device has taken.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.sound.grid import Grid, grid_of

if TYPE_CHECKING:
    from models.audio.clip import Samples

CUSHION_S = 0.25  # is always there before a take starts
_LISTEN_S = 0.25  # for so long the speed is measured before it is believed
_GAPS = 1.5  # times the longest wait between two chunks is there as well
_SAFETY = 0.9  # of the measured speed is counted on
_FADE_S = 0.005  # of a take that is replaced or stopped
_TELL_S = 1.0  # how often a wait is told

Tell = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Track:
    """One take on its way to the device; everything in frames of the device."""

    job: str
    length: int
    bar_s: Fraction | None
    chunks: deque[Samples] = field(default_factory=deque)
    received: int = 0
    played: int = 0
    first_frame: int = 0  # when the first samples came, and how many
    first_count: int = 0
    last_frame: int = 0
    gap: int = 0  # the longest between two arrivals
    start_frame: int | None = None
    complete: bool = False
    stopped: bool = False
    dry: bool = False
    underruns: int = 0
    told_frame: int = -(10**12)

    @property
    def waiting(self) -> int:
        """How much has come and is not played yet."""
        return self.received - self.played

    def speed(self, frame: int, rate_hz: int) -> float | None:
        """How many times faster than it plays the take is made; None while that is unknown."""
        passed = self.last_frame - self.first_frame
        if frame - self.first_frame < _LISTEN_S * rate_hz or not passed:
            return None
        return (self.received - self.first_count) / passed

    def enough(self, frame: int, rate_hz: int) -> bool:
        """Whether it can play to its end from here without running dry, as far as one can tell."""
        if self.complete:
            return True
        speed = self.speed(frame, rate_hz)
        gap = max(self.gap, frame - self.last_frame)
        if speed is None or self.waiting < max(CUSHION_S * rate_hz, _GAPS * gap):
            return False
        return self.waiting >= (self.length - self.played) * (1 - _SAFETY * speed)

    def take(self, count: int) -> Samples:
        """Up to `count` frames, in stereo."""
        parts: list[Samples] = []
        while count and self.chunks:
            chunk = self.chunks.popleft()
            if chunk.shape[1] > count:
                self.chunks.appendleft(chunk[:, count:])
                chunk = chunk[:, :count]
            parts.append(chunk)
            count -= chunk.shape[1]
            self.played += chunk.shape[1]
        return np.concatenate(parts, axis=1) if parts else np.zeros((2, 0), np.float32)


class Playback:
    """The takes that wait or play, for one device. Its methods may be called from two threads.

    Args:
        rate_hz: of the device.
        tell: hears what happens: state started, waiting, paused or finished.
    """

    def __init__(self, rate_hz: int, tell: Tell) -> None:
        self.rate_hz = rate_hz
        self.frame = 0  # of the device: how many it has taken
        self._tell = tell
        self._lock = threading.Lock()
        self._playing: Track | None = None
        self._next: Track | None = None
        self._grid: Grid | None = None
        self._outside: Grid | None = None  # of a transport that somebody else drives

    def begin(self, job: str, length: int, bar_s: Fraction | None) -> None:
        """A take is about to come: so many frames, in bars of so many seconds."""
        with self._lock:
            if self._next:  # it gives way before it was heard
                self._say(self._next, "finished", self.frame)
            self._next = Track(job, length, bar_s)

    def push(self, job: str, samples: Samples) -> None:
        """New samples of a take, in stereo at the device's rate."""
        with self._lock:
            track = self._of(job)
            if track is None or not samples.shape[1]:
                return
            if not track.received:
                track.first_frame, track.first_count = self.frame, samples.shape[1]
                track.last_frame = self.frame
            track.gap = max(track.gap, self.frame - track.last_frame)
            track.last_frame = self.frame
            track.chunks.append(samples)
            track.received += samples.shape[1]

    def complete(self, job: str) -> None:
        """Nothing more comes of the take."""
        with self._lock:
            track = self._of(job)
            if track:
                track.complete = True

    def stop(self, job: str) -> None:
        """The take shall not be heard any longer."""
        with self._lock:
            if self._next and self._next.job == job:
                self._next = None
            elif self._playing and self._playing.job == job and not self._playing.stopped:
                self._playing.stopped = True
                fade = self._fade_out(self._playing)
                self._playing.chunks = deque([fade])
                self._playing.received = self._playing.played + fade.shape[1]
                self._playing.complete = True

    def mark_bar(self, frame: int, bar_s: Fraction | None) -> None:
        """Somebody else's transport has a bar line at this frame, and bars of this length.

        No length means that it has stopped: nobody else counts bars any more.
        """
        with self._lock:
            self._outside = grid_of(frame, bar_s, self.rate_hz) if bar_s else None

    def pull(self, count: int) -> Samples:
        """The next `count` frames for the device, in stereo; silence where there is nothing."""
        with self._lock:
            out = np.zeros((2, count), np.float32)
            done = 0
            while done < count:
                done += self._fill(out[:, done:], self.frame + done)
            self.frame += count
            return out

    def _of(self, job: str) -> Track | None:
        return next((t for t in (self._next, self._playing) if t and t.job == job), None)

    def _fill(self, out: Samples, frame: int) -> int:
        """Fill some of `out`, which begins at `frame`; gives how much."""
        self._schedule(frame)
        due = self._next.start_frame if self._next else None
        if due is not None and due <= frame:
            self._change(frame)
            due = None
        size = int(out.shape[1])
        room = size if due is None else min(size, due - frame)
        track = self._playing
        if track is None or self._is_dry(track, frame):
            return room
        samples = track.take(room)
        out[:, : samples.shape[1]] = samples
        if track.complete and not track.waiting:
            self._playing = None
            self._say(track, "finished", frame)
        elif samples.shape[1] < room:
            track.dry, track.underruns = True, track.underruns + 1
            self._say(track, "paused", frame)
        return max(int(samples.shape[1]), 1) if samples.shape[1] < room else room

    def _schedule(self, frame: int) -> None:
        """Give the waiting take its bar line, once enough of it is there."""
        track = self._next
        if track is None or track.start_frame is not None or not track.received:
            return
        if not track.enough(frame, self.rate_hz):
            slow = track.speed(frame, self.rate_hz)
            if slow is not None and slow < 1 and frame - track.told_frame > _TELL_S * self.rate_hz:
                track.told_frame = frame
                self._say(track, "waiting", frame)
            return
        grid = self._outside or (self._grid if self._playing else None)
        track.start_frame = grid.next_bar(frame) if grid else frame

    def _change(self, frame: int) -> None:
        """The waiting take begins."""
        old, track = self._playing, self._next
        assert track
        if old:
            self._say(old, "finished", frame)
        self._playing, self._next = track, None
        self._grid = grid_of(frame, track.bar_s, self.rate_hz) if track.bar_s else None
        self._say(track, "started", frame)

    def _is_dry(self, track: Track, frame: int) -> bool:
        """Whether a take that ran dry must wait on."""
        if track.dry and (track.complete or track.enough(frame, self.rate_hz)):
            track.dry = False
        return track.dry

    def _fade_out(self, track: Track) -> Samples:
        fade = track.take(round(_FADE_S * self.rate_hz))
        return (fade * np.linspace(1, 0, fade.shape[1], dtype=np.float32)).astype(np.float32)

    def _say(self, track: Track, state: str, frame: int) -> None:
        speed = track.speed(frame, self.rate_hz)
        missing = max(0, track.length - track.received)
        wait_s = missing / max(speed, 1e-3) / self.rate_hz if speed and state == "waiting" else 0.0
        self._tell(
            {
                "job": track.job,
                "state": state,
                "frame": frame,
                "speed": round(speed or 0.0, 3),
                "wait_s": round(wait_s, 3),
                "underruns": track.underruns,
            }
        )
