# SPDX-License-Identifier: Apache-2.0
"""`show`: a MIDI file as a piano roll, or as the JSON that programs send."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bridge.cli.verb import Verb, add_json


def verbs() -> tuple[Verb, ...]:
    """The verb `show`."""
    return (
        Verb(
            "show",
            "Draw a MIDI file as a piano roll.",
            "nextbar show clip.mid -o roll.png",
            show,
            _arguments,
            "Make music from files",
        ),
    )


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("input", metavar="FILE", help="a MIDI file; - for stdin")
    parser.add_argument("-o", "--output", metavar="FILE", help="a .png or .svg file to draw into")
    parser.add_argument("--track", default="", metavar="N|NAME", help="only these tracks: 1,3")
    add_json(parser)


def show(args: Namespace) -> int:
    """Draw the file, or print its clips."""
    from bridge.cli import drawing
    from bridge.cli.output import say, say_json
    from bridge.cli.sources import label, read_source

    source = read_source(args.input, args.track)
    if args.json:
        from models.wire import clip_to_data

        say_json({"clips": [clip_to_data(clip) for clip in source.clips]})
        return 0
    from bridge.pictures import Panel

    titled = zip(source.tracks, source.clips, strict=True)
    panels = [Panel(f"{index + 1} {label(clip, index)}", clip) for index, clip in titled]
    if args.output:
        drawing.save(panels, args.output)
        say(args.output)
    else:
        drawing.show(panels)
    return 0
