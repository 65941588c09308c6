# SPDX-License-Identifier: Apache-2.0
"""Random requests as users make them: held-out music in any metre, loop and state, any setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from bridge.core.commands import COMMANDS
from generation.players import Question
from generation.windows import Ensemble, excerpt
from models.clip import Clip, Note, Scale
from models.metre import Metre
from models.notation import SCALES, metre_of
from models.param import Param
from models.tokens.vocabulary import STYLES

METRES = (
    "2/4", "3/4", "4/4", "5/4", "6/4", "7/4", "2/2", "3/2", "3/8", "5/8", "6/8", "7/8", "9/8",
    "11/8", "12/8", "13/8", "15/16",
)  # fmt: skip
KEYS = ("C", "F#", "Bb", "a", "e")
CHORDS = ("C G Am F", "Cm Ab Eb Bb", "Dm7 G7 Cmaj7", "E", "F#dim B7 Em")
VOICES = ("soprano", "alto", "tenor", "bass")
_CHANCE = 0.35  # of a setting that is not left alone


def random_question(
    rng: Random, engine: str, command: str, sources: Sequence[Ensemble]
) -> Question:
    """A request that holds to the command table; the engine may still have to refuse it.

    Args:
        rng: decides.
        engine: who is asked.
        command: one of those below.
        sources: windows of several parts; the prompts of all roles are among their parts.
    """
    clips, fixed = _MAKERS[command](rng, rng.choice(sources))
    given = {
        param.name: value
        for param in COMMANDS[command].params
        if param.name not in fixed
        and rng.random() < _CHANCE
        and (value := _value(rng, param, clips)) is not None
    }
    low, high = given.get("low_pitch"), given.get("high_pitch")
    if low is not None and high is not None and low > high:
        given |= {"low_pitch": high, "high_pitch": low}
    takes = rng.choice((1, 1, 1, 2, 4))
    return Question(
        engine, command, clips, {**given, **fixed, "takes": takes}, rng.randrange(2**31)
    )


def odd(rng: Random, clip: Clip) -> Clip:
    """The clip as somebody may have it: cut, in another metre, with loop, pickup or muted notes."""
    metre = metre_of(rng.choice(METRES)) if rng.random() < 0.6 else clip.metre
    bars = min(rng.randint(1, 8), max(1, int(clip.length_beats // metre.bar_beats)))
    cut = excerpt(clip, 0.0, bars * metre.bar_beats)
    notes = [replace(note, id=n) for n, note in enumerate(cut.notes)]
    if rng.random() < 0.2:
        notes = [replace(note, mute=rng.random() < 0.3) for note in notes]
    if rng.random() < 0.15:  # struck again while it sounds
        notes += [replace(n, start_beats=n.start_beats + n.duration_beats / 2) for n in notes[:3]]
    early = rng.choice((0.5, 1.0, 1 / 3)) if rng.random() < 0.2 else 0.0
    found = replace(
        cut,
        notes=tuple(note.moved(-early) for note in notes),
        metre=metre,
        start_marker_beats=-early,
        scale=_scale(rng) if rng.random() < 0.3 else None,
    )
    if bars > 1 and rng.random() < 0.25:
        found = replace(found, loop_start_beats=metre.bar_beats * rng.randint(0, bars - 1))
    elif rng.random() < 0.1:
        found = replace(found, loop_end_beats=found.length_beats - rng.choice((0.5, 1 / 3, 0.25)))
    return found


def _scale(rng: Random) -> Scale:
    return Scale(rng.randrange(12), rng.choice(list(SCALES.values())))


def _one(rng: Random, source: Ensemble) -> Clip:
    return odd(rng, rng.choice([source.real, *source.clips]))


def _several(rng: Random, source: Ensemble) -> tuple[Clip, ...]:
    clips = rng.sample(source.clips, rng.randint(1, len(source.clips)))
    return (odd(rng, clips[0]), *clips[1:]) if rng.random() < 0.5 else tuple(clips)


def _continue(rng: Random, source: Ensemble) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    return (_one(rng, source),), {"bars": rng.choice((1, 2, 4, 4, 8))}


def _infill(rng: Random, source: Ensemble) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    clip = _one(rng, source)
    edges = [rng.randint(0, int(4 * clip.length_beats)) / 4 for _ in range(2)]
    low = min(edges)
    return (clip,), {"from_beats": low, "to_beats": max(*edges, low + 0.25)}


def _vary(rng: Random, source: Ensemble) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    return (_one(rng, source),), {}


def _accompany(rng: Random, source: Ensemble) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    role = rng.choice(("bass", "chords", "melody", "counter", "drums"))
    return _several(rng, source), {"role": role}


def _harmonise(rng: Random, source: Ensemble) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    lines = [part.clip for part in source.others if part.role in {"S", "A", "T", "B", "lead"}]
    if not lines or rng.random() < 0.15:
        return (), {"bars": rng.choice((1, 2, 4, 8)), "voices": ""}
    count = rng.randint(1, min(3, len(lines)))
    names = sorted(rng.sample(range(4), count))
    frame = {"bars": None, "tempo_bpm": None, "metre": "", "scale": ""}
    return tuple(lines[:count]), {"voices": ",".join(VOICES[n] for n in names), **frame}


def _generate(rng: Random, source: Ensemble) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    if rng.random() < 0.5:
        return (), {"bars": rng.choice((1, 2, 4, 8))}
    clips = _several(rng, source)
    seed = rng.random() < 0.3
    if seed:  # one note to begin with
        note = Note(rng.randrange(36, 84), 0.0, 1.0)
        clips = (Clip((note,), 4.0, metre=Metre()),)
    return clips, {"metre": "", "bars": rng.choice((None, 4)) if seed else None}


_MAKERS: Mapping[str, Callable[[Random, Ensemble], tuple[tuple[Clip, ...], dict[str, Any]]]] = {
    "continue": _continue,
    "infill": _infill,
    "vary": _vary,
    "accompany": _accompany,
    "harmonise": _harmonise,
    "generate": _generate,
}
COMMANDS_ASKED = tuple(_MAKERS)


def _value(rng: Random, param: Param, clips: Sequence[Clip]) -> Any:
    """Any value of a parameter; None for those that are set elsewhere."""
    pitches = [note.pitch for clip in clips for note in clip.notes] or [60]
    special: dict[str, Callable[[], Any]] = {
        "join": lambda: None,  # the host's own doing, behind the engine
        "low_pitch": lambda: max(0, rng.choice(pitches) - rng.choice((0, 3, 12))),
        "high_pitch": lambda: min(127, rng.choice(pitches) + rng.choice((3, 7, 12))),
        "lock": lambda: tuple(rng.sample(pitches, min(2, len(pitches)))),
        "lock_ids": lambda: tuple(range(rng.randint(1, 4))),
        "scale": lambda: f"{rng.choice(KEYS)} {rng.choice(list(SCALES))}",
        "metre": lambda: rng.choice(METRES),
        "chords": lambda: rng.choice(CHORDS),
        "style": lambda: rng.choice(STYLES),
        "tempo_bpm": lambda: rng.choice((60.0, 93.5, 174.0)),
    }
    if param.name in special:
        return special[param.name]()
    if param.kind == "choice":
        return rng.choice(param.choices)
    if param.kind == "bool":
        return rng.random() < 0.5
    if param.kind == "float" and param.low is not None and param.high is not None:
        return rng.choice((param.low, param.high, rng.uniform(param.low, param.high)))
    return None
