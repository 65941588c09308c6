# SPDX-License-Identifier: Apache-2.0
"""`config show`, `config path` and `config init`: the settings, and where each comes from."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from bridge.cli.verb import Verb, add_json


def verbs() -> tuple[Verb, ...]:
    """The verbs about settings."""
    return (
        Verb(
            "config show",
            "Every setting in force and where its value came from.",
            "nextbar config show",
            show,
            add_json,
        ),
        Verb(
            "config path",
            "Where nextbar keeps its settings, takes, logs and port file.",
            "nextbar config path",
            path,
            add_json,
        ),
        Verb(
            "config init",
            "Write a settings file with every key at its default, commented out.",
            "nextbar config init",
            init,
            _init_arguments,
        ),
    )


def _init_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--print", action="store_true", help="print it and write nothing")


def show(args: Namespace) -> int:
    """Print every value with its origin; secrets are masked."""
    from bridge.cli.output import say_json, say_table
    from bridge.config import load_settings
    from bridge.settings import SECRETS

    settings = load_settings({}, os.environ)
    values = {key: getattr(settings, key) for key in settings.origins}
    for key in SECRETS:
        values[key] = "********" if values[key] else ""
    if args.json:
        origins = settings.origins.items()
        say_json({key: {"value": values[key], "origin": origin} for key, origin in origins})
        return 0
    rows = [(key, _shown(values[key]), origin) for key, origin in settings.origins.items()]
    say_table(("setting", "value", "from"), rows)
    return 0


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{place} {python}".strip() for place, python in value.items()) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def path(args: Namespace) -> int:
    """Print every place; it works with a broken configuration too."""
    from bridge import paths
    from bridge.cli.output import say_json, say_table
    from bridge.doctor import check_config

    settings, _ = check_config(os.environ)
    places = {
        "config": paths.config_file(),
        "takes": settings.takes_path(),
        "log": paths.log_file(),
        "ports": paths.port_file(),
    }
    if args.json:
        say_json({name: str(place) for name, place in places.items()})
    else:
        say_table(("what", "where"), places.items())
    return 0


def init(args: Namespace) -> int:
    """Write the file, but never over one that is there.

    Raises:
        BadConfig: there is one already.
        StorageFailed: it can't be written.
    """
    from bridge import paths
    from bridge.cli.output import say
    from bridge.errors import BadConfig, StorageFailed
    from bridge.settings import default_toml

    if args.print:
        say(default_toml())
        return 0
    place = paths.config_file()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8") as file:
            file.write(default_toml())
    except FileExistsError:
        raise BadConfig(f"{place} is there already; edit it.", where=str(place)) from None
    except OSError as error:
        reason = error.strerror or "the system refuses"
        raise StorageFailed(f"{place} can't be written: {reason}.", where=str(place)) from error
    say(str(place))
    return 0
