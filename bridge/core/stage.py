# SPDX-License-Identifier: Apache-2.0
"""The stage, as the core sees it: whoever plays in time, and what can be chosen there.

The MIDI door is one. The command `steer` steers it from every other door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bridge.errors import NoMidi
from models.param import Param

MODES = ("off", "listen", "answer", "endless", "loop")
PLAYED = ("continue", "vary", "accompany", "groove", "drumify", "harmonise", "generate")
PARTS = ("bass", "chords", "melody", "counter", "drums")
ACTIONS = ("ask", "stop", "undo", "clear")

STAGE_PARAMS = (
    Param(
        "mode",
        "choice",
        None,
        "What happens with what is played: nothing, it is kept, answered, carried on without end, "
        "or looped.",
        choices=MODES,
    ),
    Param("command", "choice", None, "What answers a phrase.", choices=PLAYED),
    Param("role", "choice", None, "What accompany and generate write.", choices=PARTS),
    Param("engine", "text", None, "Which engine answers; empty for the best one available."),
    Param("bars", "int", None, "How many bars an answer has.", 1, 16, unit="bars"),
    Param("adventure", "float", None, "0 stays with the likeliest notes, 1 takes risks.", 0, 1),
    Param("density", "float", None, "Notes per bar, relative to what is played.", 0.25, 4),
    Param(
        "similarity", "float", None, "0 goes its own way, 1 stays close to what is played.", 0, 1
    ),
    Param("scale", "text", None, 'Scale, such as "C minor"; empty leaves it open.'),
    Param("tempo_bpm", "float", None, "Tempo, where nextbar is the clock.", 20, 400, unit="bpm"),
    Param(
        "action",
        "choice",
        "",
        "At once: answer what was played so far, stop what plays, take the last layer away, or "
        "forget everything.",
        choices=("", *ACTIONS),
    ),
)


# What is told of the stage, in this order; `stats` holds counts and the names of the ports.
STATE_FIELDS = (
    "mode",
    "command",
    "role",
    "engine",
    "bars",
    "adventure",
    "density",
    "similarity",
    "scale",
    "tempo_bpm",
    "clock",
    "playing",
    "bar",
    "recorded_notes",
    "job",
    "bars_ahead",
    "layers",
    "notes_out",
    "late_notes",
    "repeated_bars",
    "stats",
    "notice",
)


class Stage(Protocol):
    """Plays in time."""

    def steer(self, given: Mapping[str, Any]) -> None:
        """Choose something else; only what is given changes."""

    def facts(self) -> Mapping[str, Any]:
        """What is chosen, and how it goes: the fields of `STATE_FIELDS`."""


class NoStage:
    """Stands in where there is no MIDI."""

    def steer(self, given: Mapping[str, Any]) -> None:
        """Refuse.

        Raises:
            NoMidi: always.
        """
        raise NoMidi("MIDI is not turned on; start the daemon with `nextbar run --midi`.")

    def facts(self) -> Mapping[str, Any]:
        """Nothing to tell.

        Raises:
            NoMidi: always.
        """
        raise NoMidi("MIDI is not turned on; start the daemon with `nextbar run --midi`.")


NO_STAGE = NoStage()
