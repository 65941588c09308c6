# SPDX-License-Identifier: Apache-2.0
"""`vary`: some of a loop's notes are written anew after a draft; the others stay what they are.

The amount says which share of the notes is free. What carries the music (downbeats, long notes) is
freed last. With a rhythm or pitches to keep, it says which share of the bars is written anew.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from models.clip import Clip, Note
from models.engine import Answer, Request, Result
from models.engines.clip.ask import Cells
from models.engines.clip.hole import as_kept, hole_of, locked, ticks_in, with_new
from models.engines.clip.question import NewNotes, Question, Track
from models.engines.clip.rewriting import Rewriting
from models.engines.clip.source import Source, mood_of, need_notes, rules_of, space_of
from models.engines.clip.straight import Straight
from models.engines.clip.surroundings import read_round, unchanged
from models.engines.motif.score import sounding
from models.theory.steps import Steps
from models.tokens.controls import density_asked
from models.tokens.likeness import similarity_asked
from models.tokens.scene import Cell, Controls, Hint
from models.tokens.vocabulary import TICKS_PER_QUARTER

_REACH_BARS = 4
_LONG_BEATS = 1.0
_SPARED = 0.6  # how much later the notes that carry the music are freed


def question(request: Request) -> Steps[Question | Result]:
    """The free notes of the loop, on the clip's own beat line; the clip itself where none is.

    Raises:
        BadClip: nothing sounds in the clip.
        BadArgument: range and scale leave nothing to write.
        Declined: the loop is longer than the network writes.
    """
    clip, args = as_kept(request.clips[0]), request.args
    heard = clip.playing()
    need_notes(sounding(clip))
    if float(args["amount"]) == 0:
        return unchanged(clip)
    if not heard:
        return unchanged(clip, "nothing sounds in the loop; the clip is as it was")
    space = space_of(clip, heard, args)
    if not space or all(locked(note, args) for note in heard):
        return unchanged(clip, "nothing here may change; the clip is as it was")
    yield
    span = (clip.loop_start_beats, clip.loop_end_beats)
    source, pieces = read_round(clip, span, heard, _REACH_BARS)
    yield
    free = _free(source, request)
    if not free:
        return unchanged(clip, "nothing here may change; the clip is as it was")
    return _asked(request, source, free, pieces, space)


def _asked(
    request: Request,
    source: Source,
    free: Sequence[Straight],
    pieces: Sequence[tuple[int, int]],
    space: Sequence[int],
) -> Question | Result:
    clip, args = source.clip, request.args
    gone = {id(note.played) for note in free}
    kept = [note for note in clip.notes if id(note) not in gone]
    cells = _cells(request, source, free)
    span = (clip.loop_start_beats, clip.loop_end_beats)
    rewriting = Rewriting(source.touch, free, span, args.get("keep", ""))
    standing = source.standing_of({id(note) for note in kept})
    track = Track(
        source.role,
        standing,
        replace(rules_of(source, space, args), min_notes=_least(free, args)),
        rewriting.play,
        sounding=tuple(note for note in kept if not note.mute),
    )

    def answer(written: NewNotes) -> Answer:
        return Answer((_merged(clip, gone, written.get(0, ())),))

    def refused(written: Cells) -> bool:
        return rewriting.is_same(cells, written, source.bars)

    touched = {cell.bar for cell in cells}
    spans = tuple((low, high) for low, high in pieces if touched & set(range(low, high)))
    return Question(
        ("vary", "vary"),
        (track,),
        source.bars,
        cells,
        spans,
        *span,
        answer,
        mood=mood_of(clip, clip.loop_start_beats, [source], args),
        refused=refused,
        live=False,
    )


def _least(free: Sequence[Straight], args: Mapping[str, Any]) -> int:
    """Notes that every bar gets at least, so that a variation does not grow thin unasked."""
    if args.get("keep"):
        return 0
    onsets = Counter(bar for bar, _ in {(note.bar, note.tick) for note in free})
    return max(1, math.floor(min(onsets.values()) * min(1.0, float(args.get("density", 1.0)))))


def _merged(clip: Clip, gone: set[int], written: Sequence[Note]) -> Clip:
    """The clip's own notes in their order, those written as they were included, then the rest."""
    back = {id(note) for note in written if id(note) in gone}
    kept = [note for note in clip.notes if id(note) not in gone or id(note) in back]
    return with_new(clip, kept, (note for note in written if id(note) not in back))


# What is free.


def _free(source: Source, request: Request) -> list[Straight]:
    """The notes that are written anew, by bar and tick."""
    clip, args = source.clip, request.args
    amount = float(args["amount"])
    low, high = clip.loop_start_beats, clip.loop_end_beats
    able = [
        note
        for note in source.notes
        if low <= note.played.start_beats < high and not locked(note.played, args)
    ]
    rng = Random(f"{request.seed}/free")
    if args.get("keep"):
        bars = sorted({note.bar for note in able})
        count = math.ceil(amount * len(bars))
        chosen = set(rng.sample(bars, count))
        return [note for note in able if note.bar in chosen]
    count = max(1, round(amount * len(able))) if able else 0
    order = sorted(able, key=lambda note: rng.random() + _SPARED * _weight(note))
    return sorted(order[:count], key=lambda note: (note.bar, note.tick, note.played.pitch))


def _weight(note: Straight) -> float:
    """How much a note carries, 0-1."""
    strong = 1.0 if note.tick == 0 else 0.5 if note.tick % 24 == 0 else 0.0
    return (strong + min(1.0, note.played.duration_beats / _LONG_BEATS / 2)) / 2


def _cells(request: Request, source: Source, free: Sequence[Straight]) -> tuple[Cell, ...]:
    """A cell for each bar in which a note is free, inside the loop."""
    clip, args = source.clip, request.args
    keep = args.get("keep", "")
    hint: Hint = keep or "rework"
    drafted = free if keep else source.notes
    draft = tuple(note.on_grid for note in drafted)
    like = None if keep else similarity_asked(float(args["amount"]))
    ratio = float(args.get("density", 1.0))
    loop = (clip.loop_start_beats, clip.loop_end_beats)
    found = []
    for bar, ticks in _touched(source, free, loop):
        low, high = ticks
        onsets = {n.tick for n in source.notes if n.bar == bar and low <= n.tick < high}
        rate = len(onsets) * TICKS_PER_QUARTER / (high - low)
        dense = None if keep else density_asked(rate, ratio)
        pace = None if keep or ratio == 1 else rate * ratio
        controls = Controls(density=dense, similarity=like, pace=pace)
        found.append(Cell(0, bar, hole_of(source.bars[bar], ticks), hint, draft, controls))
    return tuple(found)


def _touched(
    source: Source, free: Sequence[Straight], loop: tuple[float, float]
) -> Iterator[tuple[int, tuple[int, int]]]:
    for bar in sorted({note.bar for note in free}):
        ticks = ticks_in(source.bars[bar], *loop)
        if ticks is not None:
            yield bar, ticks
