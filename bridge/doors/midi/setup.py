# SPDX-License-Identifier: Apache-2.0
"""Setup: the settings of the daemon as what the stage is built from.

The door sends them to the stage as one JSON object; both ends of that line are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from bridge.doors.midi.conductor import Conductor
from bridge.doors.midi.own_clock import ExternalLink, LinkSession
from bridge.doors.midi.ports import Wanted
from bridge.doors.midi.session import Options
from bridge.doors.midi.steering import Choice, routes_of
from bridge.errors import NoMidi
from models.notation import metre_of

LINK_INSTALL = "pip install LinkPython-extern"


def check(options: Mapping[str, Any]) -> None:
    """Find out whether a stage can be built from these options.

    Raises:
        BadArgument: a metre, a scale or a route can't be read.
        NoMidi: Link is wanted and not installed.
    """
    options_of(options)
    choice_of(options)
    if options["clock"] == "link" and find_spec("link") is None:
        raise NoMidi(f"Ableton Link needs a package: {LINK_INSTALL}.", where="midi_clock")


def wanted_of(options: Mapping[str, Any]) -> Wanted:
    """The ports."""
    return Wanted(
        options["api"],
        options.get("name", "nextbar"),
        _names(options["input"]),
        _names(options["output"]),
    )


def options_of(options: Mapping[str, Any]) -> Options:
    """What stays as it is."""
    return Options(
        metre=metre_of(options["metre"]),
        ending=options["phrase"],
        phrase_bars=options["phrase_bars"],
        silence_beats=options["silence_beats"],
        quantise_beats=options["quantise_beats"],
        ahead_bars=options["ahead_bars"],
        delay_s=options["delay_ms"] / 1000,
        first_control=options["first_control"],
        programs=options["programs"],
        routes=routes_of(options["channels"]),
    )


def choice_of(options: Mapping[str, Any]) -> Choice:
    """What is chosen to begin with."""
    return Choice().chosen(options["choice"])


def conductor_of(options: Mapping[str, Any], now: Callable[[], float]) -> Conductor:
    """The clock."""
    tempo_bpm = choice_of(options).tempo_bpm
    link: LinkSession | None = None
    if options["clock"] == "link":
        import link as link_package

        link = ExternalLink(link_package, now, tempo_bpm)
    return Conductor(options["clock"], tempo_bpm, now(), link)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)
