# SPDX-License-Identifier: Apache-2.0
"""`models list`, `models info` and `spaces`: which engines and drum spaces there are."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bridge.cli.verb import Verb, add_json

if TYPE_CHECKING:
    from models.registry import Listing


def verbs() -> tuple[Verb, ...]:
    """The verbs about engines."""
    return (
        Verb(
            "models list",
            "The engines, what each serves, and how to get those that are absent.",
            "nextbar models list --json",
            list_engines,
            add_json,
        ),
        Verb(
            "models info",
            "Everything one engine says of itself, with its own settings.",
            "nextbar models info motif",
            info,
            _info_arguments,
        ),
        Verb(
            "spaces",
            "The drum spaces that you trained, by the names that --space takes.",
            "nextbar spaces",
            list_spaces,
            add_json,
        ),
    )


def _info_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="name of the engine")
    add_json(parser)


def list_engines(args: Namespace) -> int:
    """Print the table of engines."""
    from bridge.cli.output import say_json, say_table

    engines = _listings()
    if args.json:
        say_json([_data(engine) for engine in engines])
        return 0
    rows = [
        (e.info.name, ", ".join(e.info.commands), e.install or "available", e.info.doc)
        for e in engines
    ]
    say_table(("engine", "commands", "state", "about"), rows)
    return 0


def info(args: Namespace) -> int:
    """Print one engine."""
    from bridge.cli.output import say_json, say_table
    from models.errors import NoEngine

    engines = _listings()
    found = next((e for e in engines if e.info.name == args.name), None)
    if found is None:
        known = ", ".join(e.info.name for e in engines)
        raise NoEngine(f"There is no engine {args.name:.40}; there are {known}.", where="name")
    data = _data(found)
    if args.json:
        say_json(data)
        return 0
    params = data.pop("params")
    rows = [(name, _shown(value)) for name, value in data.items()]
    rows += [(f"setting {p['name']}", _about(p)) for p in params]
    say_table(("field", "value"), rows)
    return 0


def list_spaces(args: Namespace) -> int:
    """Print the table of drum spaces; the nameless one ships."""
    from bridge.cli.output import say_json, say_table
    from bridge.paths import drum_spaces_folder
    from models.drum_space.card import WEIGHTS, own_names, own_path

    folder = drum_spaces_folder()
    spaces = [("", WEIGHTS), *((name, own_path(folder, name)) for name in own_names(folder))]
    if args.json:
        say_json([{"name": name, "file": str(file)} for name, file in spaces])
        return 0
    say_table(("space", "file"), [(name or "(ships)", str(file)) for name, file in spaces])
    return 0


def _listings() -> tuple[Listing, ...]:
    from bridge.config import load_settings
    from models.registry import listings

    return listings(load_settings({}, os.environ).engines)


def _data(engine: Listing) -> dict[str, Any]:
    """A listing as JSON data."""
    available = not engine.reason
    own = {"available": available, "reason": engine.reason, "install": engine.install}
    place = {"place": engine.place, "python": engine.python}
    data = {**asdict(engine.info), **own, **place}
    for param, source in zip(data["params"], engine.info.params, strict=True):
        param["allowed"] = source.allowed()
    return data


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _about(param: dict[str, Any]) -> str:
    return f"{param['doc']} ({param['allowed']}; default {param['default']})"
