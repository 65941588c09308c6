# SPDX-License-Identifier: Apache-2.0
"""`takes ...`: what was made before: list it, draw it, write it out, make it again, delete it."""

from __future__ import annotations

import os
import random
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.cli.verb import Verb, add_json
from models.param import Param

if TYPE_CHECKING:
    from bridge.core.prepare import Prepared
    from bridge.takes import Take, TakeStore
    from models.audio.clip import AudioFile
    from models.clip import Clip
    from models.engine import Request

GROUP = "Takes: everything that was made is kept"


def verbs() -> tuple[Verb, ...]:
    """The verbs about takes."""
    return (
        _verb("list", "The newest takes.", "--limit 50", list_takes, _list_arguments),
        _verb("show", "Draw a take and say how it was made.", "t12", show, _show_arguments),
        _verb(
            "export",
            "Write a take as a MIDI file, or as WAV where it is sound.",
            "t12 -o out.mid",
            export,
            _file_arguments,
        ),
        _verb(
            "replay",
            "Make a take again with its seed: the same notes.",
            "t12 -o again.mid",
            replay,
            _file_arguments,
        ),
        _verb("keep", "Exempt a take from the retention limit.", "t12", keep, _keep_arguments),
        _verb("forget", "Delete takes.", "t12 t13", forget, _forget_arguments),
    )


def _verb(
    name: str,
    doc: str,
    example: str,
    run: Callable[[Namespace], int],
    arguments: Callable[[ArgumentParser], None],
) -> Verb:
    return Verb(f"takes {name}", doc, f"nextbar takes {name} {example}", run, arguments, GROUP)


def _list_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", default="20", help="how many; default 20")
    add_json(parser)


def _add_take(parser: ArgumentParser) -> None:
    parser.add_argument("take", help="name of the take, such as t12")
    add_json(parser)


def _show_arguments(parser: ArgumentParser) -> None:
    _add_take(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="a .png or .svg file to draw into")


def _file_arguments(parser: ArgumentParser) -> None:
    _add_take(parser)
    parser.add_argument("-o", "--output", default="", metavar="FILE", help="default: t12.mid")


def _keep_arguments(parser: ArgumentParser) -> None:
    _add_take(parser)
    parser.add_argument("--off", action="store_true", help="lift the exemption")


def _forget_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("takes", nargs="+", metavar="take", help="names of takes")
    add_json(parser)


@contextmanager
def _store() -> Iterator[TakeStore]:
    from bridge.cli.keeping import open_store
    from bridge.config import load_settings

    with open_store(load_settings({}, os.environ)) as store:
        yield store


def load_take(name: str) -> Take:
    """One take, whole.

    Raises:
        UnknownTake: there is none of that name.
    """
    with _store() as store:
        return store.load(name)


def list_takes(args: Namespace) -> int:
    """Print the newest takes, newest first."""
    from bridge.cli.output import say_json, say_table

    limit = Param("limit", "int", 20, "How many.", 1, 1_000_000).coerce(args.limit)
    with _store() as store:
        found = store.list(limit)
    if args.json:
        say_json([summary.to_data() for summary in found])
        return 0
    columns = ("take", "made", "command", "engine", "seed", "notes", "source", "kept")
    rows = [
        (s.id, _brief(s.created), s.command, s.engine, s.seed, s.notes, s.name, _yes(s.kept))
        for s in found
    ]
    say_table(columns, rows)
    return 0


def _brief(created: str) -> str:
    """2026-01-31 18:05 of the full time, as it is in this time zone."""
    return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")


def _yes(value: bool) -> str:
    return "yes" if value else ""


def show(args: Namespace) -> int:
    """Draw one take; with JSON everything that is kept of it."""
    from bridge.cli import drawing
    from bridge.cli.output import say, say_json

    take = load_take(args.take)
    if args.json:
        say_json(take.data)
        return 0
    from bridge.pictures import Panel

    summary, request = take.summary, take.request
    panels = [Panel(part.name or take.summary.id, part) for part in take.parts]
    if take.file:
        _show_sound(take.file, args.output)
    elif args.output:
        drawing.save(panels, args.output)
    else:
        drawing.show(panels)
    settings = ", ".join(f"{name} {value}" for name, value in request.args.items() if value)
    say(f"{summary.id}: {summary.command} by {summary.engine}, seed {summary.seed}, {settings}")
    return 0


def _show_sound(file: AudioFile, output: str) -> None:
    import sys

    from bridge.cli import waves

    if output:
        waves.save_waves((file,), output)
    else:
        waves.show_waves((file,), sys.stdout)


def export(args: Namespace) -> int:
    """Write one take as MIDI, or as WAV where it is sound."""
    take = load_take(args.take)
    files = [_copy(take.file.path, args)] if take.file else _write(take.request, take.parts, args)
    _tell({"take": args.take, "files": files}, args, " ".join(files))
    return 0


def replay(args: Namespace) -> int:
    """Run a take's request again, and say whether the notes are the same."""
    from bridge.cli.answer import answer_all
    from bridge.cli.keeping import keep_takes
    from bridge.cli.questions import Question
    from bridge.config import load_settings
    from bridge.core.again import again
    from models.registry import listings

    take, settings = load_take(args.take), load_settings({}, os.environ)
    ready = again(take, engines=listings(settings.engines), rng=random.Random())
    request, summary = ready.request, take.summary
    if take.file:
        return _replay_sound(take, ready, args)
    outcome = answer_all("replay", (Question(request.clips),), (ready,))
    answers = outcome.results[0].answers
    parts = answers[min(summary.rank, len(answers) - 1)].parts
    files = _write(request, parts, args)
    names = keep_takes(settings, ready, outcome.results[0], parents=(summary.id,))
    same = parts == take.parts
    verdict = "the same notes" if same else "other notes: the engine has changed since"
    report = {"take": args.take, "files": files, "same": same, "takes": list(names)}
    _tell(report, args, f"{' '.join(files)}: {verdict}")
    return 0


def _replay_sound(take: Take, ready: Prepared, args: Namespace) -> int:
    from bridge.cli.audio import made
    from bridge.config import load_settings

    assert take.file
    parents = (take.summary.id,)
    before = _bytes(take.file.path)
    with made(ready, load_settings({}, os.environ), parents) as making:
        files = making.result.answers
        again = files[min(take.summary.rank, len(files) - 1)].file
        assert again
        same = _bytes(again.path) == before
        output = _copy(again.path, args)
        names = making.keep()
    verdict = "the same sound" if same else "other sound: engine or device have changed since"
    report = {"take": args.take, "files": [output], "same": same, "takes": list(names)}
    _tell(report, args, f"{output}: {verdict}")
    return 0


def _bytes(path: str) -> bytes:
    from pathlib import Path

    from models.errors import BadFile

    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadFile(f"{path} can't be read: {error.strerror}.", where="take") from error


def _copy(path: str, args: Namespace) -> str:
    from bridge.cli.outputs import choose_output, write_bytes

    output = choose_output(args.output or f"{args.take}.wav", "audio", (), (".wav",))
    write_bytes(_bytes(path), output)
    return output


def keep(args: Namespace) -> int:
    """Exempt a take, or lift the exemption."""
    with _store() as store:
        store.mark(args.take, keep=not args.off)
    verdict = "may go when there are too many" if args.off else "stays until you forget it"
    _tell({"take": args.take, "kept": not args.off}, args, f"{args.take} {verdict}")
    return 0


def forget(args: Namespace) -> int:
    """Delete takes."""
    with _store() as store:
        for name in args.takes:
            store.forget(name)
    _tell({"forgotten": args.takes}, args, f"forgotten: {', '.join(args.takes)}")
    return 0


def _write(request: Request, parts: Sequence[Clip], args: Namespace) -> list[str]:
    """The parts in one file, or for interpolate each step in its own."""
    from bridge.cli.outputs import choose_output, numbered, write_song
    from bridge.core.commands import COMMANDS
    from models.midi import song_of, song_of_answer

    command, role = request.command, request.args.get("role") or ""
    output = choose_output(args.output or f"{args.take}.mid", command, ())
    if COMMANDS[command].parts != "step":
        write_song(song_of_answer(parts, command, role), output)
        return [output]
    files = [numbered(output, [step]) for step in range(1, len(parts) + 1)]
    for name, part in zip(files, parts, strict=True):
        write_song(song_of((part,)), name)
    return files


def _tell(report: dict[str, object], args: Namespace, line: str) -> None:
    from bridge.cli.output import say, say_json

    if args.json:
        say_json(report)
    elif getattr(args, "output", "") != "-":
        say(line)
