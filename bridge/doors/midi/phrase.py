# SPDX-License-Identifier: Apache-2.0
"""Phrase: when a phrase that is played is over, and the clips it makes. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from bridge.doors.midi.recorder import Gesture, Played, Recorder, Recording
from bridge.doors.midi.timeline import Timeline
from models.clip import Clip, Kind, Note, Scale
from models.drums import DRUM_CHANNEL
from models.metre import EPSILON_BEATS, Metre
from models.midi import Part, Song, TimedEvent
from models.midi.song import TICKS_PER_BEAT

Ending = Literal["silence", "bars", "control"]

EAGER_BEATS = 1 / 8  # so much before a bar line a note is meant for the bar that begins there
LONGEST_HELD_BARS = 8  # a note that sounds longer is taken to be stuck
MOST_BARS = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """What the notes of a phrase don't say themselves."""

    metre: Metre
    tempo_bpm: float
    scale: Scale | None = None
    quantise_beats: float = 0.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was played, as clips.

    Attributes:
        clips: one of all melodic channels, one of drums, those that have notes.
        gestures: controllers, pressure and bends, in beats of the clips.
        start_beats: where beat 0 of the clips lies in the session.
        length_beats: of the clips; whole bars.
        stuck: how many notes were held so long that they must have been stuck.
    """

    clips: tuple[Clip, ...]
    gestures: tuple[Gesture, ...]
    start_beats: float
    length_beats: float
    stuck: int = 0

    def asked(self) -> tuple[Clip, ...]:
        """The clips as engines get them: a note a little before the first bar line is on it."""
        return tuple(
            clip.with_notes(
                replace(note, start_beats=0.0) if -EAGER_BEATS <= note.start_beats < 0 else note
                for note in clip.notes
            )
            for clip in self.clips
        )

    def song(self) -> Song:
        """The phrase as a MIDI file has it, gestures included.

        Notes that a pedal held are as long as they sounded, so the pedal is left out.
        """
        parts = []
        for clip in self.clips:
            channel = DRUM_CHANNEL if clip.kind == "drums" else self._melodic_channel()
            events = (g for g in self.gestures if _belongs(g, clip.kind) and not _is_pedal(g))
            timed = (TimedEvent(round(g.beats * TICKS_PER_BEAT), _on(channel, g)) for g in events)
            parts.append(Part(clip, channel, events=tuple(timed)))
        return Song(tuple(parts))

    def _melodic_channel(self) -> int:
        channels = {g.data[0] & 0x0F for g in self.gestures} - {DRUM_CHANNEL}
        return min(channels, default=0)


def is_over(
    recorder: Recorder, line: Timeline, now_beats: float, ending: Ending, rule: Rule
) -> bool:
    """Whether the phrase that is being played has ended by now."""
    if recorder.first_beats is None:
        return False
    start = first_bar(recorder.first_beats, line, rule.metre)
    bar_beats = rule.metre.bar_beats
    if recorder.full or now_beats >= start + MOST_BARS * bar_beats:
        return True
    if ending == "bars":
        return now_beats >= start + rule.bars * bar_beats - rule.lead_beats
    quiet = now_beats - recorder.last_beats
    held = any(True for _ in recorder.sounding())
    if ending == "silence":
        return quiet >= (LONGEST_HELD_BARS * bar_beats if held else rule.silence_beats)
    return False


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a phrase is.

    Attributes:
        bars: for the ending `bars`.
        lead_beats: so much before its last bar line a phrase of so many bars is handed on, so
            that the answer can begin on that line.
        silence_beats: for the ending `silence`.
    """

    metre: Metre
    bars: int
    lead_beats: float
    silence_beats: float


def first_bar(first_beats: float, line: Timeline, metre: Metre) -> float:
    """The bar line that a phrase begins at, in beats of the session."""
    return line.bar_start(first_beats + EAGER_BEATS, metre)


def phrase_of(
    recording: Recording, line: Timeline, frame: Frame, *, bars: int | None = None
) -> Phrase:
    """The clips of what was played.

    Args:
        recording: what was played; at least one note.
        line: tells where the bar lines are.
        frame: metre, tempo, scale and grid.
        bars: how many bars it shall have; by default up to the bar line after its last onset.
    """
    start = first_bar(recording.notes[0].start_beats, line, frame.metre)
    bar_beats = frame.metre.bar_beats
    last = max(note.start_beats for note in recording.notes) - start + EAGER_BEATS
    length = (bars or max(1, math.floor(last / bar_beats + EPSILON_BEATS) + 1)) * bar_beats
    clips = []
    kinds: tuple[Kind, ...] = ("melodic", "drums")
    for kind in kinds:
        played = [n for n in recording.notes if (n.channel == DRUM_CHANNEL) == (kind == "drums")]
        if played:
            notes = tuple(_note(note, start, frame.quantise_beats) for note in played)
            clips.append(
                Clip(
                    notes,
                    length,
                    metre=frame.metre,
                    tempo_bpm=frame.tempo_bpm,
                    scale=frame.scale if kind == "melodic" else None,
                    kind=kind,
                    name="played" if kind == "melodic" else "played drums",
                )
            )
    gestures = tuple(replace(g, beats=g.beats - start) for g in recording.gestures)
    longest = LONGEST_HELD_BARS * bar_beats - EPSILON_BEATS
    stuck = sum(n.end_beats - n.start_beats >= longest for n in recording.notes)
    return Phrase(tuple(clips), gestures, start, length, stuck)


def _note(played: Played, start_beats: float, grid_beats: float) -> Note:
    """A note of the clip; on request its onset is moved to the grid, its length stays."""
    onset = played.start_beats - start_beats
    if grid_beats:
        onset = round(onset / grid_beats) * grid_beats
    return Note(
        played.pitch,
        onset,
        played.end_beats - played.start_beats,
        float(played.velocity),
        release_velocity=float(played.release_velocity),
    )


def _belongs(gesture: Gesture, kind: Kind) -> bool:
    return (gesture.data[0] & 0x0F == DRUM_CHANNEL) == (kind == "drums")


def _is_pedal(gesture: Gesture) -> bool:
    return gesture.data[0] & 0xF0 == 0xB0 and gesture.data[1] == 64


def _on(channel: int, gesture: Gesture) -> bytes:
    return bytes((gesture.data[0] & 0xF0 | channel, *gesture.data[1:]))
