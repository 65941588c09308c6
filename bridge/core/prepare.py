# SPDX-License-Identifier: Apache-2.0
"""From what a client asked to a request that an engine can be given, or a clear refusal.

Every door and the command line go through here, before anything is queued.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.commands import COMMANDS, JOB_PARAMS, MAX_SEED, Command
from bridge.core.framing import fill_in
from bridge.core.hearing import check_sound, hearing
from bridge.core.reach import ANYWHERE, Reach
from bridge.errors import UnknownCommand
from bridge.paths import drum_spaces_folder
from models.clip import Clip
from models.drum_space.card import find_own
from models.engine import Request
from models.errors import BadArgument, BadClip
from models.param import coerce_all
from models.registry import Listing, choose
from models.wire import clip_from_data
from models.wishes import WISHES

FILES = ("continue_file", "melody_file", "audio")  # parameters that name an audio file


@dataclass(frozen=True, slots=True)
class Prepared:
    """A validated request, the engine that shall answer it and the slot it is for."""

    request: Request
    engine: Listing
    target: str


def find_command(name: str) -> Command:
    """The command of that name.

    Raises:
        UnknownCommand: with the nearest name that there is.
    """
    if name in COMMANDS:
        return COMMANDS[name]
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/protocol.md lists them."
    raise UnknownCommand(f"There is no command {name:.40}; {hint}", where="op")


def split_body(body: Mapping[str, Any]) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    """The clips in a message's body, and its parameters by name.

    Raises:
        BadClip: a clip is broken.
    """
    given = {name: value for name, value in body.items() if name not in {"clip", "clips"}}
    clips = body.get("clips", ())
    if not isinstance(clips, Sequence) or isinstance(clips, str):
        raise BadClip("clips must be a list of clips.", where="clips")
    if "clip" in body:
        clips = [body["clip"], *clips]
    return tuple(clip_from_data(clip) for clip in clips), given


def prepare(
    command: Command,
    clips: Sequence[Clip],
    given: Mapping[str, Any],
    *,
    engines: Sequence[Listing],
    rng: random.Random,
    reach: Reach = ANYWHERE,
) -> Prepared:
    """Choose the engine and fill in every parameter.

    Raises:
        BadArgument: a parameter is unknown, wrong or out of range.
        BadClip: too few or too many clips, or one too large for the engine.
        BadFile, Refused: an audio file is not there, or not to be read.
        NoEngine, NotInstalled: nothing here can answer.
    """
    check_count(command, clips)
    job_names = {param.name for param in JOB_PARAMS}
    common = coerce_all(JOB_PARAMS, {n: v for n, v in given.items() if n in job_names})
    own = {name: value for name, value in given.items() if name not in job_names}
    engine = choose(
        hearing(engines, own, common["engine"]),
        command.name,
        name=common["engine"],
        role=_role(command, own),
        wishes=_wishes(command, own),
        clips=clips,
    )
    args = coerce_all((*command.params, *engine.info.params), own)
    args = fill_in(command.name, clips, args)
    for name in FILES:
        if args.get(name):
            args[name] = reach.check(args[name], name)
    if args.get("space"):
        find_own(drum_spaces_folder(), args["space"])  # refused before it is queued
    _check_limits(engine, clips, args)
    seed = common["seed"] if common["seed"] is not None else rng.randrange(MAX_SEED + 1)
    request = Request(command.name, tuple(clips), args, seed, common["takes"])
    return Prepared(request, engine, common["target"])


def _role(command: Command, given: Mapping[str, Any]) -> str:
    """The role that an engine must be able to play; empty where any will do."""
    role = given.get("role", "") if command.name == "accompany" else ""
    found: str = next(p for p in command.params if p.name == "role").coerce(role) if role else ""
    return found


def _wishes(command: Command, given: Mapping[str, Any]) -> list[str]:
    """The controls that are set to something, of those that an engine may leave aside."""
    known = (p for p in command.params if p.name in WISHES and given.get(p.name) is not None)
    return [p.name for p in known if p.coerce(given[p.name]) != WISHES[p.name]]


def check_count(command: Command, clips: Sequence[Clip]) -> None:
    """Refuse too few or too many clips.

    Raises:
        BadClip: says how many the command takes.
    """
    fewest, most = command.clips
    if fewest <= len(clips) <= most:
        return
    wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
    noun = "clip" if wanted == "1" else "clips"
    raise BadClip(f"{command.name} needs {wanted} {noun}, not {len(clips)}.", where="clips")


def _check_limits(engine: Listing, clips: Sequence[Clip], args: Mapping[str, Any]) -> None:
    low, high = args.get("low_pitch"), args.get("high_pitch")
    if low is not None and high is not None and low > high:
        raise BadArgument(f"low_pitch {low} is above high_pitch {high}.", where="low_pitch")
    info = engine.info
    if (args.get("bars") or 0) > info.max_bars:
        raise BadArgument(
            f"{info.name} writes at most {info.max_bars} bars at once, not {args['bars']}.",
            where="bars",
        )
    check_sound(info, args)
    notes = max((len(clip.notes) for clip in clips), default=0)
    if notes > info.max_notes:
        raise BadClip(
            f"{info.name} reads at most {info.max_notes} notes, the clip has {notes}; "
            "select a shorter one.",
            where="clip",
        )
