# SPDX-License-Identifier: Apache-2.0
"""Conductor: who is the clock, and the one timeline that follows from it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bridge.doors.midi.follower import Change, ClockFollower
from bridge.doors.midi.messages import CLOCK
from bridge.doors.midi.own_clock import LinkClock, LinkSession, OwnClock
from bridge.doors.midi.timeline import Timeline

Way = Literal["auto", "follow", "internal", "link"]

OURS_AGAIN_S = 5.0  # without a tick, and with the song stopped, our own clock takes over


class Conductor:
    """Gives the timeline, from whoever beats it.

    `auto` keeps a clock of its own until one is heard. Where two ports send a clock, the one that
    was first is followed until it has been silent for `OURS_AGAIN_S`.

    Attributes:
        follower: of the clock from outside.
        own: our clock.
        other_ticks: ticks from ports that are not followed.
    """

    def __init__(
        self, way: Way, tempo_bpm: float, now_s: float, link: LinkSession | None = None
    ) -> None:
        self.way = way
        self.follower = ClockFollower(tempo_bpm)
        self.own = OwnClock(tempo_bpm, now_s)
        self.other_ticks = 0
        self._link = LinkClock(link) if link else None
        self._port = ""
        self._outside = way == "follow"

    @property
    def source(self) -> str:
        """Who is the clock now: `outside`, `own` or `link`."""
        if self._link:
            return "link"
        return "outside" if self._outside else "own"

    def timeline(self) -> Timeline | None:
        """The timeline; None while the song does not play."""
        if self._link:
            return self._link.timeline()
        return self.follower.timeline() if self._outside else self.own.timeline()

    def hear(self, port: str, data: bytes, at_s: float) -> Sequence[Change]:
        """Take a message of clock or transport."""
        if self.way in {"internal", "link"}:
            return ()
        silent = at_s - self.follower.last_tick_s > OURS_AGAIN_S
        if self._port not in {"", port} and not silent:
            self.other_ticks += data[0] == CLOCK
            return ()
        self._port = port
        changes = self.follower.hear(data, at_s)
        if self.follower.running and not self._outside:
            self._outside = True
            return ("started",)
        return changes if self._outside else ()

    def look(self, now_s: float) -> Sequence[Change]:
        """Time has passed."""
        if not self._outside:
            return ()
        changes = self.follower.look(now_s)
        gone = now_s - self.follower.last_tick_s > OURS_AGAIN_S
        if self.way == "auto" and gone and not self.follower.running:
            self._outside = False
            self.own = OwnClock(self.follower.tempo_bpm, now_s)
            return (*changes, "stopped")
        return changes
