# SPDX-License-Identifier: Apache-2.0
"""`live ...`: the Max for Live devices into Live's User Library, and whether all is well."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.cli.health import report
from bridge.cli.verb import Verb, add_json

if TYPE_CHECKING:
    from bridge.live import Found


def verbs() -> tuple[Verb, ...]:
    """The verbs for Ableton Live."""
    return (
        Verb(
            "live install",
            "Copy the Max for Live devices into Ableton Live's User Library.",
            "nextbar live install",
            install,
            _install_arguments,
        ),
        Verb(
            "live doctor",
            "Check that Live, the devices and the daemon find each other.",
            "nextbar live doctor",
            doctor,
            _doctor_arguments,
        ),
    )


def _install_arguments(parser: ArgumentParser) -> None:
    _add_folder(parser)
    parser.add_argument("--print", action="store_true", help="show what goes where, write nothing")


def _doctor_arguments(parser: ArgumentParser) -> None:
    _add_folder(parser)
    add_json(parser)


def _add_folder(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--folder", default="", metavar="PATH", help="the User Library, where it is not found"
    )


def _found() -> Found:
    from bridge.live import look_for_live

    return look_for_live(sys.platform, Path.home(), os.environ)


def install(args: Namespace) -> int:
    """Copy the devices, or show what would be copied where."""
    from bridge import live
    from bridge.cli.output import say

    if args.print:
        return _show(args)
    library = live.library_of(_found(), args.folder)
    changes = live.install(library)
    say(f"In {library / live.FOLDER}:")
    for name, change in changes.items():
        say(f"  {name}: {change}")
    if "updated" in changes.values():
        say("Live keeps a device that is on a track as it was: drag the new one in its place.")
    say("In Live's browser: User Library, nextbar. Then start the daemon: nextbar run")
    return 0


def _show(args: Namespace) -> int:
    """Print sources and destinations."""
    from importlib.resources import files

    from bridge import live
    from bridge.cli.output import say

    found = _found()
    library = live.library_of(found, args.folder) if args.folder else found.library
    say(f"From: {files('max_for_live') / 'devices'}")
    say(f"To:   {library / live.FOLDER}" if library else f"To:   the User Library, {live.FOLDER}")
    for name in live.shipped_devices():
        say(f"  {name}")
    say(f"  {live.PLACE_FILE}: {live.place_text().strip()}")
    return 0


def doctor(args: Namespace) -> int:
    """Print every check; 1 when one fails."""
    from bridge import live, live_checks

    found = _found()
    library = live.library_of(found, args.folder) if args.folder else found.library
    install = "nextbar live install" + (f' --folder "{library}"' if args.folder else "")
    checks = live_checks.examine(sys.platform, found, library, install)
    return report(checks, as_json=args.json)
