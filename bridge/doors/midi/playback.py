# SPDX-License-Identifier: Apache-2.0
"""Playback: a song, from a file or a take, played at its own tempo. Pure but for `play`."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bridge.doors.midi.messages import NOTE_OFF, PROGRAM, SYSTEM, program, silence
from bridge.doors.midi.ports import Ports, let_leave, take_back
from bridge.doors.midi.schedule import Schedule
from models.convert.seconds import TempoMap
from models.errors import BadArgument
from models.midi import Part, Song

GAP_S = 0.01  # how often what is due is looked for
START_S = 0.1  # from the call to the first beat
HELD_UP_S = 0.05  # a song that is later than this goes on from where it is, and leaves nothing out


@dataclass(frozen=True, slots=True)
class Wish:
    """How a song shall be played.

    Attributes:
        tempo_bpm: instead of its own tempo, changes and all; 0 for its own.
        start_beats: where to begin; None for the first note, which may lie before beat 0.
        channel: for every part, 0 to 15; None for each part's own.
        programs: whether its sounds are sent too.
    """

    tempo_bpm: float = 0.0
    start_beats: float | None = None
    channel: int | None = None
    programs: bool = False


def beginning(song: Song, wish: Wish) -> float:
    """The beat to begin at: the wanted one, else beat 0 or the pickup before it."""
    if wish.start_beats is not None:
        return wish.start_beats
    return min((0.0, *(n.start_beats for part in song.parts for n in part.clip.notes)))


def check(song: Song, wish: Wish) -> None:
    """Find out whether there is anything to play.

    Raises:
        BadArgument: not from the wanted beat on.
    """
    last = max((n.start_beats for part in song.parts for n in part.clip.notes), default=None)
    if last is not None and beginning(song, wish) > last:
        raise BadArgument(
            f"start must be {last:g} at most, where the last note begins.", where="start"
        )


def planned(song: Song, wish: Wish, rng: random.Random) -> Schedule:
    """Everything that the song sends from where it shall begin, in beats of its clips."""
    schedule, start = Schedule(rng), beginning(song, wish)
    for part in song.parts:
        channel = part.channel if wish.channel is None else wish.channel
        schedule.add_notes((n for n in part.clip.notes if n.start_beats >= start), 0.0, channel)
        for beats, data in _others(part, song.ticks_per_beat, wish):
            schedule.add(max(beats, start), bytes((data[0] & SYSTEM | channel, *data[1:])))
    return schedule


def _others(part: Part, ticks_per_beat: int, wish: Wish) -> Iterator[tuple[float, bytes]]:
    """Controllers, pressure and bends, and the sounds where they are wanted."""
    if wish.programs and part.program is not None:
        yield -math.inf, program(part.channel, part.program)
    for event in part.events:
        kind = event.data[0] & SYSTEM
        if NOTE_OFF < kind < SYSTEM and (kind != PROGRAM or wish.programs):
            yield event.tick / ticks_per_beat, event.data


def tempo_map_of(song: Song, wish: Wish) -> TempoMap:
    """Where the song's beats lie in seconds."""
    clip = song.parts[0].clip
    if wish.tempo_bpm:
        return TempoMap.of_beats([(0.0, wish.tempo_bpm)])
    changes = ((change.start_beats, change.tempo_bpm) for change in clip.tempo_changes)
    return TempoMap.of_beats([(0.0, clip.tempo_bpm), *changes])


@dataclass(frozen=True, slots=True)
class Played:
    """How it went.

    Attributes:
        notes: how many were played.
        held_up_s: how long the machine kept the song waiting, all times together.
    """

    notes: int
    held_up_s: float


def play(
    song: Song, wish: Wish, ports: Ports, sleep: Callable[[float], None] = time.sleep
) -> Played:
    """Play a song to its end, and end its notes however this is left."""
    schedule, tempo_map = planned(song, wish, random.Random()), tempo_map_of(song, wish)
    begin_s = ports.now() + START_S - tempo_map.seconds_at(beginning(song, wish))
    held_up_s = 0.0
    try:
        while (place := schedule.next_beats()) is not None:
            now_s = ports.now()
            late_s = now_s - (begin_s + tempo_map.seconds_at(place))
            if late_s > HELD_UP_S:
                begin_s += late_s
                held_up_s += late_s
            until = tempo_map.beats_at(now_s + ports.lead_s - begin_s)
            for beats, data in schedule.due(until, tempo_map.beats_at(now_s - begin_s)):
                ports.send(data, begin_s + tempo_map.seconds_at(beats))
            wait_s = begin_s + tempo_map.seconds_at(place) - ports.lead_s - ports.now()
            sleep(min(max(wait_s, 0.0), GAP_S))
        sleep(ports.lead_s)
    finally:
        _end(ports, schedule, song, wish)
        let_leave(ports, sleep)
    return Played(schedule.counts.notes, held_up_s)


def _end(ports: Ports, schedule: Schedule, song: Song, wish: Wish) -> None:
    """End what sounds, and what may sound on the song's channels besides."""
    take_back(ports)
    for data in schedule.silence():
        ports.send(data, 0.0)
    channels = {wish.channel if wish.channel is not None else p.channel for p in song.parts}
    for channel in sorted(channels):
        for data in silence(channel):
            ports.send(data, 0.0)
