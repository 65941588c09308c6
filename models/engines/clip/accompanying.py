# SPDX-License-Identifier: Apache-2.0
"""`accompany`: a part that goes with the given clips over the first one's loop."""

from __future__ import annotations

from dataclasses import replace

from models.engine import Answer, Request
from models.engines.clip.ensemble import (
    VOICES,
    Company,
    heard,
    heard_tracks,
    kit_of,
    plays_throughout,
    rules_for,
)
from models.engines.clip.hole import by_bar, hole_of, ticks_in
from models.engines.clip.question import Declined, NewNotes, Question, Track, in_order
from models.engines.clip.source import mood_of
from models.engines.clip.wanted import role_controls
from models.engines.rules.delivery import framed
from models.engines.rules.palette import palette
from models.theory.keys import score_key
from models.theory.score import read_score
from models.theory.steps import Steps
from models.tokens.grid import grid_bars
from models.tokens.scene import Cell

MOST_BARS = 64
AT_ONCE = 16  # bars; a longer loop is written in pieces of 8


def question(request: Request) -> Steps[Question]:
    """The new part over the loop, on the first clip's beat line.

    Raises:
        BadClip: nothing sounds in the clips, or the loop is too long.
        BadArgument: no pitch or pad may be written.
        Declined: the loop is longer than the network writes.
    """
    args, voice = request.args, VOICES[request.args["role"]]
    score = yield from read_score(request.clips)
    if len(score.bars) > MOST_BARS:
        raise Declined(f"the loop has more than {MOST_BARS} bars")
    frame, drums = score.frame, voice.role == "drums"
    pieces = [grid_bars([bar]) for bar in score.bars]
    bars = tuple(piece for grid in pieces for piece in grid)
    sources = yield from heard_tracks(score, bars)
    key = score_key(score)
    yield
    pads, names = kit_of(request.clips, args)
    pitches = None if drums else palette(score, key, args, voice.register)
    rules = rules_for(voice, pitches, pads, full=plays_throughout(sources, bars))
    company = Company(sources, score, drums=drums)
    new = Track(voice.role, (), rules, company.play)
    tracks = in_order([*heard(sources), new])
    place = tracks.index(new)
    loop = (frame.loop_start_beats, frame.loop_end_beats)
    controls = role_controls(voice.role, args)
    cells = tuple(
        Cell(place, index, hole_of(bar, ticks), controls=controls)
        for index, bar in enumerate(bars)
        if (ticks := ticks_in(bar, *loop)) is not None
    )
    written = {cell.bar for cell in cells}
    if not cells:
        raise Declined("the loop is shorter than the network's grid")

    def answer(notes: NewNotes) -> Answer:
        kind = "drums" if drums else "melodic"
        part = framed(frame, notes.get(place, ()), voice.name, kind)  # type: ignore[arg-type]
        return Answer((replace(part, pads=names) if drums else part,))

    mood = mood_of(frame, frame.loop_start_beats, sources, args)
    said: tuple[str, ...] = ()
    if not score.pitched and not drums and not key.given:
        said = (f"nothing pitched to follow, so it is in {key}",)
    return Question(
        ("accompany", "continue"),
        tracks,
        bars,
        cells,
        tuple((low, high) for low, high in by_bar(pieces) if written & set(range(low, high))),
        *loop,
        answer,
        at_once=AT_ONCE if len(bars) <= AT_ONCE else 8,
        mood=replace(mood, key=key.tonic + 12 * key.minor if score.pitched or key.given else None),
        degraded=said,
    )
