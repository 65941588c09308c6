# SPDX-License-Identifier: Apache-2.0
"""Runs the job `audio` on files: read, ask, keep, write WAV, tell, draw."""

from __future__ import annotations

import os
import random
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge import offline
from bridge.cli.answer import given_values
from bridge.cli.keeping import keep_takes, open_store
from bridge.cli.output import counted, note, say, say_json
from bridge.cli.outputs import (
    MIDI_SUFFIXES,
    STDOUT,
    check_folder,
    choose_output,
    numbered,
    protect,
    write_bytes,
)
from bridge.cli.progress import Bar
from bridge.cli.questions import questions
from bridge.cli.sources import read_source
from bridge.config import Settings, load_settings
from bridge.core.commands import Command
from bridge.core.playing import played
from bridge.core.prepare import FILES, Prepared, prepare
from models.audio.clip import AudioFile
from models.engine import AudioPartial, EngineEvent, Progress, Result
from models.errors import BadArgument, EngineFault, NextbarError
from models.registry import listings
from models.wire.audio import audio_partial_to_data

_TOLD = ("bars", "seconds", "tempo_bpm", "metre", "sample_rate_hz", "channels", "licence")


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for."""

    prepared: Prepared
    output: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Making:
    """A finished run whose files still lie among the drafts."""

    result: Result
    prepared: Prepared
    settings: Settings
    parents: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[AudioFile, ...]:
        """The takes, best first."""
        return tuple(answer.file for answer in self.result.answers if answer.file)

    def keep(self) -> tuple[str, ...]:
        """Keep the takes, which moves their files; a full disk does not cost the result."""
        try:
            return keep_takes(self.settings, self.prepared, self.result, self.parents)
        except NextbarError as error:
            note(f"The result is written, but not kept as a take: {error.message}")
            return ()


def _dropped(event: AudioPartial) -> None:
    """Sound that nobody listens to."""


@contextmanager
def made(
    prepared: Prepared, settings: Settings, parents: tuple[str, ...] = (), listen: str = ""
) -> Iterator[Making]:
    """Run a request; while the context is open its files lie among the drafts.

    Args:
        prepared: the request and its engine.
        settings: name the takes folder and the device for models.
        parents: takes that it is made from.
        listen: the audio output that plays the first take; empty for none.
    """
    drafts = f"cli-{os.getpid()}"
    with open_store(settings) as store:
        try:
            events = offline.run(prepared, str(store.drafts(drafts)), settings.device)
            result = _heard(events, prepared, listen) if listen else _answer(events)
            yield Making(result, prepared, settings, parents)
        finally:
            store.discard(drafts)


def run_audio(command: Command, args: Namespace) -> int:
    """Do what `nextbar audio` says."""
    settings = load_settings({}, os.environ)
    order = _order(command, args, settings)
    begun = time.perf_counter()
    with made(order.prepared, settings, listen=args.audio_out) as making:
        names = order.names[: len(making.files)]
        _write(making, names)
        _draw(args, making.files, order.output)
        kept = making.keep()
    elapsed_ms = round((time.perf_counter() - begun) * 1000, 1)
    _tell(args, order, making, {"files": list(names), "takes": list(kept), "ms": elapsed_ms})
    return 0


def _write(making: Making, names: Sequence[str]) -> None:
    """Write the takes under their names; where that fails they are kept all the same.

    Raises:
        BadFile: a file can't be written.
    """
    try:
        for file, name in zip(making.files, names, strict=True):
            write_bytes(Path(file.path).read_bytes(), name)
    except NextbarError:
        if kept := making.keep():
            note(f"The sound is kept: `nextbar takes export {kept[0]} -o FILE` writes it.")
        raise


def _order(command: Command, args: Namespace, settings: Settings) -> Order:
    """The request, checked, and where its takes shall go."""
    given = given_values(command, args)
    clips = [*args.inputs, *_melody_clip(given)]
    sounds = [given[name] for name in FILES if given.get(name)]
    sources = [read_source(path, args.track) for path in clips]
    asked = questions(command.name, sources)[0].clips
    engines, rng = listings(settings.engines), random.Random()
    given["play"] = bool(args.audio_out)
    prepared = prepare(command, asked, given, engines=engines, rng=rng)
    takes = prepared.request.takes
    output = choose_output(args.output, command.name, clips, (".wav",))
    check_folder(output)
    _check_stdout(args, output, takes)
    names = [numbered(output, [n] if takes > 1 else []) for n in range(1, takes + 1)]
    protect(names, [*clips, *sounds])
    return Order(prepared, output, tuple(names))


def _melody_clip(given: dict[str, Any]) -> list[str]:
    """A melody that is a MIDI file is a clip, not a sound."""
    melody = str(given.get("melody_file", ""))
    if Path(melody).suffix.lower() not in MIDI_SUFFIXES:
        return []
    return [str(given.pop("melody_file"))]


def _check_stdout(args: Namespace, output: str, takes: int) -> None:
    if output != STDOUT:
        return
    if sys.stdout.isatty():
        raise BadArgument(
            "Standard output is a terminal, and sound is not for reading: use -o FILE.",
            where="output",
        )
    if args.json or takes > 1:
        raise BadArgument("Several takes and --json need a file: name one with -o.", where="output")


def _answer(
    events: Iterator[EngineEvent], sound: Callable[[AudioPartial], None] = _dropped
) -> Result:
    """The result, with a bar for those who wait."""
    with Bar("audio") as bar:
        for event in events:
            if isinstance(event, Progress):
                bar.show(event.fraction, event.stage)
            elif isinstance(event, AudioPartial):
                sound(event)
            elif isinstance(event, Result):
                return event
    raise EngineFault("The engine ended without a result; nothing was written.", where="engine")


def _heard(events: Iterator[EngineEvent], prepared: Prepared, device: str) -> Result:
    """The result, with its first take played while it is made, and to its end."""
    from bridge.sound.speaker import Speaker

    with Speaker(device) as speaker:

        def send(event: AudioPartial) -> None:
            for play in played("job", prepared.request, audio_partial_to_data(event)):
                speaker.send(play.frame)

        result = _answer(events, send)
        speaker.send({"do": "end", "job": "job"})
        told = speaker.wait()
    if not told:
        note(
            f"The audio output {device} ended before the take did; the sound is made all the same."
        )
    if told.get("underruns"):
        note(f"It was made at {told['speed']:g} times its own speed, so playing had to pause.")
    return result


def _tell(args: Namespace, order: Order, making: Making, report: Mapping[str, Any]) -> None:
    files, result, prepared = making.files, making.result, order.prepared
    first, seed, engine = files[0], prepared.request.seed, prepared.engine.info.name
    if args.json:
        say_json(
            {
                "command": "audio",
                **report,
                "seed": seed,
                "engine": engine,
                **{name: getattr(first, name) for name in _TOLD},
                "found_tempo_bpm": [file.found_tempo_bpm for file in files],
                "stats": dict(result.stats),
                "degraded": list(result.degraded),
            }
        )
        return
    bars = counted(first.bars, "bar")
    line = (
        f"{' '.join(report['files'])}: {bars} of {first.metre} at "
        f"{first.tempo_bpm:g} bpm, {first.seconds:.3f} s, seed {seed}, {engine}, "
        f"{report['ms']:.0f} ms"
    )
    (note if order.output == STDOUT else say)(line)
    for told in (*result.degraded, *([f"licence: {first.licence}"] if first.licence else [])):
        note(told)


def _draw(args: Namespace, files: Sequence[AudioFile], output: str) -> None:
    if args.picture:
        from bridge.cli.waves import save_waves

        save_waves(files, args.picture)
    if args.show:
        from bridge.cli.waves import show_waves

        show_waves(files, sys.stderr if args.json or output == STDOUT else sys.stdout)
