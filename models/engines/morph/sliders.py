# SPDX-License-Identifier: Apache-2.0
"""Sliders: a melody denser, more syncopated, higher, louder.

`register`, `syncopation` and `loudness` go as far as `amount` allows and move the line as it is;
`density` is how many notes are wanted, and is met as well as the melody space can. On wish the
space moves register and syncopation too, which rewrites the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING

from models.clip import Clip, Note
from models.engine import Answer, Request
from models.engines.morph.lifting import lifted
from models.engines.morph.pushing import pushed
from models.engines.morph.staying import Bounds, kept_in, locked, merged
from models.engines.morph.takes import Found, seeds
from models.errors import BadClip
from models.theory.steps import Steps

if TYPE_CHECKING:
    from models.melody_space.space import Space

_OCTAVE = 12  # semitones that register goes at amount 1
_FULL_UNITS = 3.0  # of the space, at amount 1
_MOST_UNITS = 4.0
_DENSITY_UNIT = 0.5  # onsets a quarter
_FULL_LEVELS = 48.0  # of velocity, at amount 1
_TILT_UNITS = (0.4, 0.8)
_OWN_ACCORD = 0.6  # how far a slider goes that nobody set
_TOGETHER_BEATS = 1 / 12


def need_notes(clip: Clip) -> None:
    """Refuse a clip that nothing can be made of.

    Raises:
        BadClip: nothing plays in its loop.
    """
    if not clip.playing():
        raise BadClip("Nothing plays in the clip's loop; draw a note in first.", where="clip")


def idle(request: Request) -> str:
    """Why nothing may change, in words; empty where something may."""
    if not request.args["amount"]:
        return "amount 0 changes nothing; the clip is as it was"
    if all(locked(note, request) for note in request.clips[0].notes):
        return "nothing here may change; the clip is as it was"
    return ""


def sliders_of(request: Request) -> Mapping[str, float]:
    """What is turned: register, syncopation, loudness -1 to 1, density as a factor less 1.

    Where nothing is, chance turns two of them, another way for every seed.
    """
    args = request.args
    turned = {name: args[name] for name in ("register", "syncopation", "loudness") if args[name]}
    if args["density"] != 1.0:
        turned["density"] = args["density"] - 1.0
    if turned:
        return MappingProxyType(turned)
    rng = Random(f"{request.seed}/own accord")
    names = rng.sample(("register", "syncopation", "density"), 2)
    own = {name: round(rng.choice((-1, 1)) * rng.uniform(0.3, _OWN_ACCORD), 2) for name in names}
    return MappingProxyType(own)


def remarks(request: Request) -> Iterator[str]:
    """What the request did not say or what is not followed, in words."""
    args = request.args
    turned = any(args[name] for name in ("register", "syncopation", "loudness"))
    if not turned and args["density"] == 1.0:
        own = sliders_of(request).items()
        told = (
            f"{name} {1 + by:.2f}" if name == "density" else f"{name} {by:+.2f}" for name, by in own
        )
        yield f"no slider was set, so morph chose: {', '.join(told)}"
    if args["adventure"] != 0.5:
        yield "sliders do not follow adventure"


def slid(request: Request, space: Space) -> Steps[Found]:
    """The takes: the clip with its sliders moved, locked notes as they were.

    Raises:
        BadClip: the loop is too long.
    """
    turned, amount = sliders_of(request), request.args["amount"]
    by_line = request.args["sliders"] == "line"
    high = lifted(request, _OCTAVE * amount * turned.get("register", 0.0) * by_line)
    push = amount * turned.get("syncopation", 0.0) * by_line
    bounds = Bounds.of(request, high, moves="register" in turned and not by_line)
    found: list[Answer] = []
    for number in range(request.takes):
        for attempt, seed in enumerate(seeds(request.seed, number)):
            base = pushed(request, high, push, seed) if push else high
            units = _units(request, turned) or _tilt(attempt, seed)
            written = yield from _written(base, space, units, seed)
            take = merged(request, base, kept_in(written, base, bounds))
            take = _louder(take, turned.get("loudness", 0.0) * amount, request)
            silent = not take.playing()  # thinned to nothing
            if not silent and not any(take.notes == other.parts[0].notes for other in found):
                found.append(Answer((take,)))
                break
        else:
            break
    answers = tuple(found) or (Answer(request.clips),)
    return Found(answers, "the sliders leave no further way to play this clip")


def _written(base: Clip, space: Space, units: Mapping[str, float], seed: int) -> Steps[Clip]:
    from models.melody_space.sliders import SlideWishes, sliding

    if not units:
        return base
    return (yield from sliding(space, base, SlideWishes(units, seed)))


def _units(request: Request, turned: Mapping[str, float]) -> dict[str, float]:
    """What is asked of the space, in its units."""
    args, units = request.args, {}
    if args["sliders"] == "space":
        names = [name for name in ("register", "syncopation") if name in turned]
        units = {name: _FULL_UNITS * args["amount"] * turned[name] for name in names}
    if "density" in turned:
        more = turned["density"] * _onsets_a_quarter(request.clips[0]) / _DENSITY_UNIT
        units["density"] = min(_MOST_UNITS, max(-_MOST_UNITS, more))
    return units


def _tilt(attempt: int, seed: int) -> dict[str, float]:
    """A little of the space, for a take that would be like another one."""
    rng = Random(seed)
    return {"density": rng.choice((-1, 1)) * rng.uniform(*_TILT_UNITS)} if attempt else {}


def _onsets_a_quarter(clip: Clip) -> float:
    """Moments a quarter at which something begins in the loop."""
    moments = {round(note.start_beats / _TOGETHER_BEATS) for note in clip.playing()}
    return len(moments) / max(1.0, clip.loop_beats)


def _louder(clip: Clip, share: float, request: Request) -> Clip:
    """All notes that may change so much louder; -1 to 1."""
    if not share:
        return clip

    def played(note: Note) -> Note:
        velocity = min(127.0, max(1.0, note.velocity + _FULL_LEVELS * share))
        if locked(note, request) or velocity == note.velocity:
            return note
        origin = "edited" if note.origin == "kept" else note.origin
        return replace(note, velocity=velocity, origin=origin)

    return clip.with_notes([played(note) for note in clip.notes])
