# SPDX-License-Identifier: Apache-2.0
"""From words to a verb: finds it, parses its arguments, runs it, turns errors into exit codes."""

from __future__ import annotations

import io
import os
import sys
import traceback
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from bridge import __version__, paths
from bridge.cli.output import say, say_error, say_json
from bridge.cli.verb import Verb
from bridge.errors import NextbarError
from models.errors import BadArgument, EngineFault

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class _Parser(ArgumentParser):
    """A parser that raises a sentence instead of printing its usage and leaving."""

    def error(self, message: str) -> NoReturn:
        text = f"{message[:1].upper()}{message[1:].rstrip('.')}; see {self.prog} --help."
        raise BadArgument(text, where="argument")


def all_verbs() -> dict[str, Verb]:
    """Every verb by name, in the order of the overview."""
    from bridge.cli import (
        demo,
        devices,
        engines,
        fetching,
        health,
        jobs,
        live,
        midi,
        osc,
        play,
        run,
        settings,
        show,
        takes,
        training,
    )

    modules = (
        run,
        jobs,
        demo,
        show,
        takes,
        midi,
        play,
        training,
        engines,
        fetching,
        devices,
        settings,
        health,
        live,
        osc,
    )
    return {verb.name: verb for module in modules for verb in module.verbs()}


def run_words(words: Sequence[str]) -> int:
    """Run a command line and give its exit code.

    Raises:
        SystemExit: after `--help`.
        Exception: only for a fault of nextbar's own.
    """
    as_json = "--json" in words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console that lacks a sign gets a ?
            stream.reconfigure(errors="replace")
    try:
        return _dispatch(list(words))
    except KeyboardInterrupt:
        print("nextbar: stopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except NextbarError as error:
        if error.code == EngineFault.code and error.__cause__:
            _write_down(error)
        say_error(error, as_json=as_json)
        return USAGE if isinstance(error, BadArgument) else FAILED


def _dispatch(words: list[str]) -> int:
    verbs = all_verbs()
    if words[:1] == ["help"] and len(words) > 1:
        words = [*words[1:], "--help"]
    if words[:1] in (["-h"], ["--help"], ["help"]):
        say(overview(verbs))
        return DONE
    if words[:1] == ["--version"]:
        say_json({"version": __version__})  # alone it was answered before
        return DONE
    if not words or words[0].startswith("-"):
        words = ["run", *words]
    if words[1:] in (["-h"], ["--help"]) and (group := _below(verbs, words[0])):
        say(overview(group))
        return DONE
    verb, rest = _find(verbs, words)
    return verb.run(parse(verb, rest))


def _find(verbs: Mapping[str, Verb], words: list[str]) -> tuple[Verb, list[str]]:
    """The verb that the first word or two name, and the words after it."""
    for count in (2, 1):
        verb = verbs.get(" ".join(words[:count]))
        if verb and len(words) >= count:
            return verb, words[count:]
    below = _below(verbs, words[0])
    if below:
        ways = (f"nextbar {name} ({_uncapped(verb.doc)})" for name, verb in below.items())
        raise BadArgument(f"Say which: {', '.join(ways)}.")
    near = get_close_matches(words[0], {name.split()[0] for name in verbs}, n=1)
    hint = f"did you mean {near[0]}?" if near else "nextbar --help lists what there is."
    raise BadArgument(f"There is no verb {words[0]:.40}; {hint}", where="verb")


def _below(verbs: Mapping[str, Verb], word: str) -> dict[str, Verb]:
    """The verbs of two words that begin with this one, unless it is a verb itself."""
    if word in verbs:
        return {}
    return {name: verb for name, verb in verbs.items() if name.startswith(word + " ")}


def _uncapped(sentence: str) -> str:
    """A sentence as a part of another."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def parse(verb: Verb, words: Sequence[str]) -> Namespace:
    """The verb's arguments.

    Raises:
        BadArgument: they don't fit; the message names the flag.
    """
    parser = parser_of(verb)
    # Flags and files may be mixed freely, as in `in.mid -o out.mid more.mid`.
    return parser.parse_intermixed_args(words)


def parser_of(verb: Verb) -> ArgumentParser:
    """The parser of one verb, complete with help."""
    parser = _Parser(
        prog=f"nextbar {verb.name}",
        description=verb.doc,
        epilog=f"example:\n  {verb.example}",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verb.arguments(parser)
    return parser


def overview(verbs: Mapping[str, Verb]) -> str:
    """What `nextbar --help` prints."""
    lines = ["usage: nextbar [verb] [arguments]; without a verb the daemon runs", ""]
    for group in dict.fromkeys(verb.group for verb in verbs.values()):
        lines.append(f"{group}:")
        members = [verb for verb in verbs.values() if verb.group == group]
        lines += [f"  {verb.name:18} {verb.doc}" for verb in members]
        lines.append("")
    lines.append("`nextbar VERB --help` has every flag and an example; `nextbar --version`.")
    return "\n".join(lines)


def report_fault(words: Sequence[str], error: Exception) -> int:
    """Tell our own fault in one sentence; the traceback goes to a file for the bug report."""
    brief, place = f"{type(error).__name__}: {error}"[:200], _write_down(error)
    fault = NextbarError(f"This is a fault of nextbar's own ({brief}); {place} has the details.")
    say_error(fault, as_json="--json" in words)
    return FAILED


def _write_down(error: Exception) -> Path:
    """Add a traceback to the log of the command line; gives its place."""
    place = paths.log_folder() / "command-line.log"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a", encoding="utf-8") as log:
            traceback.print_exception(error, file=log)
    except OSError:
        return paths.log_folder()
    return place
