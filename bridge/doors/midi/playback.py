# SPDX-License-Identifier: Apache-2.0
"""Playback: a song, from a file or a take, played at its own tempo. Pure but for `play`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bridge.doors.midi.messages import NOTE_OFF, PROGRAM, SYSTEM, program, silence
from bridge.doors.midi.ports import Ports
from bridge.doors.midi.schedule import Schedule
from models.convert.seconds import TempoMap
from models.midi import Part, Song

GAP_S = 0.01  # how often what is due is looked for
START_S = 0.1  # from the call to the first beat


@dataclass(frozen=True, slots=True)
class Wish:
    """How a song shall be played.

    Attributes:
        tempo_bpm: instead of its own tempo, changes and all; 0 for its own.
        start_beats: where to begin.
        channel: for every part, 0 to 15; None for each part's own.
        programs: whether its sounds are sent too.
    """

    tempo_bpm: float = 0.0
    start_beats: float = 0.0
    channel: int | None = None
    programs: bool = False


def planned(song: Song, wish: Wish, rng: random.Random) -> Schedule:
    """Everything that the song sends, in beats of its clips."""
    schedule = Schedule(rng)
    for part in song.parts:
        channel = part.channel if wish.channel is None else wish.channel
        notes = (n for n in part.clip.notes if n.start_beats >= wish.start_beats)
        schedule.add_notes(notes, 0.0, channel)
        for beats, data in _others(part, song.ticks_per_beat, wish):
            schedule.add(
                max(beats, wish.start_beats), bytes((data[0] & SYSTEM | channel, *data[1:]))
            )
    return schedule


def _others(part: Part, ticks_per_beat: int, wish: Wish) -> Iterator[tuple[float, bytes]]:
    """Controllers, pressure and bends, and the sounds where they are wanted."""
    if wish.programs and part.program is not None:
        yield wish.start_beats, program(part.channel, part.program)
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


def play(song: Song, wish: Wish, ports: Ports, sleep: Callable[[float], None] = time.sleep) -> int:
    """Play a song to its end, and end its notes however this is left; gives how many notes."""
    schedule, tempo_map = planned(song, wish, random.Random()), tempo_map_of(song, wish)
    begin_s = ports.now() + START_S - tempo_map.seconds_at(wish.start_beats)
    try:
        while (place := schedule.next_beats()) is not None:
            now_s = ports.now()
            until = tempo_map.beats_at(now_s + ports.lead_s - begin_s)
            for beats, data in schedule.due(until, tempo_map.beats_at(now_s - begin_s)):
                ports.send(data, begin_s + tempo_map.seconds_at(beats))
            wait_s = begin_s + tempo_map.seconds_at(place) - ports.lead_s - ports.now()
            sleep(min(max(wait_s, 0.0), GAP_S))
        sleep(ports.lead_s)
    finally:
        ports.withdraw()
        for data in schedule.silence():
            ports.send(data, 0.0)
        channels = {wish.channel if wish.channel is not None else p.channel for p in song.parts}
        for channel in sorted(channels):
            for data in silence(channel):
                ports.send(data, 0.0)
        sleep(2 * ports.lead_s)
    return schedule.counts.notes
