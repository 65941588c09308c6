# SPDX-License-Identifier: Apache-2.0
"""`demo`: the first thing to try: a built-in melody, continued, with a bass line under it."""

from __future__ import annotations

import random
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge.cli.verb import Verb, add_json

if TYPE_CHECKING:
    from models.clip import Clip

BARS = 4
SEED = 1
PIANO, BASS = 4, 33  # General MIDI: electric piano, fingered bass


def verbs() -> tuple[Verb, ...]:
    """The verb `demo`."""
    return (
        Verb(
            "demo",
            "Continue a built-in melody and put a bass under it: a file, pictures, the terminal.",
            "nextbar demo -o FOLDER",
            demo,
            _arguments,
            "Run",
        ),
    )


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("-o", "--output", default=".", metavar="FOLDER", help="where to write")
    parser.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}")
    add_json(parser)


def demo(args: Namespace) -> int:
    """Make the demo and say what to try next."""
    from bridge.cli import drawing
    from bridge.cli.output import say, say_json
    from bridge.cli.outputs import write_song
    from bridge.pictures import Panel
    from models.examples import melody
    from models.midi import Part, Song

    source = melody()
    wanted = {"bars": BARS, "seed": args.seed, "join": True}
    whole, writer = _ask("continue", source, wanted)
    under, player = _ask("accompany", whole, {"role": "bass", "seed": args.seed})
    bass = replace(under, name="Bass")
    seam = drawing.seam_beats(source)
    panels = (Panel("melody, continued", whole, (seam,)), Panel("bass", bass, (seam,)))
    files = _files(args.output)
    write_song(Song((Part(whole, 0, PIANO), Part(bass, 1, BASS))), files[0])
    for picture in files[1:]:
        drawing.save(panels, picture)
    if args.json:
        say_json({"files": files, "seed": args.seed, "notes": len(whole.notes) + len(bass.notes)})
        return 0
    drawing.show(panels)
    say(f"{files[0]}: a melody, {BARS} new bars by {writer} after it, and a bass line by {player}.")
    say(f"The same as pictures: {files[1]} and {files[2]}.")
    say(f"Try next: nextbar continue {files[0]} --takes 4, or a clip of your own; nextbar run.")
    return 0


def _ask(command: str, clip: Clip, given: Mapping[str, Any]) -> tuple[Clip, str]:
    """The answer, and the name of the engine that gave it."""
    from bridge.cli.answer import answer_all
    from bridge.cli.questions import Question
    from bridge.core.prepare import find_command, prepare
    from models.registry import listings

    ready = prepare(
        find_command(command), (clip,), given, engines=listings(), rng=random.Random(SEED)
    )
    outcome = answer_all(command, (Question((clip,)),), (ready,))
    return outcome.takes[0][0].parts[0], ready.engine.info.name


def _files(folder: str) -> list[str]:
    """The three files; the folder is made when it is missing.

    Raises:
        BadFile: it can't be made.
    """
    from models.errors import BadFile

    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "the system refuses"
        raise BadFile(f"{folder} can't be made: {reason}.", where=folder) from error
    return [str(place / f"nextbar-demo{suffix}") for suffix in (".mid", ".png", ".svg")]
