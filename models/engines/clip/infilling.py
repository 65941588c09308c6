# SPDX-License-Identifier: Apache-2.0
"""`infill`: one span of a clip is written anew; every other note stays what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from models.clip import Note
from models.engine import Answer, Request, Result
from models.engines.clip.ask import Cells
from models.engines.clip.hole import hole_of, locked, ticks_in, with_new
from models.engines.clip.question import Declined, NewNotes, Question, Track
from models.engines.clip.source import Source, mood_of, need_notes, rules_of, space_of
from models.engines.clip.straight import Straight
from models.engines.clip.surroundings import read_round, unchanged
from models.engines.clip.wanted import controls_of
from models.engines.motif.infilling import hole, staying
from models.engines.motif.score import sounding
from models.theory.steps import Steps
from models.tokens.grid import GridBar
from models.tokens.likeness import similarity_asked
from models.tokens.scene import Cell, Controls, Hint
from models.tokens.vocabulary import TICKS_PER_QUARTER

_REACH_BARS = 16
_FEW_NOTES = 4  # round the hole; with fewer, what was in it is the draft
_CLOSE = 0.75  # similarity from which on it always is
_SHORT_TICKS = 12  # a shorter piece of a bar may stay empty


def question(request: Request) -> Steps[Question | Result]:
    """The hole, on the clip's own beat line; the clip as it is where nothing may change.

    Raises:
        BadClip: nothing sounds in the clip.
        BadArgument: the span does not lie in the clip, or nothing may be written.
        Declined: the span is too long or too short for the network.
    """
    clip, args = request.clips[0], request.args
    span = hole(clip, args)
    heard = sounding(clip)
    need_notes(heard)
    yield
    space = space_of(clip, heard, args)
    if not space:
        return unchanged(clip, "nothing here may change; the clip is as it was")
    stay = staying(clip, args, span) | _out_of_range(request)
    yield
    source, pieces = read_round(clip, span, heard, _REACH_BARS)
    yield
    kept = [note for index, note in enumerate(clip.notes) if index in stay]
    spans = tuple(
        (low, high)
        for low, high in pieces
        if any(ticks_in(bar, *span) for bar in source.bars[low:high])
    )
    return _asked(request, source, kept, span, spans)


def _asked(
    request: Request,
    source: Source,
    kept: list[Note],
    span: tuple[float, float],
    spans: tuple[tuple[int, int], ...],
) -> Question:
    clip, args = source.clip, request.args
    stays = {id(note) for note in kept}
    free = [note for note in source.notes if id(note.played) not in stays]
    draft = [note.on_grid for note in free]
    standing = source.standing_of(stays)
    close = float(args.get("similarity", 0.5))
    near = len(standing) < _FEW_NOTES or close >= _CLOSE
    cells = _cells(source, span, controls_of(source, args), draft if near else [])
    if not cells:
        raise Declined("the span is shorter than the network's grid")
    space = space_of(clip, sounding(clip), args)
    full = all(_length(source.bars[cell.bar], cell) >= _SHORT_TICKS for cell in cells)
    rules = replace(rules_of(source, space, args), min_notes=int(full))
    sounding_kept = tuple(note for note in kept if not note.mute)
    track = Track(source.role, standing, rules, source.touch.play, sounding=sounding_kept)

    def answer(written: NewNotes) -> Answer:
        return Answer((with_new(clip, kept, written.get(0, ())),))

    return Question(
        ("infill", "infill"),
        (track,),
        source.bars,
        cells,
        spans,
        *span,
        answer,
        mood=mood_of(clip, span[0], [source], args),
        refused=_as_before(cells, free),
    )


def _as_before(cells: Sequence[Cell], free: Sequence[Straight]) -> Callable[[Cells], bool]:
    """Whether cells, or the first of them, hold what they held before."""
    old = [_strikes(note.on_grid for note in free if note.bar == cell.bar) for cell in cells]

    def refused(written: Cells) -> bool:
        return all(was == _strikes(now) for was, now in zip(old, written, strict=False))

    return refused


def _strikes(notes: Iterable[Note]) -> set[tuple[int, int]]:
    return {(note.pitch, round(note.start_beats * TICKS_PER_QUARTER)) for note in notes}


def _cells(
    source: Source, span: tuple[float, float], controls: Controls, draft: list[Note]
) -> tuple[Cell, ...]:
    found = []
    hint: Hint = "rework" if draft else "nothing"
    if draft and controls.similarity is None:
        controls = replace(controls, similarity=similarity_asked(0.5), reference=None)
    for index, bar in enumerate(source.bars):
        ticks = ticks_in(bar, *span)
        if ticks is not None:
            found.append(Cell(0, index, hole_of(bar, ticks), hint, tuple(draft) or None, controls))
    return tuple(found)


def _length(bar: GridBar, cell: Cell) -> int:
    low, high = cell.hole or (0, bar.ticks)
    return high - low


def _out_of_range(request: Request) -> set[int]:
    """Places of notes outside the range that may change, and locked ones."""
    clip, args = request.clips[0], request.args
    low = 0 if args.get("low_pitch") is None else args["low_pitch"]
    high = 127 if args.get("high_pitch") is None else args["high_pitch"]
    return {
        index
        for index, note in enumerate(clip.notes)
        if not low <= note.pitch <= high or locked(note, args)
    }
