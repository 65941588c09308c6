# SPDX-License-Identifier: Apache-2.0
"""Ensemble: given clips as tracks over the first one's loop, and new parts that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from models.clip import Clip, Note
from models.drums import GM_DRUMS
from models.engines.clip.life import Life
from models.engines.clip.question import Track
from models.engines.clip.source import Source, read_source
from models.engines.clip.straight import Straight
from models.engines.clip.touch import Touch
from models.engines.roles import roles_of
from models.engines.rules import bass, comp, counter
from models.engines.rules.feel import Feel
from models.engines.rules.palette import Palette
from models.theory.score import Score, Sound
from models.theory.steps import Steps
from models.tokens.grid import GridBar
from models.tokens.rules import PartRules
from models.tokens.vocabulary import TICKS_PER_QUARTER

Pads = tuple[tuple[int, str], ...]

GM_KIT = frozenset({36, 37, 38, 39, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 53, 54, 56, 57})
_QUIET = {42: -14.0, 44: -22.0, 46: -8.0, 51: -10.0, 53: -8.0, 54: -18.0, 37: -10.0}
_ACCENTS = (6.0, 1.0, -4.0, -8.0)  # velocity from the downbeat to the weakest place


@dataclass(frozen=True, slots=True)
class Voice:
    """How one role of a command is written.

    Attributes:
        role: of the vocabulary.
        name: of the new clip.
        register: lowest and highest pitch where none is asked for.
        polyphony: most notes at once, or hits on one tick.
        steady: whether every bar in which the others play gets a note.
    """

    role: str
    name: str
    register: tuple[int, int]
    polyphony: int
    steady: bool


VOICES: Mapping[str, Voice] = MappingProxyType(
    {
        "bass": Voice("bass", "Bass", bass.REGISTER, 1, True),
        "chords": Voice("chords", "Chords", comp.REGISTER, 4, True),
        "melody": Voice("lead", "Melody", (57, 84), 1, False),
        "lead": Voice("lead", "Lead", (57, 84), 1, False),
        "counter": Voice("counter", "Counter-line", counter.REGISTER, 1, False),
        "drums": Voice("drums", "Drums", (0, 127), 4, True),
    }
)


def heard_tracks(score: Score, bars: Sequence[GridBar]) -> Steps[list[Source]]:
    """The given clips as they sound over the first one's loop; silent ones are left out."""
    by_line: dict[int, list[Note]] = {}
    for sound in (*score.pitched, *score.drums):
        by_line.setdefault(sound.line, []).append(_note(sound))
    yield
    lines = sorted(by_line)
    clips = [score.clips[line] for line in lines]
    roles = roles_of(clips, [by_line[line] for line in lines])
    found = []
    for line, clip, role in zip(lines, clips, roles, strict=True):
        found.append(read_source(clip, by_line[line], bars, role, metres=score.bars))
        yield
    return found


def heard(sources: Iterable[Source]) -> list[Track]:
    """The tracks of what is only heard."""
    return [Track(source.role, source.standing) for source in sources]


def rules_for(
    voice: Voice, palette: Palette | None, kit: Iterable[int], *, full: bool
) -> PartRules:
    """The rules of a new part.

    Args:
        voice: what it plays.
        palette: range and pitch classes of a pitched part.
        kit: pads of a drum part.
        full: whether the others play in every bar.
    """
    least = int(voice.steady and full)
    if palette is None:
        pads = frozenset(kit)
        return PartRules(voice.polyphony, min(pads), max(pads), pads, min_notes=least)
    hard = palette.pitch_classes if len(palette.pitch_classes) < 12 else None
    return PartRules(
        voice.polyphony, palette.low, palette.high, scale=hard, min_notes=least, max_notes=40
    )


def kit_of(
    clips: Iterable[Clip], args: Mapping[str, Any]
) -> tuple[frozenset[int], tuple[Any, ...]]:
    """Pads that a drum part may use, and their names: those of a given kit, else General MIDI's."""
    named = next((clip.pads for clip in clips if clip.kind == "drums" and clip.pads), ())
    pads = {pitch for pitch, _ in named} or set(GM_KIT)
    low = 0 if args.get("low_pitch") is None else args["low_pitch"]
    high = 127 if args.get("high_pitch") is None else args["high_pitch"]
    inside = frozenset(pad for pad in pads if low <= pad <= high)
    if not inside:
        inside = frozenset(pad for pad in GM_DRUMS if low <= pad <= high) or frozenset({low})
    return inside, tuple(named)


class Company:
    """Plays a new part with the others: in their timing, at their level, with accents by the beat.

    Args:
        sources: what is heard.
        score: the same as sounds; None where there is nothing.
        drums: whether the new part is drums.
        life: plays the part where nothing is heard; None leaves it to the beat.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        score: Score | None,
        *,
        drums: bool,
        life: Life | None = None,
    ) -> None:
        every = [note for source in sources for note in source.notes]
        self._touch = Touch(_without_lanes(every))
        self._feel = None if score is None else Feel(score)
        self._drums = drums
        self._life = life if score is None else None

    def play(self, notes: Sequence[Note], bar: GridBar, number: int) -> Iterable[Note]:
        """New notes of one cell as they sound, in order."""
        found = self._by_the_beat(notes, bar, number)
        return self._life.play(tuple(found)) if self._life else found

    def _by_the_beat(self, notes: Sequence[Note], bar: GridBar, number: int) -> Iterator[Note]:
        for note in self._touch.play(notes, bar, number):
            tick = round((note.start_beats - bar.start_beats) * TICKS_PER_QUARTER)
            accent = _ACCENTS[
                0 if tick <= 0 else 1 if tick % 24 == 0 else 2 if tick % 12 == 0 else 3
            ]
            if self._drums:
                accent += _QUIET.get(note.pitch, 2.0)
            if self._feel is None:
                velocity = min(127.0, max(1.0, 94.0 + accent))
            else:
                velocity = self._feel.velocity(note.start_beats, accent)
            yield replace(note, velocity=velocity, velocity_deviation=0.0, release_velocity=64.0)


def plays_throughout(sources: Iterable[Source], bars: Sequence[GridBar]) -> bool:
    """Whether something begins or sounds in every bar."""
    notes = [note for source in sources for note in source.standing]
    return all(
        any(n.start_beats < bar.end_beats and n.end_beats > bar.start_beats for n in notes)
        for bar in bars
    )


def _without_lanes(notes: Iterable[Straight]) -> list[Straight]:
    ordered = sorted(notes, key=lambda note: (note.bar, note.tick, note.played.pitch))
    return [note._replace(lane=0) for note in ordered]


def _note(sound: Sound) -> Note:
    length = sound.end_beats - sound.start_beats
    return Note(sound.pitch, sound.start_beats, length, sound.velocity)
