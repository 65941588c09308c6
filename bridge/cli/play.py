# SPDX-License-Identifier: Apache-2.0
"""`play`: a MIDI file or a take, on a MIDI port, in time."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from bridge.cli.midi_ports import GROUP, add_api, opened
from bridge.cli.verb import Verb
from models.param import Param

if TYPE_CHECKING:
    from bridge.doors.midi.playback import Wish
    from models.midi import Song

_TEMPO = Param("tempo", "float", None, "Tempo.", 5, 1000, unit="bpm")
_START = Param("start", "float", None, "Where to begin.", -64, 1_000_000, unit="beats")
_CHANNEL = Param("channel", "int", None, "Channel.", 1, 16)
_WAIT = Param("wait", "float", 0.0, "Before it begins.", 0, 3600, unit="seconds")


def verbs() -> tuple[Verb, ...]:
    """The verb `play`."""
    return (
        Verb(
            "play",
            "Play a MIDI file or a take on a MIDI port.",
            "nextbar play t12 --to Synth",
            play,
            _arguments,
            GROUP,
        ),
    )


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="FILE|TAKE", help="a MIDI file, or a take such as t12")
    parser.add_argument("--to", default="", metavar="PORT", help="or a part of its name")
    parser.add_argument("--tempo", metavar="BPM", help="instead of its own")
    parser.add_argument("--start", metavar="BEATS", help="where to begin")
    parser.add_argument("--channel", metavar="1-16", help="for everything; else each part's own")
    parser.add_argument("--programs", action="store_true", help="send its sounds too")
    parser.add_argument("--wait", default="0", metavar="SECONDS", help="before it begins")
    add_api(parser)


def play(args: Namespace) -> int:
    """Play a file or a take; Ctrl-C ends every note."""
    from bridge.cli.output import note, say
    from bridge.doors.midi.playback import check, play

    wish, wait_s = _wish(args), _WAIT.coerce(args.wait)
    song = _song(args.source)
    check(song, wish)
    outputs = (args.to,) if args.to else ()
    with opened(args.api, "nextbar-play", outputs=outputs) as ports:
        where = (
            args.to or f"{ports.facts()['output']}, to be connected by you (or name a port: --to)"
        )
        note(f"playing by {ports.api} on {where}; Ctrl-C stops.")
        time.sleep(wait_s)
        played = play(song, wish, ports)
    say(f"{played.notes} notes were played.")
    if played.held_up_s:
        note(f"this computer was busy and kept the music waiting for {played.held_up_s:.2f} s.")
    return 0


def _wish(args: Namespace) -> Wish:
    """How it shall be played.

    Raises:
        BadArgument: a tempo, a place or a channel is out of range.
    """
    from bridge.doors.midi.playback import Wish

    return Wish(
        0.0 if args.tempo is None else _TEMPO.coerce(args.tempo),
        None if args.start is None else _START.coerce(args.start),
        None if args.channel is None else _CHANNEL.coerce(args.channel) - 1,
        args.programs,
    )


def _song(source: str) -> Song:
    """The song of a file, or of a take where there is no such file.

    Raises:
        BadFile: there is neither, or the file can't be read.
    """
    from models.midi import song_of_answer

    if os.path.exists(source) or source == "-":
        from bridge.cli.sources import read_source

        return read_source(source).song
    from bridge.cli.takes import load_take
    from bridge.errors import UnknownTake
    from models.errors import BadFile

    try:
        take = load_take(source)
    except UnknownTake as error:
        text = f"There is no file {source} and no take of that name; see `nextbar takes list`."
        raise BadFile(text, where="source") from error
    request = take.request
    return song_of_answer(take.parts, request.command, str(request.args.get("role", "")))
