# SPDX-License-Identifier: Apache-2.0
"""Clocks of our own: one at a given tempo, and one that follows Ableton Link.

Link needs a package that the user installs (`LinkPython-extern`); it is under the GPL, so nothing
here depends on it, and it is only ever loaded into the process of the ports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from bridge.doors.midi.messages import TICKS_PER_BEAT
from bridge.doors.midi.timeline import Timeline

LINK_LEAST_STEP_S = 0.0005  # smaller corrections are the noise of asking for the time
LINK_JUMP_BEATS = 0.25  # larger ones are a jump of the song


class OwnClock:
    """A steady clock at a tempo of ours, with the ticks that tell others of it."""

    def __init__(self, tempo_bpm: float, started_s: float) -> None:
        self._timeline = Timeline(0.0, started_s, tempo_bpm)
        self._next_tick = 0

    def timeline(self) -> Timeline:
        """The timeline; this clock never stops."""
        return self._timeline

    def set_tempo(self, tempo_bpm: float, at_s: float) -> None:
        """Go on from the same beat at another tempo."""
        if tempo_bpm != self._timeline.tempo_bpm:
            self._timeline = self._timeline.retimed(at_s, tempo_bpm)

    def begin_bar(self, at_s: float) -> None:
        """Let this moment be the first beat of the song; beats of the session go on."""
        beats = self._timeline.beats_at(at_s)
        self._timeline = replace(self._timeline, song_offset_beats=-beats)
        self._next_tick = 0

    def ticks_until(self, beats: float) -> Iterator[float]:
        """The beats of the ticks before `beats` that have not been given yet."""
        offset_beats = self._timeline.song_offset_beats
        while (place := self._next_tick / TICKS_PER_BEAT - offset_beats) < beats:
            self._next_tick += 1
            yield place


class LinkSession(Protocol):
    """What is needed of a Link session: the beat and the tempo now.

    Whether it plays is not: most programs don't share that, and nextbar answers what it hears.
    """

    def read(self) -> tuple[float, float, float]:
        """The second (of our clock), the beat and the tempo in quarter notes a minute."""


class LinkClock:
    """Follows a Link session."""

    def __init__(self, session: LinkSession) -> None:
        self._session = session
        self._timeline: Timeline | None = None

    def timeline(self) -> Timeline:
        """The timeline as the session has it now.

        The session's beat may be moved by others; ours only goes forward, and the song's offset
        takes up the difference.
        """
        at_s, beats, tempo_bpm = self._session.read()
        line = self._timeline
        if line is None:
            self._timeline = Timeline(0.0, at_s, tempo_bpm, beats)
            return self._timeline
        away_beats = beats - line.song_beats(line.beats_at(at_s))
        if tempo_bpm != line.tempo_bpm:
            line = line.retimed(at_s, tempo_bpm)
        if abs(away_beats) > LINK_JUMP_BEATS:
            line = replace(line, song_offset_beats=line.song_offset_beats + away_beats)
        elif abs(away_beats) > LINK_LEAST_STEP_S * tempo_bpm / 60:
            line = replace(line, origin_beats=line.origin_beats + away_beats)
        self._timeline = line
        return line


class ExternalLink:
    """A session of the package `LinkPython-extern`.

    Args:
        link: the package.
        now_s: our clock.
        tempo_bpm: where nobody else is in the session.
        bar_beats: Link's quantum: the members of a session agree where such bars begin.
    """

    def __init__(
        self, link: Any, now_s: Callable[[], float], tempo_bpm: float, bar_beats: float
    ) -> None:
        self._link = link.Link(tempo_bpm)
        self._link.enabled = True
        self._now_s = now_s
        self._bar_beats = bar_beats

    @property
    def peers(self) -> int:
        """How many other programs are in the session."""
        return int(self._link.numPeers())

    def read(self) -> tuple[float, float, float]:
        """The second, the beat and the tempo."""
        state = self._link.captureAppSessionState()
        micros = self._link.clock().micros()
        beats = float(state.beatAtTime(micros, self._bar_beats))
        return self._now_s(), beats, float(state.tempo())
