# SPDX-License-Identifier: Apache-2.0
"""Variations of melodies and chords: other pitches on the same contour, passing notes, rhythm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from models.clip import Note
from models.engines.motif.melody import ORDER
from models.engines.motif.rhythm import draw
from models.engines.motif.score import Slice
from models.engines.motif.sketch import Sketch
from models.engines.motif.span import Settings
from models.engines.motif.study import Study

_FARTHEST_STEPS = 4
_CONTOUR_BROKEN = 0.15


class LineVariation:
    """Changes one note of a clip at a time; each method says whether it found room to."""

    def __init__(self, study: Study, sketch: Sketch, settings: Settings) -> None:
        self._study = study
        self._sketch = sketch
        self._settings = settings
        self._rng = Random(0)  # that of the bar in hand
        self._order = [index for index, _ in sketch.notes]
        self._tick_beats = 1 / study.score.grid.ticks_per_beat

    def protect(self, place: int) -> float:
        """How readily a note is spared: phrase ends, the first downbeat and basses carry most."""
        note = self._note(place)
        if not self._study.single_line and note.pitch < min(self._together(place), default=0):
            return 0.3
        later = self._onset_after(place)
        rest = later - note.end_beats if later is not None else math.inf
        first = place == 0
        return 0.45 if first or rest >= 1.0 else 1.0

    def change(self, place: int, rng: Random, more: int = 0) -> None:
        """Change the note at a place in the loop.

        Args:
            place: its place among the loop's sounding notes.
            rng: the source of chance.
            more: 1 to add notes, -1 to take notes away, 0 for neither in particular.
        """
        self._rng = rng
        dense = {1: 8.0, 0: 1.0, -1: 0.1}[more]
        line = self._study.single_line
        turns = {
            self.repitch: 3.0,
            self.split: 1.2 * dense,
            self.anticipate: 0.7 if line else 0.2,
            self.merge: 0.5 / dense,
            self.touch: 0.4,
        }
        while turns:
            names = list(turns)
            turn = self._rng.choices(names, list(turns.values()))[0]
            if turn(place):
                return
            del turns[turn]

    def repitch(self, place: int) -> bool:
        """Another pitch of the scale near the old one, with the same contour if possible."""
        index = self._order[place]
        note = self._sketch.now(index)
        if note is None:
            return False
        weights = self._candidates(place, note)
        if not weights:
            return False
        pitch = draw(self._rng, weights, self._settings.temperature)
        return self._sketch.edit(index, pitch=pitch)

    def split(self, place: int) -> bool:
        """Shorten the note and put a passing or neighbour note into its second half."""
        index = self._order[place]
        note = self._sketch.now(index)
        ticks = round(note.duration_beats / self._tick_beats) if note else 0
        if note is None or ticks < 2:
            return False
        cut = max(1, ticks // 2) * self._tick_beats
        pitch = self._between(place, note)
        if pitch is None or cut >= note.duration_beats:
            return False
        whole = note.duration_beats
        if not self._sketch.edit(index, duration_beats=cut * min(1.0, whole / (whole + 1e-9))):
            return False
        return self._sketch.add(
            note,
            pitch=pitch,
            start_beats=note.start_beats + cut,
            duration_beats=whole - cut,
            velocity=max(1.0, note.velocity * 0.88),
        )

    def anticipate(self, place: int) -> bool:
        """Begin half a pulse or a tick early; a note before it makes room."""
        note = self._note(place)
        step = self._rng.choice([self._tick_beats, self._pulse_beats(note) / 2])
        start = note.start_beats - step
        before = self._before(place)
        if start < self._sketch.clip.loop_start_beats or before is None:
            return False
        earlier = self._sketch.now(before)
        if earlier is None or start - earlier.start_beats < self._tick_beats:
            return False
        if self._study.single_line and earlier.end_beats > start:
            cut = start - earlier.start_beats
            if not self._same_bar(earlier, note) or not self._sketch.edit(
                before, duration_beats=cut
            ):
                return False
        return self._sketch.edit(
            self._order[place], start_beats=start, duration_beats=note.duration_beats + step
        )

    def merge(self, place: int) -> bool:
        """Leave out a weak note; the one before it sounds on."""
        note = self._note(place)
        before = self._before(place)
        metre = self._sketch.clip.metre_at(note.start_beats)
        grid = self._study.score.grid
        where = note.start_beats - grid.start_beats(grid.bar_at(note.start_beats))
        if before is None or metre.strength(round(where * 24) / 24) >= 0.5:
            return False
        earlier = self._sketch.now(before)
        if earlier is None or not self._same_bar(earlier, note):
            return False
        if not self._sketch.remove(self._order[place]):
            return False
        if self._study.single_line:
            self._sketch.edit(before, duration_beats=note.end_beats - earlier.start_beats)
        return True

    def touch(self, place: int) -> bool:
        """Another touch: louder or softer, and shorter."""
        note = self._note(place)
        velocity = min(127.0, max(1.0, note.velocity * self._rng.uniform(0.75, 1.2)))
        length = note.duration_beats * self._rng.choice((0.5, 0.75, 1.0))
        return self._sketch.edit(
            self._order[place], velocity=float(round(velocity)), duration_beats=length
        )

    def _note(self, place: int) -> Note:
        return self._sketch.notes[place][1]

    def _before(self, place: int) -> int | None:
        """Index of the nearest note that begins earlier."""
        start = self._note(place).start_beats
        for earlier in range(place - 1, max(-1, place - 12), -1):
            if self._note(earlier).start_beats < start - self._tick_beats / 2:
                return self._order[earlier]
        return None

    def _onset_after(self, place: int) -> float | None:
        start = self._note(place).start_beats
        later = (n.start_beats for _, n in self._sketch.notes[place + 1 : place + 12])
        return next((beats for beats in later if beats > start + 1e-6), None)

    def _same_bar(self, first: Note, second: Note) -> bool:
        grid = self._study.score.grid
        return grid.bar_at(first.start_beats) == grid.bar_at(second.start_beats)

    def _pulse_beats(self, note: Note) -> float:
        return self._sketch.clip.metre_at(note.start_beats).pulse_beats

    def _neighbours(self, place: int) -> list[int]:
        """Pitches just before and after in the line, as they are now."""
        found = []
        for other in (place - 1, place + 1):
            if 0 <= other < len(self._order):
                note = self._sketch.now(self._order[other])
                found.append(note.pitch if note else self._note(other).pitch)
        return found

    def _candidates(self, place: int, note: Note) -> dict[int, float]:
        """Pitches near the note with weights: likely, close, and on the same contour."""
        space = self._study.score.space
        home = space.fold(note.pitch)
        if home is None:
            return {}
        likely = self._likely(place, note)
        sides = self._neighbours(place) if self._study.single_line else []
        sounding = set() if self._study.single_line else self._together(place)
        weights = {}
        far = _FARTHEST_STEPS if self._study.single_line else 2
        for steps in range(-far, far + 1):
            pitch = space.stepped(home, steps)
            if pitch is None or pitch == note.pitch or pitch in sounding:
                continue
            weight = (0.02 + likely.get(pitch, 0.0)) * math.exp(-abs(steps) / 1.5)
            weight *= 1.0 if pitch % 12 in space.home else 0.05
            if any(_sign(note.pitch - side) != _sign(pitch - side) for side in sides):
                weight *= _CONTOUR_BROKEN
            if min((abs(pitch - other) for other in sounding), default=9) < 2:
                weight *= 0.1  # no semitone clusters inside a chord
            weights[pitch] = weight
        return weights

    def _likely(self, place: int, note: Note) -> dict[int, float]:
        """What the model expects here in a single line."""
        if not self._study.single_line:
            return {}
        past = self._past(place)
        tick = self._study.score.grid.snap(note.start_beats)[1]
        chances = self._study.model.chances(past, tick)
        total = sum(chances.values()) or 1.0
        return {key[0]: p / total for key, p in chances.items() if len(key) == 1}

    def _past(self, place: int) -> list[Slice]:
        """The line before a place, as it is now."""
        grid, space = self._study.score.grid, self._study.score.space
        past = []
        for index in self._order[max(0, place - ORDER) : place]:
            note = self._sketch.now(index)
            pitches = space.fold_all([note.pitch]) if note else ()
            if note and pitches:
                past.append(Slice(*grid.snap(note.start_beats), pitches))
        return past

    def _together(self, place: int) -> set[int]:
        """Pitches that begin with the note at a place."""
        start = self._note(place).start_beats
        near: Sequence[tuple[int, Note]] = self._sketch.notes[max(0, place - 10) : place + 11]
        own = self._order[place]
        return {
            now.pitch
            for index, note in near
            if index != own
            and abs(note.start_beats - start) < self._tick_beats / 2
            and (now := self._sketch.now(index)) is not None
        }

    def _between(self, place: int, note: Note) -> int | None:
        """A pitch that leads from the note to the next one: passing, or else a neighbour."""
        space = self._study.score.space
        if not self._study.single_line:
            return space.fold(note.pitch) if space.fold(note.pitch) == note.pitch else None
        own = space.fold(note.pitch)
        after = self._note((place + 1) % len(self._order)).pitch
        if own is None:
            return None
        goal = space.fold(after)
        away = (space.index(goal) or 0) - (space.index(own) or 0) if goal is not None else 0
        steps = self._rng.choice((-1, 1)) if abs(away) < 2 else _sign(away) * max(1, abs(away) // 2)
        return space.stepped(own, steps) or space.stepped(own, -steps) or own


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
