# SPDX-License-Identifier: Apache-2.0
"""`models fetch`: the weights of a published audio model, with its size and licence told first."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from bridge.cli.verb import Verb, add_json

HUB_VARIABLE = "HF_ENDPOINT"  # as the Hub's own tools call the address of a mirror


def verbs() -> tuple[Verb, ...]:
    """The verb that fetches."""
    return (
        Verb(
            "models fetch",
            "Fetch the weights of an audio model; says size and licence first.",
            "nextbar models fetch musicgen-small",
            fetch_model,
            _arguments,
        ),
    )


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", help="its name; none lists what there is")
    parser.add_argument(
        "--accept-licence", action="store_true", help="do not ask whether the licence is accepted"
    )
    add_json(parser)


def fetch_model(args: Namespace) -> int:
    """Fetch a model, or list those that can be fetched."""
    from bridge.cli.output import note, say, say_json
    from bridge.cli.progress import Bar
    from models.errors import BadArgument
    from models.musicgen.download import HUB, fetch, listing
    from models.musicgen.store import WEIGHTS_LICENCE, own_folder, published

    if args.model is None:
        return _list(args)
    folder = own_folder(os.environ)
    hub = os.environ.get(HUB_VARIABLE, "").rstrip("/") or HUB
    wanted = listing(published(args.model), hub)
    size = f"{wanted.size / 1e9:.2f} GB"
    note(
        f"{wanted.known.repository}, {size}, to {folder}. Licence of the weights: "
        f"{WEIGHTS_LICENCE}. What they make may not be used commercially."
    )
    if not args.accept_licence and not _accepted():
        raise BadArgument("Nothing was fetched; say --accept-licence.", where="accept_licence")
    try:
        with Bar(wanted.known.name) as bar:
            place = fetch(wanted, folder, lambda got, total: bar.show(got / total, size), hub)
    except KeyboardInterrupt:
        note("What has come so far stays; the same command goes on from there.")
        raise
    if args.json:
        say_json({"model": wanted.known.name, "folder": str(place), "licence": WEIGHTS_LICENCE})
    else:
        say(f"{wanted.known.name} is here: {place}")
    return 0


def _list(args: Namespace) -> int:
    from bridge.cli.output import say_json, say_table
    from models.musicgen.store import PUBLISHED, WEIGHTS_LICENCE, installed, own_folder

    here = installed(own_folder(os.environ))
    if args.json:
        say_json([{"model": known.name, "here": known.name in here} for known in PUBLISHED])
        return 0
    rows = [
        (
            known.name,
            f"{known.parameters} M",
            "stereo" if known.channels == 2 else "mono",
            "yes" if known.melody else "",
            "yes" if known.name in here else "",
        )
        for known in PUBLISHED
    ]
    say_table(("model", "parameters", "sound", "melody", "here"), rows)
    say_table(("licence of all",), [(WEIGHTS_LICENCE,)])
    return 0


def _accepted() -> bool:
    """Whether a person at the terminal agrees."""
    if not sys.stdin.isatty():
        return False
    sys.stderr.write("Fetch it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
