# SPDX-License-Identifier: Apache-2.0
"""Whether an answer keeps to the rules, judged by its notes alone.

Written apart from the grammar: nothing here looks at masks, plans or the tracker, so that what
the grammar promises can be tested against something that it can't deceive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from models.clip import Note
from models.tokens.grid import bar_starts_ticks, merged, place
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Scene

_TINY_TICKS = 1e-6


@dataclass(frozen=True, slots=True)
class _Span:
    """A note in ticks from the first bar."""

    start: float
    end: float
    pitch: int
    cell: int  # place in the scene's cells; -1 for a note that stands


def faults(
    scene: Scene,
    rules: Mapping[int, PartRules],
    answer: Sequence[Sequence[Note]],
    *,
    lenient_hints: bool = False,
) -> list[str]:
    """What is wrong with the answer, in words; empty when nothing is.

    Args:
        scene: the question.
        rules: by place in `scene.parts`.
        answer: the notes of each target cell.
        lenient_hints: forced rhythms and pitches may have lost notes.
    """
    if len(answer) != len(scene.cells):
        return [f"{len(answer)} cells were written, {len(scene.cells)} were asked for"]
    found: list[str] = []
    for part in sorted({cell.part for cell in scene.cells}):
        rule = rules.get(part, PartRules())
        new = list(_new(scene, part, answer))
        stands = list(_standing(scene, part))
        found += _bad_places(scene, part, rule, new)
        found += _bad_pitches(scene, part, rule, new)
        found += _too_many(scene, part, rule, new, stands)
        found += _bad_counts(scene, part, rule, answer, stands)
        if not lenient_hints:
            found += _bad_hints(scene, part, answer)
    return found


def _new(scene: Scene, part: int, answer: Sequence[Sequence[Note]]) -> Iterator[_Span]:
    starts = bar_starts_ticks(scene.bars)
    for index, cell in enumerate(scene.cells):
        if cell.part != part:
            continue
        for note in answer[index]:
            start = starts[cell.bar] + (note.start_beats - scene.bars[cell.bar].start_beats) * 24
            yield _Span(start, start + note.duration_beats * 24, note.pitch, index)


def _standing(scene: Scene, part: int) -> Iterator[_Span]:
    """What stays in the part, on the grid; loop bars once more behind the end."""
    bars = scene.bars + scene.bars[: scene.loop_bars]
    starts = bar_starts_ticks(bars)
    clip, drums = scene.parts[part].clip, scene.parts[part].drums
    spans = {cell.bar: scene.span(cell) for cell in scene.cells if cell.part == part}
    locked = {id(clip.notes[n]) for n in scene.parts[part].locked}
    for bar, notes in enumerate(place(clip.notes, scene.bars, merge=False)):
        low, high = spans.get(bar, (0, 0))
        for note in notes:
            if low <= note.tick < high and id(note.note) not in locked:
                continue
            again = [len(scene.bars) + bar] if bar < scene.loop_bars else []
            for shown in (bar, *again):
                start = starts[shown] + note.tick
                yield _Span(start, start + (1 if drums else note.ticks), note.pitch, -1)
    if not drums:
        yield from _from_before(scene, part)


def _from_before(scene: Scene, part: int) -> Iterator[_Span]:
    """Notes that ring into the first bar."""
    origin = scene.bars[0].start_beats
    for note in scene.parts[part].clip.notes:
        before = (origin - note.start_beats) * 24
        if before > 0.5 and not note.mute and note.end_beats > origin:
            yield _Span(0, max(1, round(note.duration_beats * 24 - before)), note.pitch, -1)


def _bad_places(scene: Scene, part: int, rule: PartRules, new: list[_Span]) -> Iterator[str]:
    """Onsets outside their cell, and notes that ring past the end of what is written."""
    starts = bar_starts_ticks(scene.bars)
    cells = [cell for cell in scene.cells if cell.part == part]
    ends: dict[Cell, int] = {}
    end, expected = -1, -1
    for cell in reversed(cells):
        low, high = (starts[cell.bar] + tick for tick in scene.span(cell))
        end = end if high == expected else high + rule.overhang_ticks
        ends[cell], expected = end, low
    for span in new:
        cell = scene.cells[span.cell]
        low, high = (starts[cell.bar] + tick for tick in scene.span(cell))
        begun = any(c.bar == cell.bar - 1 for c in cells) and scene.span(cell)[0] == 0
        early = 0.5 if begun else _TINY_TICKS  # MICRO may come before a bar line inside a run
        if not low - early <= span.start < high:
            yield f"an onset at {span.start} lies outside {low}-{high}"
        if span.end > ends[cell] + _TINY_TICKS:
            yield f"a note ends at {span.end}, after {ends[cell]}"
        if span.end <= span.start:
            yield "a note has no length"


def _bad_pitches(scene: Scene, part: int, rule: PartRules, new: list[_Span]) -> Iterator[str]:
    drums = scene.parts[part].drums
    for span in new:
        if scene.cells[span.cell].hint == "pitches":
            continue  # the user's own pitches
        if not rule.low_pitch <= span.pitch <= rule.high_pitch:
            yield f"pitch {span.pitch} is out of range"
        if span.pitch in rule.locked_pitches:
            yield f"pitch {span.pitch} is locked"
        if drums and rule.pads is not None and span.pitch not in rule.pads:
            yield f"pad {span.pitch} is not in the kit"
        hard = rule.scale is not None and rule.scale_penalty == 0 and not drums
        if hard and rule.scale is not None and span.pitch % 12 not in rule.scale:
            yield f"pitch {span.pitch} is out of the scale"


def _too_many(
    scene: Scene, part: int, rule: PartRules, new: list[_Span], stands: list[_Span]
) -> Iterator[str]:
    """More notes at once than allowed, or one pitch twice at once, where a new note is part of it.

    Counted at each onset, since the number of notes only grows there.
    """
    if scene.parts[part].drums:
        new = [_Span(round(s.start), round(s.start) + 1, s.pitch, s.cell) for s in new]
    new_alone = _most(new)
    if new_alone > rule.polyphony:
        yield f"{new_alone} new notes sound at once"
    new = [_Span(round(s.start), math.ceil(s.end - _TINY_TICKS), s.pitch, s.cell) for s in new]
    for onset in sorted({span.start for span in (*new, *stands)}):
        at = onset + _TINY_TICKS
        fresh = [span for span in new if span.start <= at < span.end - _TINY_TICKS]
        kept = {s.pitch for s in stands if s.start <= at < s.end}
        if not fresh:
            continue
        if len(fresh) + len(kept) > rule.polyphony:
            yield f"{len(fresh) + len(kept)} notes sound at {onset}"
        pitches = [span.pitch for span in fresh]
        if len(set(pitches)) < len(pitches) or kept.intersection(pitches):
            yield f"a pitch sounds twice at {onset}"


def _most(spans: list[_Span]) -> int:
    """Most notes at once, to the last bit of their times."""
    turns = sorted([(s.end - _TINY_TICKS, -1) for s in spans] + [(s.start, 1) for s in spans])
    return max(accumulate(turn for _, turn in turns), default=0)


def _bad_counts(
    scene: Scene,
    part: int,
    rule: PartRules,
    answer: Sequence[Sequence[Note]],
    stands: list[_Span],
) -> Iterator[str]:
    """Fewer or more notes than asked; fewer is right only where there was no room."""
    for index, cell in enumerate(scene.cells):
        if cell.part != part or cell.hint in {"rhythm", "pitches"}:
            continue
        low, high = scene.span(cell)
        count = len(answer[index])
        if count > max(rule.max_notes, min(rule.min_notes, high - low)):
            yield f"{count} notes in a cell"
        if not stands and count < min(rule.min_notes, high - low):
            yield f"only {count} notes in a cell"


def _bad_hints(scene: Scene, part: int, answer: Sequence[Sequence[Note]]) -> Iterator[str]:
    """A forced rhythm or forced pitches that are not those of the part, or of the draft given."""
    notes = scene.parts[part].clip.notes
    locked = {id(notes[n]) for n in scene.parts[part].locked}
    for index, cell in enumerate(scene.cells):
        if cell.part != part or cell.hint not in {"rhythm", "pitches"}:
            continue
        low, high = scene.span(cell)
        source = notes if cell.draft is None else cell.draft
        placed = place(source, scene.bars, merge=False)[cell.bar]
        span = (n for n in placed if low <= n.tick < high)
        own = merged(n for n in span if id(n.note) not in locked)
        start = scene.bars[cell.bar].start_beats
        if cell.hint == "rhythm":
            got = [round((note.start_beats - start) * 24) for note in answer[index]]
            if got != sorted(note.tick for note in own):
                yield f"the rhythm is {got}"
        else:
            ticks = [(round((n.start_beats - start) * 24), -n.pitch) for n in answer[index]]
            if [-pitch for _, pitch in sorted(ticks)] != [note.pitch for note in own]:
                yield "the pitches are others"
