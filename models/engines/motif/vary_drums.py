# SPDX-License-Identifier: Apache-2.0
"""Variations of grooves: ghost notes, hats, moved kicks, and a fill at the end of the last bar."""

from __future__ import annotations

from random import Random

from models.clip import Note
from models.engines.motif.kit import GHOST_BELOW, Kit, read_kit
from models.engines.motif.sketch import Sketch
from models.engines.motif.study import Study

_FILL_FROM_AMOUNT = 0.35


class DrumVariation:
    """Changes one hit at a time; each method says whether it found room to."""

    def __init__(self, study: Study, sketch: Sketch) -> None:
        self._study = study
        self._sketch = sketch
        self._rng = Random(0)  # that of the bar in hand
        self._kit: Kit = read_kit(study.clip, study.score.space)
        self._step_beats = 1 / max(4, study.score.grid.ticks_per_beat)
        if study.score.grid.ticks_per_beat == 3:
            self._step_beats = 1 / 3

    def protect(self, place: int) -> float:
        """Hits that carry the groove are spared more often."""
        return 0.4 if self._carries(self._sketch.notes[place][1]) else 1.0

    def change(self, place: int, rng: Random, more: int = 0) -> None:
        """Change the hit at a place in the loop; `more` as in LineVariation."""
        self._rng = rng
        index, note = self._sketch.notes[place]
        dense = {1: 8.0, 0: 1.0, -1: 0.1}[more]
        role = self._kit.role(note.pitch)
        ghost = note.velocity < GHOST_BELOW
        strong = self._strength(note) >= 0.5
        turns = {
            "touch": 1.0,
            "move": 0.0 if strong or role in {"hat", "open hat", "cymbal"} else 1.0,
            "drop": 0.0 if self._carries(note) or (strong and more >= 0) else 0.5 / dense,
            "ghost": (1.0 if role == "snare" and not ghost else 0.0) * dense,
            "double": (0.6 if role in {"hat", "kick", "other"} else 0.0) * dense,
            "open": 0.35 if role == "hat" and not strong else 0.0,
        }
        while any(turns.values()):
            turn = self._rng.choices(list(turns), list(turns.values()))[0]
            if self._do(turn, index, note):
                return
            del turns[turn]

    def fill(self, amount: float, rng: Random) -> None:
        """A fill over the last pulse, or the last two: snare and toms that grow louder."""
        clip, pads = self._sketch.clip, self._kit.fill_pads
        if amount < _FILL_FROM_AMOUNT or not pads or rng.random() > amount:
            return
        self._rng = rng
        pulse = clip.metre_at(clip.loop_end_beats - 1e-6).pulse_beats
        length = pulse * (2 if amount >= 0.7 and clip.loop_beats > 4 * pulse else 1)
        begin = clip.loop_end_beats - length
        if clip.loop_beats < 2 * length:
            return
        for index, note in self._sketch.notes:
            late = note.start_beats >= begin - self._step_beats / 4
            if late and self._kit.role(note.pitch) not in {"kick", "cymbal"}:
                self._sketch.remove(index)
        self._hits(begin, round(length / self._step_beats), pads)

    def _hits(self, begin_beats: float, count: int, pads: tuple[int, ...]) -> None:
        loud = max(note.velocity for _, note in self._sketch.notes)
        like = self._sketch.notes[-1][1]
        for number in range(count):
            if number and self._rng.random() < 0.15:
                continue
            share = number / max(1, count)
            pad = pads[min(len(pads) - 1, int(share * len(pads) + self._rng.random() * 0.5))]
            accent = 1.0 if number % 2 == 0 else 0.78
            velocity = max(1.0, loud * (0.65 + 0.35 * share) * accent)
            self._sketch.add(
                like,
                pitch=pad,
                start_beats=begin_beats + number * self._step_beats,
                duration_beats=min(like.duration_beats, self._step_beats),
                velocity=float(round(velocity)),
            )

    def _do(self, turn: str, index: int, note: Note) -> bool:
        rng, sketch, step = self._rng, self._sketch, self._step_beats
        if turn == "touch":
            velocity = min(127.0, max(1.0, note.velocity + rng.choice((-22, -14, -8, 8, 12))))
            return sketch.edit(index, velocity=float(round(velocity)))
        if turn == "move":
            start = note.start_beats + rng.choice((-step, step))
            inside = sketch.clip.loop_start_beats <= start < sketch.clip.loop_end_beats - step / 2
            return inside and sketch.edit(index, start_beats=start)
        if turn == "drop":
            return sketch.remove(index)
        if turn == "open":
            pad = self._kit.first("open hat")
            return pad is not None and sketch.edit(index, pitch=pad)
        side = rng.choice((-step, step, step)) if turn == "ghost" else step
        if self._study.score.space.index(note.pitch) is None:
            return False
        quiet = rng.uniform(22, 42) if turn == "ghost" else note.velocity * rng.uniform(0.55, 0.8)
        return sketch.add(
            note,
            start_beats=note.start_beats + side,
            velocity=float(round(max(1.0, min(quiet, note.velocity)))),
            duration_beats=min(note.duration_beats, step),
        )

    def _carries(self, note: Note) -> bool:
        """Whether the groove falls without it: kick and backbeat on a pulse, and the open hat."""
        role = self._kit.role(note.pitch)
        backbone = role in {"kick", "snare"} and note.velocity >= GHOST_BELOW
        return role == "open hat" or (backbone and self._strength(note) >= 0.5)

    def _strength(self, note: Note) -> float:
        grid = self._study.score.grid
        bar, tick = grid.snap(note.start_beats)
        return grid.metre(bar).strength(tick / grid.ticks_per_beat)
