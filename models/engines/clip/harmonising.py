# SPDX-License-Identifier: Apache-2.0
"""`harmonise`: four voices round the given ones, or from nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.clip import Clip
from models.engine import Answer, Request
from models.engines.clip.ensemble import Company, heard_tracks
from models.engines.clip.frame import empty_frame
from models.engines.clip.hole import by_bar, hole_of, ticks_in
from models.engines.clip.question import Declined, Mood, NewNotes, Question, Track, in_order
from models.engines.clip.source import Source, mood_of
from models.engines.rules.delivery import framed
from models.engines.rules.voices import check_lines, named_voices, shifted_ranges
from models.notation import scale_of
from models.theory.keys import Key, key_of_scale, score_key
from models.theory.score import Score, Sound, covering_bars, read_score
from models.theory.steps import Steps
from models.theory.voiceleading import RANGES, VOICES
from models.tokens.grid import GridBar, grid_bars
from models.tokens.rules import PartRules
from models.tokens.scene import Cell

MOST_BARS = 64
_ROLES = ("S", "A", "T", "B")
_FOREIGN_NATS = 1.5  # what a pitch outside the key costs; chorales leave it now and then


@dataclass(frozen=True, slots=True)
class _Given:
    """The given voices, read; nothing of all that without any."""

    clips: Mapping[int, Clip]
    frame: Clip
    ranges: Sequence[tuple[int, int]]
    sources: Mapping[int, Source]
    score: Score | None
    key: Key | None


def question(request: Request) -> Steps[Question]:
    """The missing voices over the first clip's loop, or over new bars.

    Raises:
        BadArgument: the names don't fit the clips.
        BadClip: a given voice is silent or no single line, or the loop is too long.
        Declined: the loop is longer than the network writes.
    """
    given = yield from _read(request)
    frame = given.frame
    real = covering_bars(frame)
    if len(real) > MOST_BARS:
        raise Declined(f"the loop has more than {MOST_BARS} bars")
    pieces = [grid_bars([bar]) for bar in real]
    bars = tuple(piece for grid in pieces for piece in grid)
    company = Company(given.sources.values(), given.score, drums=False)
    least = _fewest_notes(given)
    tracks = in_order(_track(given, voice, company, least) for voice in range(4))
    cells = _cells(frame, tracks, bars)

    def answer(notes: NewNotes) -> Answer:
        by_part = {tracks[place].part: found for place, found in notes.items()}
        return Answer(
            tuple(
                given.clips[voice]
                if voice in given.clips
                else framed(frame, by_part.get(voice, ()), name.title())
                for voice, name in enumerate(VOICES)
            )
        )

    written = {cell.bar for cell in cells}
    return Question(
        ("harmonise", "continue"),
        tracks,
        bars,
        cells,
        tuple((low, high) for low, high in by_bar(pieces) if written & set(range(low, high))),
        frame.loop_start_beats,
        frame.loop_end_beats,
        answer,
        mood=_mood(request, given),
        live=not given.clips,  # whole drafts are compared
    )


def _cells(frame: Clip, tracks: Sequence[Track], bars: Sequence[GridBar]) -> tuple[Cell, ...]:
    """Every bar of the loop for every missing voice."""
    new = [place for place, track in enumerate(tracks) if track.rules is not None]
    cells = tuple(
        Cell(place, index, hole_of(bar, ticks))
        for index, bar in enumerate(bars)
        if (ticks := ticks_in(bar, frame.loop_start_beats, frame.loop_end_beats)) is not None
        for place in new
    )
    if not cells:
        raise Declined("the loop is shorter than the network's grid")
    return cells


def _read(request: Request) -> Steps[_Given]:
    """The given voices, or a frame of the asked length."""
    if not request.clips:
        frame = empty_frame(request.args)
        scale = scale_of(request.args.get("scale", ""))
        key = None if scale is None else key_of_scale(scale)
        return _Given({}, frame, RANGES, {}, None, key)
    clips = named_voices(request.args["voices"], request.clips)
    score = yield from read_score(tuple(clips.values()))
    by_clip: list[list[Sound]] = [[] for _ in clips]
    for sound in score.pitched:
        by_clip[sound.line].append(sound)
    yield
    lines = yield from check_lines(dict(zip(clips, by_clip, strict=True)))
    bars = tuple(piece for bar in score.bars for piece in grid_bars([bar]))
    sources = yield from heard_tracks(score, bars)
    read = dict(zip(clips, sources, strict=True))
    return _Given(clips, score.frame, shifted_ranges(lines), read, score, score_key(score))


def _fewest_notes(given: _Given) -> int:
    """Of a written voice in each bar: 1, unless the given ones begin no note in some bar either."""
    if not given.clips:
        return 1
    frame = given.frame
    starts = [note.start_beats for source in given.sources.values() for note in source.standing]
    for bar in covering_bars(frame):
        low = max(bar.start_beats, frame.loop_start_beats)
        high = min(bar.end_beats, frame.loop_end_beats)
        if not any(low <= start < high for start in starts):
            return 0
    return 1


def _track(given: _Given, voice: int, company: Company, least: int) -> Track:
    if voice in given.sources:
        return Track(_ROLES[voice], given.sources[voice].standing, part=voice)
    low, high = given.ranges[voice]
    key = given.key
    classes = None
    if key is not None:
        heard = {n.pitch % 12 for source in given.sources.values() for n in source.standing}
        classes = key.with_leading_tone | heard
    rules = PartRules(
        1,
        max(0, low),
        min(127, high),
        scale=classes,
        scale_penalty=_FOREIGN_NATS if classes else 0.0,
        min_notes=least,
        max_notes=32,
    )
    return Track(_ROLES[voice], (), rules, company.play, part=voice)


def _mood(request: Request, given: _Given) -> Mood:
    key = None if given.key is None else given.key.place
    frame = given.frame
    sources = list(given.sources.values())
    found = mood_of(frame, frame.loop_start_beats, sources, request.args)
    return Mood(found.tempo_bpm, key, found.feel, found.style or "chorale")
