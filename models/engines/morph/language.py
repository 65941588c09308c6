# SPDX-License-Identifier: Apache-2.0
"""The morph of the clip network: the nearer end's bars rewritten, least alike in the middle.

The network sees the first phrase before what it writes and the second one behind it, in the
first's key. Of its candidates for each step the one is taken that keeps the path monotone and lies
nearest to the straight line. `models.melody_space.morph` is the same by points of a space; which
one is better is measured (docs/quality-morph.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from models.clip import Clip, Note
from models.engines.clip.sampling import Sampling, generators
from models.engines.clip.writer import Writer, Written
from models.engines.roles import roles_of
from models.errors import BadArgument, BadClip
from models.melody_space.layout import Layout, layouts
from models.melody_space.lines import Strike
from models.melody_space.morph import MOST_STEPS, MorphWishes, phrase_touch
from models.melody_space.phrase import Phrase, key_of_phrase, key_shift, read_phrase
from models.melody_space.playing import framed, nearest_in, strike_notes
from models.melody_space.touch import Touch
from models.metre import EPSILON_BEATS
from models.theory.steps import Steps, finish
from models.tokens.grid import GridBar
from models.tokens.likeness import similarity_asked
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Controls, Part, Scene
from models.tokens.vocabulary import TICKS_PER_QUARTER

CANDIDATES = 6
MOST_BARS = 8  # of a step: three times as many are shown at once


def language_morph(
    writer: Writer, first: Clip, second: Clip, wishes: MorphWishes
) -> tuple[Clip, ...]:
    """Clips from `first` to `second`; these two are the very clips that were given.

    Raises:
        BadClip: one is for drums, silent or too long, or they differ in metre.
        BadArgument: the number of steps is out of range.
        TooLong: the clips do not fit into the network's context.
    """
    return finish(language_morphing(writer, first, second, wishes))


def language_morphing(
    writer: Writer, first: Clip, second: Clip, wishes: MorphWishes
) -> Steps[tuple[Clip, ...]]:
    """As `language_morph`, with a pause at every sign of life of the writer."""
    if not 2 <= wishes.steps <= MOST_STEPS:
        raise BadArgument(f"steps is {wishes.steps}; it must be 2 to {MOST_STEPS}.", where="steps")
    phrases = read_phrase(first, "first"), read_phrase(second, "second")
    every = layouts(*phrases, wishes.steps, map_metres=wishes.map_metres)
    if max(len(layout.sources) for layout in every) > MOST_BARS:
        raise BadClip(f"The clip network morphs at most {MOST_BARS} bars.", where="clip")
    shift = key_shift(*phrases)
    role = roles_of([first], [first.playing()])[0]
    touches = phrase_touch(phrases[0]), phrase_touch(phrases[1])
    last: list[Note] = []
    clips = []
    for number, layout in enumerate(every[1:-1], 1):
        step = _Step(phrases, layout, shift)
        seeds = generators(wishes.seed + number, range(CANDIDATES))
        drafts = yield from _written(writer, step.scene(role), Sampling(wishes.adventure), seeds)
        last = step.best(drafts, last or step.end(0))
        clips.append(step.clip(last, touches, wishes))
    return (first, *clips, second)


def _written(
    writer: Writer, scene: Scene, sampling: Sampling, seeds: Sequence[Random]
) -> Steps[list[tuple[Note, ...]]]:
    """The notes of each candidate, on the beat line of the scene."""
    for event in writer.write(scene, {0: PartRules()}, sampling, seeds):
        if isinstance(event, Written):
            return [tuple(n for cell in draft.cells for n in cell) for draft in event.drafts]
        yield
    raise AssertionError("a writer ends with what it wrote")


@dataclass(frozen=True)
class _Step:
    """One step, and what it lies between.

    Attributes:
        phrases: both ends.
        layout: of the step.
        shift: semitones that bring the second phrase into the first's key.
    """

    phrases: tuple[Phrase, Phrase]
    layout: Layout
    shift: int

    @property
    def length(self) -> float:
        """Beats from the first bar's start to the last one's end."""
        bars = self.layout.frame.bars
        return bars[-1].end_beats - bars[0].start_beats

    def end(self, side: int) -> list[Note]:
        """The notes of one end in the bars of the step."""
        semitones = self.shift if side else 0
        found = []
        for bar, source in zip(self.layout.frame.bars, self.layout.sources, strict=True):
            number = source[side]
            if number is not None:
                own = self.phrases[side].frame.bars[number]
                room = min(own.end_beats - own.start_beats, bar.end_beats - bar.start_beats)
                for note in self.phrases[side].notes:
                    if -EPSILON_BEATS <= note.start_beats - own.start_beats < room - EPSILON_BEATS:
                        pitch = min(127, max(0, note.pitch + semitones))
                        moved = note.moved(bar.start_beats - own.start_beats)
                        found.append(replace(moved, pitch=pitch, id=None))
        return found

    def scene(self, role: str) -> Scene:
        """The question: the step's bars between those of both ends."""
        count, share = len(self.layout.sources), self.layout.share
        bars = tuple(
            _moved(bar, n * self.length) for n in range(3) for bar in self.layout.frame.bars
        )
        notes = (*self.end(0), *(note.moved(2 * self.length) for note in self.end(1)))
        draft = tuple(note.moved(self.length) for note in self.end(int(share > 0.5)))
        controls = Controls(similarity=similarity_asked(min(1.0, 2 * min(share, 1 - share))))
        cells = (Cell(0, n, None, "rework", draft, controls) for n in range(count, 2 * count))
        nearer = self.layout.nearer.clip
        clip = Clip(notes, max(1.0, bars[-1].end_beats), metre=nearer.metre)
        key = key_of_phrase(self.phrases[0]).place
        return Scene(
            "vary", (Part(role, clip),), bars, tuple(cells), tempo_bpm=nearer.tempo_bpm, key=key
        )

    def best(self, drafts: Sequence[Sequence[Note]], last: Sequence[Note]) -> list[Note]:
        """The draft nearest to the straight line that does not step back towards the first end.

        Where all do, it is the step before once more.

        Args:
            drafts: candidates, on the beat line of the scene.
            last: notes of the step before, in the first phrase's key.
        """
        slots = _slots(self.end(0)), _slots(self.end(1))
        apart = max(1, len(slots[0] ^ slots[1]))
        share = self.layout.share

        def distances(notes: Sequence[Note]) -> tuple[float, float]:
            own = _slots(notes)
            return len(own ^ slots[0]) / apart, len(own ^ slots[1]) / apart

        def cost(notes: Sequence[Note]) -> float:
            gone, left = distances(notes)
            return abs(gone - share) + abs(left - 1 + share)

        least = distances(last)[0] - EPSILON_BEATS
        able = [[note.moved(-self.length) for note in draft] for draft in drafts]
        able = [notes for notes in able if distances(notes)[0] >= least]
        return min(able, key=cost) if able else list(last)

    def clip(
        self, notes: Sequence[Note], touches: tuple[Touch, Touch], wishes: MorphWishes
    ) -> Clip:
        """The step as a clip, played as both ends are."""
        share, frame = self.layout.share, self.layout.frame
        glide = wishes.key_path == "semitones"
        back = round(self.shift * share) if glide else self.shift * (share > 0.5)
        found: list[Note] = []
        for note in notes:
            pitch = min(127, max(0, note.pitch - back))
            if wishes.scale is not None:
                pitch = nearest_in(wishes.scale, pitch)
            start = frame.tick_at(note.start_beats)
            strike = Strike(start, start + note.duration_beats * TICKS_PER_QUARTER, (pitch,))
            found += strike_notes(self.layout, strike, touches)
        return framed(self.layout, found)


def _slots(notes: Sequence[Note]) -> set[tuple[int, int]]:
    """What is struck, as (ticks, pitch)."""
    return {(round(note.start_beats * TICKS_PER_QUARTER), note.pitch) for note in notes}


def _moved(bar: GridBar, beats: float) -> GridBar:
    return replace(bar, start_beats=bar.start_beats + beats, end_beats=bar.end_beats + beats)
