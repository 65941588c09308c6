# SPDX-License-Identifier: Apache-2.0
"""Runs a job of the command table on files: read, ask, keep, write, tell."""

from __future__ import annotations

import os
import random
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge import offline
from bridge.cli.jobs import params_of
from bridge.cli.keeping import keep_takes
from bridge.cli.output import counted, note, say, say_json
from bridge.cli.outputs import STDOUT, choose_output, numbered, protect, write_song
from bridge.cli.progress import Bar
from bridge.cli.questions import Question, questions, songs
from bridge.cli.sources import Source, read_source
from bridge.config import Settings, load_settings
from bridge.core.commands import Command
from bridge.core.prepare import FILES, Prepared, prepare
from models.engine import Answer, Progress, Result
from models.errors import BadArgument, EngineFault, NextbarError
from models.midi import Song
from models.places import expanded
from models.registry import listings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job."""

    asked: tuple[Question, ...]
    prepared: tuple[Prepared, ...]
    results: tuple[Result, ...]
    elapsed_ms: float

    @property
    def takes(self) -> tuple[tuple[Answer, ...], ...]:
        """For each take one answer to each question."""
        return tuple(zip(*(result.answers for result in self.results), strict=False))


def run_job(command: Command, args: Namespace) -> int:
    """Do what a job verb says."""
    settings = load_settings({}, os.environ)
    inputs = list(getattr(args, "inputs", []))
    _check_inputs(command, inputs, args)
    given = given_values(command, args)
    sources = [read_source(path, args.track) for path in inputs]
    asked = questions(command.name, sources, given.get("voices", ""))
    prepared = prepare_all(command, asked, given, settings)
    output = _output(command, args, inputs)
    protect(_expected(output, prepared[0]), inputs)
    outcome = answer_all(command.name, asked, prepared)
    files = write_takes(command, sources, outcome, output, inputs)
    report = _report(command, outcome, files, _keep(settings, outcome))
    _tell(report, args, output)
    _draw(command, args, outcome, output)
    return 0


def given_values(command: Command, args: Namespace) -> dict[str, Any]:
    """The parameters that were given, by name."""
    values = {param.name: getattr(args, param.name) for param in params_of(command)}
    given = {name: value for name, value in values.items() if value is not None}
    for item in args.own:
        name, equals, value = item.partition("=")
        if not equals:
            raise BadArgument(f"--set wants NAME=VALUE, not {item:.60}.", where="set")
        given[name.strip().replace("-", "_")] = value.strip()
    for name in FILES:  # whole, since a command may be answered elsewhere
        if given.get(name):
            given[name] = str(expanded(given[name], name).absolute())
    return given


def prepare_all(
    command: Command, asked: Sequence[Question], given: Mapping[str, Any], settings: Settings
) -> tuple[Prepared, ...]:
    """Every question checked, all with the same seed."""
    engines = listings(settings.engines)
    rng = random.Random()
    prepared: list[Prepared] = []
    for question in asked:
        seed = {"seed": prepared[0].request.seed} if prepared else {}
        values = {**given, **seed}
        prepared.append(prepare(command, question.clips, values, engines=engines, rng=rng))
    return tuple(prepared)


def answer_all(title: str, asked: Sequence[Question], prepared: Sequence[Prepared]) -> Outcome:
    """Run every question, with a bar for those who wait.

    Raises:
        NextbarError: one could not be answered; the message names its track.
    """
    begun = time.perf_counter()
    results: list[Result] = []
    with Bar(title) as bar:
        for question, ready in zip(asked, prepared, strict=True):
            try:
                results.append(_answer(ready, bar, len(results), len(asked)))
            except NextbarError as error:
                if len(asked) > 1:
                    error.message = f"{question.label}: {error.message}"
                raise
    elapsed_ms = (time.perf_counter() - begun) * 1000
    return Outcome(tuple(asked), tuple(prepared), tuple(results), elapsed_ms)


def _answer(ready: Prepared, bar: Bar, before: int, count: int) -> Result:
    for event in offline.run(ready):
        if isinstance(event, Progress):
            bar.show((before + event.fraction) / count, event.stage)
        elif isinstance(event, Result):
            return event
    raise EngineFault("The engine ended without a result; nothing was written.", where="engine")


def write_takes(
    command: Command,
    sources: Sequence[Source],
    outcome: Outcome,
    output: str,
    inputs: Sequence[str],
) -> tuple[str, ...]:
    """Write every take; gives the files' names."""
    settings = outcome.prepared[0].request.args
    joined, role = bool(settings.get("join")), settings.get("role") or ""
    takes = [
        songs(command.name, sources, outcome.asked, answers, joined=joined, role=role)
        for answers in outcome.takes
    ]
    files = _named(takes, output, many=outcome.prepared[0].request.takes > 1)
    protect(list(files), inputs)
    for name, song in files.items():
        write_song(song, name)
    return tuple(files)


def _named(takes: Sequence[Sequence[Song]], output: str, *, many: bool) -> dict[str, Song]:
    """Each song under its name: numbered where there are several takes or steps."""
    named = {}
    for take, steps in enumerate(takes, 1):
        for step, song in enumerate(steps, 1):
            numbers = ([take] if many else []) + ([step] if len(steps) > 1 else [])
            named[numbered(output, numbers)] = song
    return named


def _expected(output: str, ready: Prepared) -> list[str]:
    """The names that the results will have, before the work begins."""
    takes = range(1, ready.request.takes + 1) if ready.request.takes > 1 else (0,)
    args = ready.request.args
    steps = range(1, 0 if args.get("join") else args.get("steps", 0) + 1) or (0,)
    return [
        numbered(output, [number for number in (take, step) if number])
        for take in takes
        for step in steps
    ]


def _check_inputs(command: Command, inputs: Sequence[str], args: Namespace) -> None:
    fewest, most = command.clips
    if not fewest <= len(inputs) <= most:
        limit = most if len(inputs) > most else fewest
        bound = "" if fewest == most else "at most " if limit == most else "at least "
        raise BadArgument(
            f"{command.name} takes {bound}{counted(limit, 'file')}, not {len(inputs)}.",
            where="inputs",
        )
    if inputs.count(STDOUT) > 1:
        raise BadArgument("Standard input can be read only once.", where="inputs")
    to_stdout = args.output == STDOUT or (not args.output and inputs[:1] == [STDOUT])
    if not to_stdout:
        return
    if sys.stdout.isatty():
        raise BadArgument(
            "Standard output is a terminal, and MIDI is not for reading: use -o FILE.",
            where="output",
        )
    if args.json:
        raise BadArgument("--json needs a file to write to: name one with -o.", where="output")
    steps = command.parts == "step" and not args.join
    several = args.takes not in {None, "1"} or steps
    if several:
        raise BadArgument("Several results can't go to standard output: use -o.", where="output")


def _output(command: Command, args: Namespace, inputs: Sequence[str]) -> str:
    if command.parts == "audio":
        return choose_output(args.output, command.name, inputs, (".wav",))
    return choose_output(args.output, command.name, list(inputs))


def _keep(settings: Settings, outcome: Outcome) -> tuple[str, ...]:
    """The names under which the takes are kept; a full disk does not cost the result."""
    names: list[str] = []
    try:
        for ready, result in zip(outcome.prepared, outcome.results, strict=True):
            names += keep_takes(settings, ready, result)
    except NextbarError as error:
        note(f"The result is written, but not kept as a take: {error.message}")
    return tuple(names)


def _report(
    command: Command, outcome: Outcome, files: Sequence[str], kept: Sequence[str]
) -> dict[str, Any]:
    first = [answer for answers in outcome.takes[:1] for answer in answers]
    clips = [part for answer in first for part in answer.parts]
    return {
        "command": command.name,
        "files": list(files),
        "takes": list(kept),
        "seed": outcome.prepared[0].request.seed,
        "engine": outcome.prepared[0].engine.info.name,
        "bars": max((len(list(clip.bars())) for clip in clips), default=0),
        "notes": sum(note.origin != "kept" for clip in clips for note in clip.notes),
        "ms": round(outcome.elapsed_ms, 1),
        "stats": [dict(result.stats) for result in outcome.results],
        "degraded": list(dict.fromkeys(d for r in outcome.results for d in r.degraded)),
    }


def _tell(report: Mapping[str, Any], args: Namespace, output: str) -> None:
    if args.json:
        say_json(report)
        return
    files = _named_briefly(report["files"])
    line = (
        f"{files}: {counted(report['bars'], 'bar')}, "
        f"{counted(report['notes'], 'new or edited note')}, "
        f"seed {report['seed']}, {report['engine']}, {report['ms']:.0f} ms"
    )
    (note if output == STDOUT else say)(line)
    for step in report["degraded"]:
        note(step)


def _named_briefly(files: Sequence[str]) -> str:
    if list(files) == [STDOUT]:
        return "standard output"
    return " ".join(files) if len(files) <= 4 else f"{files[0]} ... {files[-1]}"


def _draw(command: Command, args: Namespace, outcome: Outcome, output: str) -> None:
    if not (args.show or args.picture):
        return
    from bridge.cli import drawing

    panels = drawing.panels_of(command.name, outcome.asked, outcome.takes)
    if args.picture:
        drawing.save(panels, args.picture)
    if args.show:
        to_stderr = args.json or output == STDOUT
        drawing.show(panels, sys.stderr if to_stderr else None)
