# SPDX-License-Identifier: Apache-2.0
"""The contract between host and engine, checked on every result before anybody gets it.

An engine is trusted with taste, not with the note contract: notes that had to stay must be the
very same values, new ones must lie where they were asked for, and no take may be empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from models.clip import Clip, Note
from models.edit import join
from models.engine import Answer, EngineInfo, Request, Result
from models.errors import EngineFault
from models.metre import EPSILON_BEATS
from models.wishes import unheard


def conclude(request: Request, result: Result, info: EngineInfo) -> Result:
    """The checked result, with what the host itself adds.

    `join` puts the source before, and wishes that the engine does not follow are named.

    Raises:
        EngineFault: as `check` does.
    """
    check(request, result)
    degraded = dict.fromkeys((*result.degraded, *unheard(info, request)))
    result = replace(result, degraded=tuple(degraded))
    if not request.args.get("join"):
        return result
    source = request.clips[0]
    joined = (Answer((join(source, answer.parts[0]),)) for answer in result.answers)
    return replace(result, answers=tuple(joined))


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


def _check_harmonise(request: Request, answer: Answer) -> None:
    _demand(len(answer.parts) == 4, f"gave {len(answer.parts)} voices instead of 4")
    names = [name.strip() for name in request.args["voices"].split(",")]
    order = ("soprano", "alto", "tenor", "bass")
    for name, source in zip(names, request.clips, strict=False):
        given = answer.parts[order.index(name)]
        _demand(given.notes == source.notes, f"changed the given {name}")


def _check_interpolate(request: Request, answer: Answer) -> None:
    _demand(len(answer.parts) == request.args["steps"], "gave the wrong number of steps")
    ends = (answer.parts[0].notes, answer.parts[-1].notes)
    _demand(ends == tuple(clip.notes for clip in request.clips), "changed an end point")


def _check_new_part(request: Request, answer: Answer) -> None:
    clip = answer.parts[0]
    if request.command == "accompany":
        _demand(_same_frame(request.clips[0], clip), "changed the clip's frame")
    _demand(_all_new(clip.notes), "took notes of the source for new ones")
    inside = _inside(clip.notes, clip.loop_start_beats, clip.loop_end_beats)
    _demand(inside, "wrote a note outside the loop")


_RULES: dict[str, Callable[[Request, Answer], None]] = {
    "continue": _check_continue,
    "infill": _check_infill,
    "vary": _check_vary,
    "harmonise": _check_harmonise,
    "interpolate": _check_interpolate,
    "groove": _check_vary,
}


def _demand(holds: bool, fault: str) -> None:
    if not holds:
        raise EngineFault(
            f"The engine {fault}; nothing was used. Ask again or name another "
            "engine, and please report it.",
            where="engine",
        )


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
