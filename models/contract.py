# SPDX-License-Identifier: Apache-2.0
"""The contract between host and engine, checked on every result before anybody gets it.

An engine is trusted with taste, not with the note contract: notes that had to stay must be the
very same values, new ones must lie where they were asked for, and no take may be empty.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from models.clip import Clip, Note
from models.edit import in_a_row, join
from models.engine import Answer, Engine, EngineEvent, EngineInfo, Request, Result
from models.errors import BadArgument, EngineFault
from models.metre import EPSILON_BEATS
from models.notation import metre_of
from models.wishes import followed, unheard

TRIO = ("lead", "bass", "drums")  # the parts of generate's role trio, by name and in order
_VOICES = ("soprano", "alto", "tenor", "bass")
_SAME_BEATS = 3e-6
_SAME_TEMPO_BPM = 1e-6
_CHORD_BEATS = 1 / 12  # a strummed chord is still one


def stepped(engine: Engine, request: Request, drafts: str) -> Iterator[EngineEvent]:
    """What an engine yields; one that makes sound is stepped by the host of audio.

    Args:
        engine: loaded.
        request: as it was prepared.
        drafts: the folder for audio files.

    Raises:
        BadArgument: the engine makes sound, and no folder is named.
    """
    if engine.info.audio is None:
        return engine.generate(request)
    if not drafts:
        raise BadArgument("Sound is written to files; name a folder for them.", where="drafts")
    from models.audio.host import sounding

    return sounding(engine, request, Path(drafts))


def conclude(request: Request, result: Result, info: EngineInfo) -> Result:
    """The checked result, with what the host itself adds.

    `join` puts the source before, or a morph's steps in a row, and wishes that the engine does
    not follow are named.

    Raises:
        EngineFault: as `check` does.
    """
    if request.command == "audio":
        _demand(0 < len(result.answers) <= request.takes, "gave the wrong number of takes")
        _demand(all(answer.file for answer in result.answers), "gave a take without sound")
    else:
        check(followed(info, request), result)
    degraded = dict.fromkeys((*result.degraded, *unheard(info, request)))
    result = replace(result, degraded=tuple(degraded), stats=_told(result.stats))
    if not request.args.get("join"):
        return result
    answers = (Answer((_joined(request, answer),)) for answer in result.answers)
    return replace(result, answers=tuple(answers))


def _told(stats: Mapping[str, float]) -> dict[str, float]:
    """Measures without those that are no number, which no client could be told."""
    return {n: v for n, v in stats.items() if not isinstance(v, float) or math.isfinite(v)}


def _joined(request: Request, answer: Answer) -> Clip:
    if request.command == "interpolate":
        return in_a_row(answer.parts)
    return join(request.clips[0], answer.parts[0])


def check(request: Request, result: Result) -> None:
    """Compare a result with what was asked.

    Raises:
        EngineFault: names what is wrong; nothing of the result may be used.
    """
    _demand(0 < len(result.answers) <= request.takes, "gave the wrong number of takes")
    rule = _RULES.get(request.command, _check_new_part)
    for answer in result.answers:
        _demand(bool(answer.parts), "gave a take without clips")
        _demand(any(part.notes for part in answer.parts), "gave an empty take")
        rule(request, answer)


def _check_continue(request: Request, answer: Answer) -> None:
    source, clip = request.clips[0], answer.parts[0]
    bar_beats = source.metre_at(source.loop_end_beats - 1e-6).bar_beats
    right = abs(clip.length_beats - request.args["bars"] * bar_beats) < EPSILON_BEATS
    _demand(right, f"wrote {clip.length_beats:g} beats for {request.args['bars']} bars")
    _demand(_all_new(clip.notes), "took notes of the source for new ones")
    _demand(_inside(clip.notes, 0.0, clip.length_beats), "wrote a note outside the bars")


def _check_infill(request: Request, answer: Answer) -> None:
    source, clip = request.clips[0], answer.parts[0]
    start, end = request.args["from_beats"], request.args["to_beats"]
    _demand(_same_frame(source, clip), "changed the clip's frame")
    stay = tuple(note for note in source.notes if not _in_hole(note, request))
    kept = tuple(note for note in clip.notes if note.origin == "kept")
    _demand(_is_part(stay, kept), "changed notes outside the span")
    _demand(_is_part(kept, source.notes), "passed off new notes as kept ones")
    fresh = [note for note in clip.notes if note.origin != "kept"]
    _demand(_inside(fresh, start, end), "wrote a note outside the span")


def _check_vary(request: Request, answer: Answer) -> None:
    source, clip = request.clips[0], answer.parts[0]
    _demand(_same_frame(source, clip), "changed the clip's frame")
    stay = tuple(note for note in source.notes if _locked(note, request))
    kept = tuple(note for note in clip.notes if note.origin == "kept")
    _demand(_is_part(stay, kept), "changed a locked note")
    _demand(_is_part(kept, source.notes), "passed off new notes as kept ones")
    old = list(_without(source.notes, kept))
    new = [note for note in clip.notes if note.origin != "kept"]
    if request.args.get("keep") == "rhythm":
        _demand(_same_rhythm(old, new), "changed the rhythm that should stay")
    if request.args.get("keep") == "pitches":
        _demand(_same_pitches(old, new), "changed the pitches that should stay, or their order")


def _check_harmonise(request: Request, answer: Answer) -> None:
    _demand(len(answer.parts) == len(_VOICES), f"gave {len(answer.parts)} voices instead of 4")
    names = [name.strip() for name in request.args["voices"].split(",")] if request.clips else []
    given = dict(zip(names, request.clips, strict=False))
    for name, part in zip(_VOICES, answer.parts, strict=True):
        if name in given:
            _demand(part.notes == given[name].notes, f"changed the given {name}")
            continue
        if request.clips:
            _demand(_same_frame(request.clips[0], part), "changed the clip's frame")
        else:
            _demand_asked_frame(request, part)
        _demand_new(part)


def _check_generate(request: Request, answer: Answer) -> None:
    """Each part has its role's name; notes of a given clip may stand in it as they were."""
    role = request.args["role"]
    names = tuple(part.name.casefold() for part in answer.parts)
    wanted = TRIO if role == "trio" else (role,)
    _demand(names == wanted, f"gave the parts {', '.join(names)} for {', '.join(wanted)}")
    given = [note for clip in request.clips for note in clip.notes]
    for part in answer.parts:
        drums = part.name.casefold() == "drums"
        _demand((part.kind == "drums") == drums, f"wrote {part.name} as a {part.kind} clip")
        _demand_asked_frame(request, part)
        kept = (note for note in part.notes if note.origin != "new")
        _demand(all(note in given for note in kept), "passed off new notes as kept ones")
        inside = _inside(part.notes, 0.0, part.length_beats)
        _demand(inside, "wrote a note outside the bars")


def _check_groove(request: Request, answer: Answer) -> None:
    """Velocity and timing may change, of notes that may; nothing else."""
    source, clip = request.clips[0], answer.parts[0]
    _demand(_same_frame(source, clip), "changed the clip's frame")
    _demand(len(clip.notes) == len(source.notes), "added or took notes")
    for before, after in zip(source.notes, clip.notes, strict=True):
        moved = replace(
            after,
            start_beats=before.start_beats,
            duration_beats=before.duration_beats,
            velocity=before.velocity,
        )
        _demand(moved == before, "changed more of a note than its velocity and timing")
        stays = after.origin == "kept" or _locked(before, request)
        _demand(not stays or after == before, "changed a note that should stay")


def _check_interpolate(request: Request, answer: Answer) -> None:
    _demand(len(answer.parts) == request.args["steps"], "gave the wrong number of steps")
    ends = (answer.parts[0].notes, answer.parts[-1].notes)
    _demand(ends == tuple(clip.notes for clip in request.clips), "changed an end point")


def _check_drumify(request: Request, answer: Answer) -> None:
    """Drums only; the hits of a drum clip stay, and no pad is struck that has hits already."""
    source, clip = request.clips[0], answer.parts[0]
    _demand(clip.kind == "drums", "wrote no drum clip")
    if source.kind != "drums":
        _check_new_part(request, answer)
        return
    _demand(_same_frame(source, clip), "changed the clip's frame")
    kept = tuple(note for note in clip.notes if note.origin == "kept")
    _demand(kept == source.notes, "changed the given hits")
    fresh = [note for note in clip.notes if note.origin != "kept"]
    taken = {note.pitch for note in source.notes}
    _demand(all(note.pitch not in taken for note in fresh), "struck a pad that has hits already")
    inside = _inside(fresh, clip.loop_start_beats, clip.loop_end_beats)
    _demand(inside, "wrote a note outside the loop")


def _check_new_part(request: Request, answer: Answer) -> None:
    for part in answer.parts:
        if request.command in {"accompany", "drumify"}:
            _demand(_same_frame(request.clips[0], part), "changed the clip's frame")
        _demand_new(part)


_RULES: dict[str, Callable[[Request, Answer], None]] = {
    "continue": _check_continue,
    "infill": _check_infill,
    "vary": _check_vary,
    "harmonise": _check_harmonise,
    "interpolate": _check_interpolate,
    "groove": _check_groove,
    "drumify": _check_drumify,
    "generate": _check_generate,
}


def _demand(holds: bool, fault: str) -> None:
    if not holds:
        raise EngineFault(
            f"The engine {fault}; nothing was used. Ask again or name another "
            "engine, and please report it.",
            where="engine",
        )


def _demand_new(part: Clip) -> None:
    _demand(_all_new(part.notes), "took notes of the source for new ones")
    inside = _inside(part.notes, part.loop_start_beats, part.loop_end_beats)
    _demand(inside, "wrote a note outside the loop")


def _demand_asked_frame(request: Request, part: Clip) -> None:
    """Bars, metre and tempo as the request has them, and a loop over all of it."""
    bars, metre = request.args["bars"], metre_of(request.args["metre"])
    length = bars * metre.bar_beats
    frame = (part.length_beats - length, part.loop_start_beats, part.loop_end_beats - length)
    right = all(abs(off) < EPSILON_BEATS for off in frame)
    _demand(right, f"wrote {part.length_beats:g} beats for {bars} bars")
    same = part.metre == metre and not part.metre_changes
    _demand(same, f"wrote in {part.metre.numerator}/{part.metre.denominator}")
    tempo = abs(part.tempo_bpm - request.args["tempo_bpm"]) < _SAME_TEMPO_BPM
    _demand(tempo and not part.tempo_changes, f"wrote at {part.tempo_bpm:g} bpm")


def _same_rhythm(old: Sequence[Note], new: Sequence[Note]) -> bool:
    """Whether new notes begin and last as the ones they replace."""
    rhythms = [
        sorted((round(n.start_beats, 6), round(n.duration_beats, 6)) for n in notes)
        for notes in (old, new)
    ]
    return len(old) == len(new) and all(
        abs(a - b) < _SAME_BEATS
        for before, after in zip(*rhythms, strict=True)
        for a, b in zip(before, after, strict=True)
    )


def _same_pitches(old: Sequence[Note], new: Sequence[Note]) -> bool:
    """Whether both play the same pitches in the same order; a chord may turn into an arpeggio.

    Both are read chord by chord, and what is in the front chord of both may come next.
    """
    before, after = _chords(old), _chords(new)
    while before and after:
        common = before[-1] & after[-1]
        if not common:
            return False
        for chords in (before, after):
            chords[-1] -= common
            if not chords[-1]:
                chords.pop()
    return not before and not after


def _chords(notes: Iterable[Note]) -> list[Counter[int]]:
    """The pitches of each chord, the first chord last."""
    chords: list[Counter[int]] = []
    begun = -math.inf
    for note in sorted(notes, key=lambda note: note.start_beats):
        if note.start_beats - begun > _CHORD_BEATS:
            chords.append(Counter())
            begun = note.start_beats
        chords[-1][note.pitch] += 1
    return chords[::-1]


def _without(notes: Iterable[Note], kept: Iterable[Note]) -> Iterator[Note]:
    """The notes that are not among the kept ones, which stand in the same order."""
    rest = list(kept)[::-1]
    for note in notes:
        if rest and rest[-1] == note:
            rest.pop()
        else:
            yield note


def _all_new(notes: Iterable[Note]) -> bool:
    return all(note.origin == "new" for note in notes)


def _inside(notes: Iterable[Note], start_beats: float, end_beats: float) -> bool:
    low, high = start_beats - EPSILON_BEATS, end_beats + EPSILON_BEATS
    return all(low <= note.start_beats and note.end_beats <= high for note in notes)


def _in_hole(note: Note, request: Request) -> bool:
    """Whether an infill may replace the note."""
    args = request.args
    low = 0 if args["low_pitch"] is None else args["low_pitch"]
    high = 127 if args["high_pitch"] is None else args["high_pitch"]
    in_span = args["from_beats"] <= note.start_beats < args["to_beats"]
    return in_span and low <= note.pitch <= high and not _locked(note, request)


def _locked(note: Note, request: Request) -> bool:
    args = request.args
    return note.mute or note.pitch in args.get("lock", ()) or note.id in args.get("lock_ids", ())


def _same_frame(source: Clip, clip: Clip) -> bool:
    frames = [
        (c.length_beats, c.loop_start_beats, c.loop_end_beats, c.metre) for c in (source, clip)
    ]
    return frames[0] == frames[1]


def _is_part(wanted: tuple[Note, ...], given: tuple[Note, ...]) -> bool:
    """Whether all of `wanted` stand in `given`, in the same order, with every field equal."""
    rest = iter(given)
    return all(any(note == other for other in rest) for note in wanted)
