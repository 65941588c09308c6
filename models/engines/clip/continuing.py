# SPDX-License-Identifier: Apache-2.0
"""`continue`: the bars that follow a clip's loop, and on request lead back into its start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

from models.clip import Clip, Note
from models.edit import continuation_frame
from models.engine import Answer, Request
from models.engines.clip.hole import by_bar
from models.engines.clip.question import NewNotes, Question, Track
from models.engines.clip.source import (
    READ_BARS,
    Source,
    cut_at,
    last_bars,
    mood_of,
    need_notes,
    read_source,
    rules_of,
    space_of,
)
from models.engines.clip.wanted import controls_of
from models.engines.roles import roles_of
from models.metre import EPSILON_BEATS, Bar
from models.theory.steps import Steps
from models.tokens.grid import grid_bars
from models.tokens.rules import PartRules
from models.tokens.scene import Cell


def question(request: Request) -> Steps[Question]:
    """The bars after the clip, on the clip's own beat line.

    Raises:
        BadClip: nothing sounds in the loop.
        BadArgument: range, scale and locks leave nothing to write.
    """
    clip, args = request.clips[0], request.args
    heard = clip.playing()
    need_notes(heard)
    yield
    source = _read(request, heard)
    new = following_bars(clip, source.bars[-1].end_beats, int(args["bars"]))
    pieces = [grid_bars([bar]) for bar in new]
    bars = (*source.bars, *(piece for grid in pieces for piece in grid))
    track = Track(source.role, source.standing, _rules(source, heard, args), source.touch.play)
    controls = controls_of(source, args)
    frame = continuation_frame(clip, int(args["bars"]) * new[0].metre.bar_beats)

    def answer(written: NewNotes) -> Answer:
        return Answer((frame.with_notes(written.get(0, ())),))

    return Question(
        ("continue", "continue"),
        (track,),
        bars,
        tuple(Cell(0, bar, controls=controls) for bar in range(len(source.bars), len(bars))),
        by_bar(pieces, len(source.bars)),
        new[0].start_beats,
        new[-1].end_beats,
        answer,
        origin_beats=new[0].start_beats,
        loop_bars=_shown(source) if args.get("loop") else 0,
        mood=mood_of(clip, clip.loop_end_beats - 1e-6, [source], args),
    )


def _read(request: Request, heard: Sequence[Note]) -> Source:
    """The end of the loop, with its start where the new bars shall lead back into it."""
    clip = request.clips[0]
    known = last_bars(clip, READ_BARS)
    if request.args.get("loop"):
        known = (*_first_bars(clip, known[0]), *known)
    role = roles_of([clip], [heard])[0]
    return read_source(clip, cut_at(heard, clip.loop_end_beats), grid_bars(known), role)


def following_bars(clip: Clip, seam_beats: float, count: int) -> Sequence[Bar]:
    """The new bars, in the last metre heard whatever the clip does behind its loop."""
    metre = clip.metre_at(clip.loop_end_beats - 1e-6)
    edges = [seam_beats + metre.bar_beats * number for number in range(count + 1)]
    return [Bar(low, high, metre) for low, high in pairwise(edges)]


def _first_bars(clip: Clip, known: Bar) -> Iterator[Bar]:
    """The first two bars of the loop, where the last ones that are read don't hold them."""
    start = clip.loop_start_beats - clip.metre_at(clip.loop_start_beats).bar_beats
    first = (
        bar
        for bar in clip.bars(start + EPSILON_BEATS, known.start_beats)
        if bar.end_beats > clip.loop_start_beats + EPSILON_BEATS
    )
    return islice(first, 2)


def _shown(source: Source) -> int:
    """So many bars of the clip's start are shown behind the end."""
    return 2 if len(source.bars) >= 4 else 1


def _rules(source: Source, heard: Sequence[Note], args: Mapping[str, Any]) -> PartRules:
    """The clip's own; where every bar of it has notes, so has every new one."""
    rules = rules_of(source, space_of(source.clip, heard, args), args)
    full = {note.bar for note in source.notes}
    return replace(rules, min_notes=1) if len(full) == len(source.bars) else rules
