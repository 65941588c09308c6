# SPDX-License-Identifier: Apache-2.0
"""`accompany`: a part that goes with the given clips over the first one's loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from models.clip import Clip, Kind
from models.engine import Answer, Request
from models.engines.clip.ensemble import (
    VOICES,
    Company,
    Pads,
    Voice,
    heard,
    heard_tracks,
    kit_of,
    plays_throughout,
    rules_for,
)
from models.engines.clip.hole import by_bar, hole_of, ticks_in
from models.engines.clip.question import Declined, Mood, NewNotes, Question, Track, in_order
from models.engines.clip.source import Source, mood_of
from models.engines.clip.wanted import role_controls
from models.engines.rules.delivery import framed
from models.engines.rules.palette import palette
from models.theory.keys import Key, score_key
from models.theory.score import Score, read_score
from models.theory.steps import Steps
from models.tokens.grid import GridBar, grid_bars
from models.tokens.scene import Cell, Controls

MOST_BARS = 64
AT_ONCE = 16  # bars; a longer loop is written in pieces of 8


def question(request: Request) -> Steps[Question]:
    """The new part over the loop, on the first clip's beat line.

    Raises:
        BadClip: nothing sounds in the clips, or the loop is too long.
        BadArgument: no pitch or pad may be written.
        Declined: the loop is longer than the network writes.
    """
    voice = VOICES[request.args["role"]]
    score = yield from read_score(request.clips)
    if len(score.bars) > MOST_BARS:
        raise Declined(f"the loop has more than {MOST_BARS} bars")
    pieces = [grid_bars([bar]) for bar in score.bars]
    bars = tuple(piece for grid in pieces for piece in grid)
    sources = yield from heard_tracks(score, bars)
    key = score_key(score)
    yield
    new, names = _new_track(request, voice, score, sources, bars)
    tracks = in_order([*heard(sources), new])
    place = tracks.index(new)
    controls = role_controls(voice.role, request.args, sources)
    cells = _cells(score.frame, place, controls, bars)
    spans = tuple((low, high) for low, high in by_bar(pieces) if _written(cells, low, high))
    return Question(
        ("accompany", "continue"),
        tracks,
        bars,
        cells,
        spans,
        score.start_beats,
        score.end_beats,
        _answer(score.frame, voice, place, names),
        at_once=AT_ONCE if len(bars) <= AT_ONCE else 8,
        mood=_mood(request, score, sources, key),
        degraded=_said(score, voice, key),
    )


def _new_track(
    request: Request,
    voice: Voice,
    score: Score,
    sources: Sequence[Source],
    bars: Sequence[GridBar],
) -> tuple[Track, Pads]:
    """The part to be written, and the names of its pads."""
    drums = voice.role == "drums"
    pads, names = kit_of(request.clips, request.args)
    pitches = None if drums else palette(score, score_key(score), request.args, voice.register)
    rules = rules_for(voice, pitches, pads, full=plays_throughout(sources, bars))
    company = Company(sources, score, drums=drums)
    return Track(voice.role, (), rules, company.play), names


def _cells(
    frame: Clip, place: int, controls: Controls, bars: Sequence[GridBar]
) -> tuple[Cell, ...]:
    """Every bar of the loop, as far as it lies in it."""
    cells = tuple(
        Cell(place, index, hole_of(bar, ticks), controls=controls)
        for index, bar in enumerate(bars)
        if (ticks := ticks_in(bar, frame.loop_start_beats, frame.loop_end_beats)) is not None
    )
    if not cells:
        raise Declined("the loop is shorter than the network's grid")
    return cells


def _written(cells: Iterable[Cell], low: int, high: int) -> bool:
    return any(low <= cell.bar < high for cell in cells)


def _answer(frame: Clip, voice: Voice, place: int, names: Pads) -> Callable[[NewNotes], Answer]:
    def answer(notes: NewNotes) -> Answer:
        kind: Kind = "drums" if voice.role == "drums" else "melodic"
        part = framed(frame, notes.get(place, ()), voice.name, kind)
        return Answer((replace(part, pads=names) if kind == "drums" else part,))

    return answer


def _mood(request: Request, score: Score, sources: Sequence[Source], key: Key) -> Mood:
    mood = mood_of(score.frame, score.start_beats, sources, request.args)
    known = bool(score.pitched) or key.given
    return replace(mood, key=key.place if known else None)


def _said(score: Score, voice: Voice, key: Key) -> tuple[str, ...]:
    if score.pitched or voice.role == "drums" or key.given:
        return ()
    return (f"nothing pitched to follow, so it is in {key}",)
