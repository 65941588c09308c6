# SPDX-License-Identifier: Apache-2.0
"""`audio devices`: where sound can be played while it is made."""

from __future__ import annotations

from argparse import Namespace

from bridge.cli.verb import Verb, add_json


def verbs() -> tuple[Verb, ...]:
    """The verb."""
    return (
        Verb(
            "audio devices",
            "The audio outputs that --audio-out and the setting audio_out can name.",
            "nextbar audio devices",
            list_devices,
            add_json,
        ),
    )


def list_devices(args: Namespace) -> int:
    """Print name, system and sample rate of each."""
    from bridge.cli.output import note, say_json, say_table
    from bridge.sound.devices import listed

    rows = listed()
    if not rows and not args.json:
        note("No audio output was found; where JACK runs, --audio-out jack plays to it.")
    if args.json:
        columns = ("name", "system", "sample_rate_hz")
        say_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        say_table(("device", "system", "sample rate"), rows)
    return 0
