# SPDX-License-Identifier: Apache-2.0
"""Chain: a question as one ask, or as several where it is longer than the network writes at once.

Each ask sees a window of bars round what it writes, as long as fits into the network's context;
what the asks before it wrote is part of that. Where not even one bar fits beside all other parts,
the fullest ones are left out, and the answer says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from models.clip import Clip, Kind, Note, note_order
from models.engine import Answer
from models.engines.clip.ask import Ask, Cells, Span
from models.engines.clip.question import Question, Track
from models.engines.clip.reach import ends, windows
from models.engines.clip.room import TooLong, tokens_needed
from models.engines.motif.feel import placed
from models.engines.motif.lanes import Lanes
from models.metre import EPSILON_BEATS
from models.tokens.grid import GridBar
from models.tokens.rules import PartRules
from models.tokens.scene import Part, Scene
from models.tokens.vocabulary import DRUM_ROLES

WINDOW_NOTES = 300  # and about so many notes
CONTEXT_TOKENS = 1200  # reading more would keep the musician waiting

Done = Mapping[tuple[int, int], tuple[Note, ...]]  # (bar, track) → notes written, on the grid


def asked(question: Question, room: int) -> Ask:
    """The first ask; those that go on from it follow from it.

    Args:
        question: the whole request.
        room: tokens that the network's context holds.

    Raises:
        TooLong: not even one bar fits.
    """
    return _next(_Progress(question, room, {}, 0, {}))


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a take is: what was written on the grid, as played by track, and spans done."""

    question: Question
    room: int
    done: Done
    spans: int
    played: Mapping[int, tuple[Note, ...]]


class _Piece(NamedTuple):
    """One ask's part of the question: its window of bars, its spans, its tracks, its scene."""

    bars: tuple[int, ...]
    end_span: int
    tracks: tuple[int, ...]
    scene: Scene


def _next(progress: _Progress) -> Ask:
    question = progress.question
    piece = _piece(progress)
    spans = tuple(_spans(progress, piece))
    last = piece.end_span == len(question.spans)

    def span_notes(span: Span, cells: Cells) -> tuple[Note, ...]:
        played = _played(progress, piece, cells)
        notes = (note for cell in span.cells for note in played[cell] if note.origin != "kept")
        return tuple(sorted(notes, key=note_order))

    def answer(cells: Cells) -> Answer:
        return question.answer(_all_played(progress, piece, cells))

    def following(cells: Cells) -> Ask:
        done = dict(progress.done)
        for cell, notes in zip(piece.scene.cells, cells, strict=True):
            done[piece.bars[cell.bar], piece.tracks[cell.part]] = tuple(notes)
        played = _all_played(progress, piece, cells)
        return _next(replace(progress, done=done, spans=piece.end_span, played=played))

    return Ask(
        piece.scene,
        _rules(question, piece),
        spans,
        span_notes,
        answer,
        question.degraded if progress.spans else (*question.degraded, *_left_out(question, piece)),
        None if last else following,
        len(question.spans) - piece.end_span,
        question.refused,
        question.live,
    )


# Which bars and tracks.


def _piece(progress: _Progress) -> _Piece:
    """The most that fits: first less is written at once, then fewer parts are heard."""
    question = progress.question
    tracks = list(range(len(question.tracks)))
    needed = 0
    while True:
        for end_span in ends(question, progress.spans):
            for bars in windows(question, progress.spans, end_span):
                scene = _scene(progress, bars, end_span, tracks)
                needed = _needed(scene)
                if needed <= progress.room:
                    return _Piece(bars, end_span, tuple(tracks), scene)
        heard = [n for n in tracks if question.tracks[n].rules is None]
        if not heard:
            raise TooLong(needed, progress.room)
        tracks.remove(max(heard, key=lambda n: len(question.tracks[n].notes)))


def _needed(scene: Scene) -> int:
    """Tokens; more than any network holds where the question alone is too long."""
    notes = sum(len(part.clip.notes) for part in scene.parts)
    if notes > 4 * WINDOW_NOTES:
        return 1_000_000
    need = tokens_needed(scene)
    too_long = need.context > CONTEXT_TOKENS or notes > WINDOW_NOTES
    return 1_000_000 if too_long and len(scene.bars) > 2 else need.total


# The scene.


def _scene(
    progress: _Progress, bars: tuple[int, ...], end_span: int, tracks: Sequence[int]
) -> Scene:
    question = progress.question
    low, high = question.spans[progress.spans][0], question.spans[end_span - 1][1]
    places = {bar: place for place, bar in enumerate(bars)}
    parts = {track: place for place, track in enumerate(tracks)}
    cells = tuple(
        replace(cell, part=parts[cell.part], bar=places[cell.bar])
        for cell in question.cells
        if low <= cell.bar < high and cell.part in parts
    )
    last = end_span == len(question.spans)
    mood = question.mood
    return Scene(
        question.tasks[progress.spans > 0],
        tuple(_part(progress, track, bars) for track in tracks),
        tuple(question.bars[bar] for bar in bars),
        cells,
        min(question.loop_bars, len(bars)) if last else 0,
        mood.tempo_bpm,
        mood.key,
        mood.feel,
        mood.style,
    )


def _part(progress: _Progress, number: int, bars: Sequence[int]) -> Part:
    """A track in a window: what stands, and what was written before; all of it locked."""
    track = progress.question.tracks[number]
    grid = progress.question.bars
    first, last = grid[bars[0]].start_beats, grid[bars[-1]].end_beats
    stands = (n for n in track.notes if n.end_beats > first and n.start_beats < last)
    frames = [grid[bar] for bar in bars]
    inside = [note for note in stands if _in_window(note, frames)]
    for bar in bars:
        inside += progress.done.get((bar, number), ())
    kind: Kind = "drums" if track.role in DRUM_ROLES else "melodic"
    clip = Clip(tuple(inside), max(1.0, last), kind=kind)
    return Part(track.role, clip, frozenset(range(len(inside))))


def _in_window(note: Note, frames: Sequence[GridBar]) -> bool:
    """Whether the note begins in one of the bars, or rings into the first."""
    starts = [frame.start_beats for frame in frames]
    index = bisect_right(starts, note.start_beats + EPSILON_BEATS) - 1
    return index < 0 or note.start_beats < frames[index].end_beats


def _rules(question: Question, piece: _Piece) -> dict[int, PartRules]:
    found = {}
    for place, number in enumerate(piece.tracks):
        rules = question.tracks[number].rules
        if rules is not None:
            found[place] = rules
    return found


def _left_out(question: Question, piece: _Piece) -> Iterator[str]:
    """What of the music was not read, in words."""
    missing = set(range(len(question.tracks))) - set(piece.tracks)
    if missing:
        yield f"{len(missing)} of the parts have more notes than clip can hear beside the others"
    written = range(question.spans[0][0], question.spans[-1][1])
    context = [bar for bar in range(len(question.bars)) if bar not in written]
    filled = {bar for bar in context if _holds_notes(question, bar)}
    unread = filled - set(piece.bars)
    if unread and filled:
        yield f"clip read {len(filled) - len(unread)} of the {len(filled)} bars round what it wrote"


def _holds_notes(question: Question, bar: int) -> bool:
    low, high = question.bars[bar].start_beats, question.bars[bar].end_beats
    return any(low <= n.start_beats < high for track in question.tracks for n in track.notes)


# The way back.


def _spans(progress: _Progress, piece: _Piece) -> Iterator[Span]:
    question = progress.question
    for low, high in question.spans[progress.spans : piece.end_span]:
        start = max(question.bars[low].start_beats, question.low_beats) - question.origin_beats
        end = min(question.bars[high - 1].end_beats, question.high_beats) - question.origin_beats
        by_part: dict[int, list[int]] = {}
        for index, cell in enumerate(piece.scene.cells):
            if low <= piece.bars[cell.bar] < high:
                part = question.tracks[piece.tracks[cell.part]].part
                by_part.setdefault(part, []).append(index)
        for part, cells in by_part.items():
            yield Span(tuple(cells), start, max(start, end), part)


def _played(progress: _Progress, piece: _Piece, cells: Cells) -> list[tuple[Note, ...]]:
    """The new notes of each cell written so far, as they are played, on the answer's beat line."""
    question = progress.question
    lanes: dict[int, Lanes] = {}
    found = []
    for cell, notes in zip(piece.scene.cells, cells, strict=False):
        number, bar = piece.tracks[cell.part], piece.bars[cell.bar]
        track = question.tracks[number]
        if number not in lanes:
            before = progress.played.get(number, ())
            shifted = (note.moved(question.origin_beats) for note in before[-64:])
            lanes[number] = Lanes((*track.sounding, *shifted))
        found.append(_fitted(question, track, lanes[number], notes, bar))
    return found


def _fitted(
    question: Question, track: Track, lanes: Lanes, notes: Sequence[Note], bar: int
) -> tuple[Note, ...]:
    """One cell's notes with their touch, cut to where they may lie."""
    play = track.play
    played = play(notes, question.bars[bar], bar) if play else notes
    made = []
    for note in played:
        if note.origin != "new":
            lanes.add(note)
            made.append(note)
            continue
        fit = placed(lanes, note, question.low_beats, question.high_beats)
        if fit is not None:
            made.append(_moved(fit, question))
    return tuple(made)


def _moved(note: Note, question: Question) -> Note:
    """On the answer's beat line, where rounding must not carry it over the edges."""
    if not question.origin_beats:
        return note
    start = max(
        question.low_beats - question.origin_beats, note.start_beats - question.origin_beats
    )
    limit, length = question.high_beats - question.origin_beats, note.duration_beats
    while start + length > limit:
        length = min(length, limit - start) * (1 - 1e-15)
    return replace(note, start_beats=start, duration_beats=length)


def _all_played(progress: _Progress, piece: _Piece, cells: Cells) -> dict[int, tuple[Note, ...]]:
    """By track, everything written so far."""
    found = {track: list(notes) for track, notes in progress.played.items()}
    for cell, notes in zip(piece.scene.cells, _played(progress, piece, cells), strict=True):
        found.setdefault(piece.tracks[cell.part], []).extend(notes)
    return {track: tuple(notes) for track, notes in found.items()}
