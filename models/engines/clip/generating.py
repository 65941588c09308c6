# SPDX-License-Identifier: Apache-2.0
"""`generate`: bars from nothing, from a few notes to begin with, from chords, for given parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.clip import Clip, Kind, Note, Scale
from models.contract import TRIO
from models.engine import Answer, Request
from models.engines.clip.ensemble import (
    VOICES,
    Company,
    Pads,
    heard,
    heard_tracks,
    kit_of,
    rules_for,
)
from models.engines.clip.frame import chord_notes, empty_frame
from models.engines.clip.hole import as_kept, by_bar
from models.engines.clip.life import Life
from models.engines.clip.question import Mood, NewNotes, Question, Track, in_order
from models.engines.clip.source import Source, estimated_key, need_notes, read_source
from models.engines.clip.wanted import role_controls
from models.engines.rules.delivery import framed
from models.engines.rules.palette import Palette
from models.errors import BadArgument
from models.theory.chord_names import chords_of
from models.theory.keys import Key, key_of_scale
from models.theory.score import Score, read_score
from models.theory.steps import Steps
from models.tokens.feel import feel_of
from models.tokens.grid import GridBar, grid_bars
from models.tokens.scene import Cell

_FEW_NOTES = 4  # a clip of so few notes is what the new part begins with
_EVERY = frozenset(range(12))
_TRIO_AT_ONCE = 8
_ALONE_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class _Given:
    """What there is: the frame, parts that sound, notes to begin with, the key."""

    frame: Clip
    bars: tuple[GridBar, ...]
    sources: tuple[Source, ...]
    score: Score | None
    chords: tuple[Note, ...]
    begin: tuple[Note, ...]
    key: Key | None
    pads: Pads


def question(request: Request) -> Steps[Question]:
    """New bars from beat 0.

    Raises:
        BadArgument: chords, metre or scale can't be read, or no pitch may be written.
        BadClip: clips are given and nothing sounds in them.
    """
    args = request.args
    frame = empty_frame(args, _scale(request.clips))
    pieces = [grid_bars([bar]) for bar in frame.bars()]
    given = yield from _read(request, frame, tuple(bar for grid in pieces for bar in grid))
    bars = given.bars
    roles = TRIO if args["role"] == "trio" else (args["role"],)
    new = [_track(request, given, role, part) for part, role in enumerate(roles)]
    chords = [Track("chords", given.chords)] if given.chords else []
    tracks = in_order([*heard(given.sources), *chords, *new])
    written = [place for place, track in enumerate(tracks) if track.rules is not None]
    cells = tuple(
        Cell(place, bar, controls=role_controls(tracks[place].role, args))
        for bar in range(len(bars))
        for place in written
    )

    def answer(notes: NewNotes) -> Answer:
        by_part = {tracks[place].part: found for place, found in notes.items()}
        return Answer(
            tuple(
                _part(given, role, () if part else given.begin, by_part.get(part, ()))
                for part, role in enumerate(roles)
            )
        )

    alone = len(roles) == 1 and len(bars) <= _ALONE_AT_ONCE
    return Question(
        ("accompany" if given.sources else "generate", "continue"),
        tracks,
        bars,
        cells,
        by_bar(pieces),
        0.0,
        frame.length_beats,
        answer,
        at_once=_ALONE_AT_ONCE if alone else _TRIO_AT_ONCE,
        mood=_mood(args, given),
    )


def _read(request: Request, frame: Clip, bars: tuple[GridBar, ...]) -> Steps[_Given]:
    """What is given beside the frame."""
    args = request.args
    named = chords_of(args.get("chords", ""))
    chords = chord_notes(named, frame.length_beats) if named else ()
    begin = _begin(request)
    clips = () if begin else request.clips
    score: Score | None = None
    sources: list[Source] = []
    pads: Pads = ()
    if clips:
        need_notes([note for clip in clips for note in clip.playing()])
        score = yield from read_score((frame, *clips))
        sources = yield from heard_tracks(score, bars)
    if args["role"] in {"drums", "trio"}:
        _, pads = kit_of(request.clips, args)
    pitched = [n for source in sources if not source.drums for n in source.standing]
    seeds = begin if args["role"] != "drums" else ()
    key = key_of_scale(frame.scale) if frame.scale else None
    enough = len({n.pitch % 12 for n in (*pitched, *chords, *seeds)}) > 2
    if key is None and enough:
        key = estimated_key((*pitched, *chords, *seeds))
    return _Given(frame, bars, tuple(sources), score, chords, begin, key, pads)


def _begin(request: Request) -> tuple[Note, ...]:
    """The few notes of a lone clip, as they are; none where the clip is a part of its own."""
    if len(request.clips) != 1:
        return ()
    clip, role = request.clips[0], request.args["role"]
    notes = as_kept(clip.with_notes(clip.playing())).notes
    drums = clip.kind == "drums"
    if not 0 < len(notes) <= _FEW_NOTES or drums != (role == "drums") or clip.loop_start_beats:
        return ()
    end = empty_frame(request.args).length_beats
    return notes if all(note.end_beats <= end for note in notes) else ()


def _track(request: Request, given: _Given, role: str, part: int) -> Track:
    voice, args = VOICES[role], request.args
    drums = voice.role == "drums"
    first = part == 0
    begin = given.begin if first else ()
    standing, sounding = _standing(given, begin, voice.role)
    pitches = None if drums else _palette(given, voice.register, args if first else {}, begin)
    kit, _ = kit_of(request.clips, args if first else {})
    rules = rules_for(voice, pitches, kit, full=True)
    rules = replace(rules, min_notes=int(role != "counter" and not begin))
    if begin:
        rules = replace(rules, polyphony=max(rules.polyphony, _together(standing)))
    kind: Kind = "drums" if drums else "melodic"
    life = Life(replace(given.frame, kind=kind, pads=given.pads if drums else ()), voice.role)
    company = Company(given.sources, given.score, drums=drums, life=life)
    return Track(voice.role, standing, rules, company.play, part, sounding)


def _standing(
    given: _Given, begin: Sequence[Note], role: str
) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """The notes to begin with, on the grid and as they are."""
    if not begin:
        return (), ()
    source = read_source(given.frame, begin, given.bars, role)
    return source.standing, tuple(begin)


def _together(notes: Sequence[Note]) -> int:
    return max(sum(a.start_beats == b.start_beats for b in notes) for a in notes)


def _palette(
    given: _Given, register: tuple[int, int], args: Mapping[str, Any], begin: Sequence[Note]
) -> Palette:
    """Range and pitch classes; the range reaches to the notes that the part begins with.

    Raises:
        BadArgument: no pitch is left.
    """
    low, high = register
    if begin:
        low = min(low, *(note.pitch - 5 for note in begin))
        high = max(high, *(note.pitch + 5 for note in begin))
    asked_low, asked_high = args.get("low_pitch"), args.get("high_pitch")
    if asked_low is not None:
        low, high = asked_low, max(high, asked_low + 12)
    if asked_high is not None:
        high = asked_high
        low = low if asked_low is not None else min(low, asked_high - 12)
    classes = _EVERY
    if given.key is not None and (given.key.given or given.sources or given.chords):
        heard = {n.pitch % 12 for n in given.chords}
        heard |= {n.pitch % 12 for s in given.sources if not s.drums for n in s.standing}
        own = given.key.pitch_classes if given.key.given else given.key.with_leading_tone
        classes = own | heard
    found = Palette(max(0, low), min(127, high), classes)
    if not found.pitches(classes):
        raise BadArgument(
            f"No note of the scale lies from low_pitch {low} to high_pitch {high}; "
            "widen the range.",
            where="low_pitch",
        )
    return found


def _part(given: _Given, role: str, begin: Sequence[Note], notes: Sequence[Note]) -> Clip:
    """One clip of the answer, by its role's name: the notes to begin with, and the new ones."""
    drums = role == "drums"
    kind: Kind = "drums" if drums else "melodic"
    part = framed(given.frame, (*begin, *notes), role.capitalize(), kind)
    return replace(part, pads=given.pads) if drums else part


def _scale(clips: Sequence[Clip]) -> Scale | None:
    """The scale of the first pitched clip that has one."""
    return next((clip.scale for clip in clips if clip.scale and clip.kind == "melodic"), None)


def _mood(args: Mapping[str, Any], given: _Given) -> Mood:
    key = None if given.key is None else given.key.place
    onsets = (note.start_beats for source in given.sources for note in source.standing)
    return Mood(float(args["tempo_bpm"]), key, feel_of(onsets), args.get("style") or None)
