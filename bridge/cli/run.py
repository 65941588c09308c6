# SPDX-License-Identifier: Apache-2.0
"""`run`: starts the daemon. Every setting is a flag here."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bridge.cli.output import say
from bridge.cli.verb import Verb
from bridge.settings import engines_doc, keys
from models.param import Param


def verbs() -> tuple[Verb, ...]:
    """The verb `run`."""
    return (
        Verb(
            "run",
            "Run the daemon that the devices talk to; also what nextbar does without a verb.",
            "nextbar run --osc-port 9311",
            run,
            _arguments,
            "Run",
        ),
    )


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="another configuration file")
    for param in keys():
        _add_setting(parser, param)
    parser.add_argument("--engines", metavar="PLACE[=PYTHON],...", help=engines_doc())


def _add_setting(parser: ArgumentParser, param: Param) -> None:
    flag = "--" + param.name.replace("_", "-")
    if param.kind == "bool":
        parser.add_argument(flag, nargs="?", const="true", metavar="BOOL", help=param.doc)
        return
    default = f"; default {param.default}" if param.default != "" else ""
    about = f"{param.doc} ({param.allowed()}{default})".replace("%", "%%")
    parser.add_argument(flag, metavar=param.kind.upper(), help=about)


def run(args: Namespace) -> int:
    """Start the daemon and stay until it is stopped."""
    from bridge.config import load_settings

    flags = {name: value for name, value in vars(args).items() if name != "config"}
    for param in keys():  # here a wrong value is wrong usage, not a wrong configuration
        if flags[param.name] is not None:
            param.coerce(flags[param.name])
    settings = load_settings(flags, os.environ, args.config)
    from bridge.app import run as run_daemon

    return run_daemon(settings, announce=say)
