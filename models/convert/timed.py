# SPDX-License-Identifier: Apache-2.0
"""A song in seconds, in plain values: what the music libraries have in common.

Seconds can't be negative there: a song with a pickup begins whole bars later, as in a MIDI file.
Muted notes are left out; release velocity, probability and system exclusive have no place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from models.clip import Clip, Note, Scale, TempoChange
from models.convert.seconds import TempoMap, snapped
from models.drums import DRUM_CHANNEL
from models.metre import Metre, MetreChange
from models.midi.frame import bar_line_from, nearest_bpm
from models.midi.song import MELODIC_CHANNELS, Part, Song, TimedEvent
from models.midi.writer import shift_ticks

_CONTROL, _BEND = 0xB0, 0xE0
_BEND_CENTRE = 8192


class TimedNote(NamedTuple):
    """A note in seconds."""

    start_seconds: float
    end_seconds: float
    pitch: int
    velocity: int


class TimedControl(NamedTuple):
    """A controller value, 0-127."""

    seconds: float
    number: int
    value: int


class TimedBend(NamedTuple):
    """A pitch bend, -8192 to 8191."""

    seconds: float
    value: int


@dataclass(frozen=True, slots=True)
class TimedPart:
    """One instrument."""

    name: str
    program: int
    is_drum: bool
    notes: list[TimedNote] = field(default_factory=list)
    controls: list[TimedControl] = field(default_factory=list)
    bends: list[TimedBend] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TimedSong:
    """The song; `tempi` are (seconds, bpm) from 0 on, `metres` (seconds, metre)."""

    ticks_per_beat: int
    tempi: list[tuple[float, float]]
    metres: list[tuple[float, Metre]]
    scale: Scale | None
    end_seconds: float
    parts: list[TimedPart]


class _Ruler(NamedTuple):
    """From beats of the clips to seconds, and ticks of the clips to seconds."""

    tempo_map: TempoMap
    shift_beats: float
    ticks_per_beat: int

    def seconds(self, beats: float) -> float:
        """The time of a place in beats of the clips."""
        return max(0.0, self.tempo_map.seconds_at(beats + self.shift_beats))

    def on_tick(self, beats: float) -> float:
        """The nearest tick, in beats from second 0."""
        ticks = round((beats + self.shift_beats) * self.ticks_per_beat)
        return max(0, ticks) / self.ticks_per_beat


def in_seconds(song: Song, tempo_of: Callable[[float], float] = float) -> TimedSong:
    """The song in seconds, by the tempo map of its first clip.

    Args:
        song: the song.
        tempo_of: the tempo that the library will hold for a tempo in bpm.
    """
    frame = song.parts[0].clip if song.parts else Clip((), 1.0)
    ruler = _Ruler(TempoMap(()), shift_ticks(song) / song.ticks_per_beat, song.ticks_per_beat)
    tempi = [(0.0, tempo_of(frame.tempo_bpm))]
    tempi += [(ruler.on_tick(c.start_beats), tempo_of(c.tempo_bpm)) for c in frame.tempo_changes]
    tempo_map = TempoMap.of_beats(tempi)
    ruler = ruler._replace(tempo_map=tempo_map)
    changes = [(ruler.on_tick(c.start_beats), c.metre) for c in frame.metre_changes]
    ends = [part.clip.length_beats for part in song.parts]
    return TimedSong(
        song.ticks_per_beat,
        [(stretch.seconds, stretch.tempo_bpm) for stretch in tempo_map.stretches],
        [(0.0, frame.metre), *((tempo_map.seconds_at(beats), m) for beats, m in changes)],
        next((part.clip.scale for part in song.parts if part.clip.scale), None),
        ruler.seconds(max(ends, default=0.0)),
        [_timed_part(part, ruler) for part in song.parts],
    )


def _timed_part(part: Part, ruler: _Ruler) -> TimedPart:
    timed = TimedPart(part.name, part.program or 0, part.clip.kind == "drums")
    for note in part.clip.notes:
        if not note.mute:
            start, end = ruler.seconds(note.start_beats), ruler.seconds(note.end_beats)
            timed.notes.append(TimedNote(start, end, note.pitch, max(1, round(note.velocity))))
    for event in part.events:
        seconds = ruler.seconds(event.tick / ruler.ticks_per_beat)
        kind = event.data[0] & 0xF0
        if kind == _CONTROL:
            timed.controls.append(TimedControl(seconds, event.data[1], event.data[2]))
        elif kind == _BEND:
            value = event.data[1] + 128 * event.data[2] - _BEND_CENTRE
            timed.bends.append(TimedBend(seconds, value))
    return timed


def in_beats(timed: TimedSong) -> Song:
    """The song in beats: drums on channel 10, the others on the channels left, in turn.

    Times that differ from a tick only by rounding are put on it. All clips get the length of
    the song in whole bars.

    Raises:
        BadClip: music beyond the limits of clips.
    """
    tempo_map = TempoMap.of_seconds(timed.tempi, timed.ticks_per_beat)
    frame = _frame(timed, tempo_map)
    parts: list[Part] = []
    for part in timed.parts:
        melodic = sum(other.channel != DRUM_CHANNEL for other in parts)
        turn = MELODIC_CHANNELS[melodic % len(MELODIC_CHANNELS)]
        channel = DRUM_CHANNEL if part.is_drum else turn
        parts.append(_part(part, frame, channel, _Beats(tempo_map, timed.ticks_per_beat)))
    return Song(tuple(parts), timed.ticks_per_beat)


class _Beats(NamedTuple):
    tempo_map: TempoMap
    ticks_per_beat: int

    def at(self, seconds: float) -> float:
        return snapped(self.tempo_map.beats_at(seconds), self.ticks_per_beat)


def _frame(timed: TimedSong, tempo_map: TempoMap) -> Clip:
    """An empty clip with the tempo, metre, scale and length of the song."""
    beats = _Beats(tempo_map, timed.ticks_per_beat)
    metres = [(beats.at(seconds), metre) for seconds, metre in timed.metres]
    first = next((metre for start, metre in metres if start <= 0), Metre())
    changes = tuple(MetreChange(start, metre) for start, metre in metres if start > 0)
    ends = [timed.end_seconds, *(n.end_seconds for part in timed.parts for n in part.notes)]
    return Clip(
        (),
        bar_line_from(first, changes, beats.at(max(ends)) - 1 / timed.ticks_per_beat),
        metre=first,
        metre_changes=changes,
        tempo_bpm=nearest_bpm(tempo_map.stretches[0].tempo_bpm),
        tempo_changes=tuple(
            TempoChange(stretch.beats, nearest_bpm(stretch.tempo_bpm))
            for stretch in tempo_map.stretches[1:]
        ),
        scale=timed.scale,
    )


def _part(timed: TimedPart, frame: Clip, channel: int, beats: _Beats) -> Part:
    clip = Clip(
        tuple(_note(note, beats) for note in timed.notes if note.velocity > 0),
        frame.length_beats,
        metre=frame.metre,
        metre_changes=frame.metre_changes,
        tempo_bpm=frame.tempo_bpm,
        tempo_changes=frame.tempo_changes,
        scale=frame.scale,
        kind="drums" if timed.is_drum else "melodic",
        name=timed.name,
    )
    events = [*_control_events(timed.controls, channel, beats)]
    events += _bend_events(timed.bends, channel, beats)
    events.sort(key=lambda event: event.tick)
    return Part(clip, channel, timed.program, tuple(events))


def _note(note: TimedNote, beats: _Beats) -> Note:
    start, end = beats.at(note.start_seconds), beats.at(note.end_seconds)
    return Note(note.pitch, start, max(end - start, 1 / beats.ticks_per_beat), float(note.velocity))


def _control_events(
    controls: Iterable[TimedControl], channel: int, beats: _Beats
) -> Iterable[TimedEvent]:
    for seconds, number, value in controls:
        tick = round(beats.at(seconds) * beats.ticks_per_beat)
        yield TimedEvent(tick, bytes((_CONTROL | channel, number & 127, value & 127)))


def _bend_events(bends: Iterable[TimedBend], channel: int, beats: _Beats) -> Iterable[TimedEvent]:
    for seconds, value in bends:
        tick = round(beats.at(seconds) * beats.ticks_per_beat)
        raised = min(max(value + _BEND_CENTRE, 0), 2 * _BEND_CENTRE - 1)
        yield TimedEvent(tick, bytes((_BEND | channel, raised & 127, raised >> 7)))
