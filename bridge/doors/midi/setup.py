# SPDX-License-Identifier: Apache-2.0
"""Setup: the settings of the daemon as what the stage is built from.

The door sends them to the stage as one JSON object; both ends of that line are here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from bridge.doors.midi.conductor import Conductor
from bridge.doors.midi.own_clock import ExternalLink, LinkSession
from bridge.doors.midi.ports import LOOP_IN, LOOP_OUT, Wanted, match
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


def wanted_of(options: Mapping[str, Any], system: str = sys.platform) -> Wanted:
    """The ports; on Windows, where none are named, those that the user has made for nextbar."""
    loops = ((LOOP_IN,), (LOOP_OUT,)) if system == "win32" else ((), ())
    return Wanted(
        options["api"],
        inputs=_names(options["input"]) or loops[0],
        outputs=_names(options["output"]) or loops[1],
        patient=True,
    )


def missing_ports(
    inputs: str, outputs: str, ports: Sequence[Mapping[str, str]], system: str = sys.platform
) -> list[str]:
    """Which of the wanted names no port bears; `ports` as `port_names` tells them."""
    wanted = wanted_of({"api": "auto", "input": inputs, "output": outputs}, system)
    missing = []
    for names, direction in ((wanted.inputs, "from"), (wanted.outputs, "to")):
        there = [port["name"] for port in ports if port["direction"] == direction]
        missing += [name for name in names if match(name, there) is None]
    return missing


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

        bar_beats = metre_of(options["metre"]).bar_beats
        link = ExternalLink(link_package, now, tempo_bpm, bar_beats)
    return Conductor(options["clock"], tempo_bpm, now(), link)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)
