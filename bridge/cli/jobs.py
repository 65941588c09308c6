# SPDX-License-Identifier: Apache-2.0
"""One verb for each job of the command table, with a flag for each of its parameters."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from functools import partial
from pathlib import Path

from bridge.cli.verb import Verb, add_json
from bridge.core.commands import COMMANDS, JOB_PARAMS, Command
from models.param import Param

GROUP = "Make music from files"

_EXAMPLES = {
    "continue": "nextbar continue in.mid -o out.mid --bars 4 --takes 4 --seed 7",
    "infill": "nextbar infill in.mid --from 4 --to 8 -o out.mid",
    "vary": "nextbar vary drums.mid --lock 36 --amount 0.5 -o out.mid",
    "accompany": "nextbar accompany in.mid --role bass -o bass.mid",
    "harmonise": "nextbar harmonise in.mid -o satb.mid",
    "interpolate": "nextbar interpolate a.mid b.mid --steps 5 -o morph.mid",
    "groove": "nextbar groove stiff.mid played.mid -o out.mid",
    "drumify": "nextbar drumify taps.mid -o drums.mid",
    "generate": "nextbar generate -o out.mid --bars 8",
    "audio": 'nextbar audio "dusty lo-fi Rhodes" --bars 4 --tempo 93 -o loop.wav',
    "transcribe": "nextbar transcribe in.wav -o out.mid",
    "train": "nextbar train style my-songs --name mine",
}
# `train corpus` and `train clip` stand beside it, so the job needs a second word too.
_VERBS = {"train": "train style"}
_ALIASES = {
    "from_beats": "--from",
    "to_beats": "--to",
    "tempo_bpm": "--tempo",
    "continue_file": "--continue",
    "melody_file": "--melody",
    "sample_rate_hz": "--rate",
}
_FOR_DAEMONS = frozenset({"target", "play"})
# The one parameter that is written without a flag.
_BARE = {"audio": "prompt", "transcribe": "audio", "train": "folder"}


def verbs() -> tuple[Verb, ...]:
    """A verb for each job."""
    jobs = (command for command in COMMANDS.values() if command.kind == "job")
    return tuple(_verb(command) for command in jobs)


def params_of(command: Command) -> tuple[Param, ...]:
    """The parameters a user sets on the command line; the others are for daemons."""
    params = (*command.params, *JOB_PARAMS)
    return tuple(param for param in params if param.name not in _FOR_DAEMONS)


def flags_of(param: Param) -> tuple[str, ...]:
    """The flags of a parameter: `--from-beats` and `--from`."""
    flag = "--" + param.name.replace("_", "-")
    return (flag, _ALIASES[param.name]) if param.name in _ALIASES else (flag,)


def _verb(command: Command) -> Verb:
    return Verb(
        _VERBS.get(command.name, command.name),
        command.doc,
        _EXAMPLES[command.name],
        partial(_run, command),
        partial(_arguments, command),
        GROUP,
    )


def _run(command: Command, args: Namespace) -> int:
    if args.picture:  # refused before the work, not after it
        from bridge.pictures import check_suffix

        check_suffix(Path(args.picture))
    if command.parts == "audio":
        from bridge.cli.audio import run_audio

        return run_audio(command, args)
    from bridge.cli.answer import run_job

    return run_job(command, args)


def _arguments(command: Command, parser: ArgumentParser) -> None:
    _add_inputs(command, parser)
    parser.add_argument(
        "-o", "--output", default="", metavar="FILE", help="where to write; - for standard output"
    )
    if command.clips[1]:
        parser.add_argument(
            "--track", default="", metavar="N|NAME", help="only this track, or these: 1,3"
        )
    for param in params_of(command):
        if param.name != _BARE.get(command.name):
            _add_param(parser, param)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="own",
        help="a setting of the engine's own; `nextbar models info NAME` lists them",
    )
    parser.add_argument("--show", action="store_true", help="draw the result in the terminal")
    parser.add_argument("--picture", metavar="FILE", help="draw the result as .png or .svg")
    if command.parts == "audio":
        parser.add_argument(
            "--audio-out",
            default="",
            metavar="DEVICE",
            help="play the first take while it is made: jack, default or a name that "
            "`nextbar audio devices` lists",
        )
    add_json(parser)


def _add_inputs(command: Command, parser: ArgumentParser) -> None:
    """The files and words that need no flag."""
    bare = next((p for p in command.params if p.name == _BARE.get(command.name)), None)
    if bare:
        parser.add_argument(bare.name, nargs=None if bare.required else "?", help=bare.doc)
        clip = {"nargs": 1, "default": [], "metavar": "FILE", "help": "a clip that it goes with"}
        if command.clips[1]:
            parser.add_argument("--clip", dest="inputs", **clip)  # type: ignore[arg-type]
        return
    count = "+" if command.clips[0] else "*"  # how many exactly is checked with the inputs
    parser.add_argument("inputs", nargs=count, metavar="FILE", help="a MIDI file; - for stdin")


def _add_param(parser: ArgumentParser, param: Param) -> None:
    shown = str(param.default).lower() if param.kind == "bool" else param.default
    default = "" if param.default in {None, "", ()} else f"; default {shown}"
    about = f"{param.doc} ({param.allowed()}{default})".replace("%", "%%")
    if param.kind == "bool":
        parser.add_argument(
            *flags_of(param),
            dest=param.name,
            default=None,
            action=BooleanOptionalAction,
            help=about,
        )
        return
    parser.add_argument(
        *flags_of(param),
        dest=param.name,
        required=param.required,
        metavar=param.unit.upper() or param.kind.upper(),
        help=about,
    )
