# SPDX-License-Identifier: Apache-2.0
"""The command table: every command of the protocol, with its parameters and one sentence.

OSC addresses, WebSocket operations, HTTP routes, command-line verbs, `docs/protocol.md` and the
devices are generated from this table or checked against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.core.params import (
    ADVENTURE,
    ALONE,
    AMOUNT,
    AUDIO_FRAME,
    BARS,
    CHORDS,
    CONTINUE_FILE,
    DENSITY,
    FILL,
    FREE_BARS,
    FREE_DENSITY,
    FREE_HIGH,
    FREE_LOW,
    FREE_METRE,
    FREE_TEMPO,
    HIGH,
    KEEP,
    LOCK,
    LOCK_IDS,
    LOUDNESS,
    LOW,
    MELODY_FILE,
    METRE,
    PLAY,
    PROMPT,
    REGISTER,
    SAMPLE_RATE,
    SCALE,
    SCALE_LOCK,
    SEAM,
    SHAPE,
    SPACE,
    SPAN,
    STRETCH,
    STYLE,
    SYNCOPATION,
    TEMPO,
    VOICES,
)
from bridge.core.stage import STAGE_PARAMS
from models.param import Param

MAX_SEED = 2**31 - 1  # what an OSC integer carries

ROLES = ("bass", "chords", "melody", "counter", "drums")


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a client can ask.

    Attributes:
        name: the operation; `/nextbar/<name>` in OSC.
        doc: one sentence for docs, menus and `--help`.
        params: its parameters.
        kind: a `job` runs on an engine and ends in one terminal event; a `query` is answered
            at once.
        clips: fewest and most clips it takes.
        parts: what a take consists of: one `clip`, one clip a `voice`, one clip a `step`, one
            clip a `part` with its role as its name, one `audio` file, or for queries nothing.
        mutates: changes something, so that other hosts need the token.
    """

    name: str
    doc: str
    params: tuple[Param, ...] = ()
    kind: Literal["job", "query"] = "job"
    clips: tuple[int, int] = (1, 1)
    parts: Literal["clip", "voice", "step", "part", "audio", ""] = "clip"
    mutates: bool = True


# Parameters that every job takes.
JOB_PARAMS = (
    Param("engine", "text", "", "Which engine shall answer; empty for the best one available."),
    Param("seed", "int", None, "The same seed and request give the same notes.", 0, MAX_SEED),
    Param("takes", "int", 1, "How many different answers.", 1, 16),
    Param("target", "text", "", "The slot the answer is for; a newer request for it wins."),
)

_JOBS = (
    Command(
        "continue",
        "Write the next bars of a clip, in its key, groove and dynamics.",
        (
            BARS,
            Param("join", "bool", False, "Put the source before the new bars."),
            Param("loop", "bool", False, "Lead back into the clip's own start."),
            *SHAPE,
        ),
    ),
    Command(
        "infill",
        "Rewrite one span of a clip and leave the rest as it is.",
        (
            *SPAN,
            *SHAPE,
            LOCK,
            LOCK_IDS,
        ),
    ),
    Command(
        "vary",
        "A variation of the same length; locked notes and lanes do not change.",
        (
            AMOUNT,
            KEEP,
            ADVENTURE,
            DENSITY,
            SYNCOPATION,
            REGISTER,
            LOUDNESS,
            FILL,
            LOW,
            HIGH,
            SCALE_LOCK,
            STYLE,
            SPACE,
            LOCK,
            LOCK_IDS,
        ),
    ),
    Command(
        "accompany",
        "A part that goes with the given clips: bass, chords, drums ...",
        (
            Param("role", "choice", None, "What the new part is.", choices=ROLES, required=True),
            *SHAPE,
        ),
        clips=(1, 8),
    ),
    Command(
        "harmonise",
        "Four voices, soprano to bass, round the given ones or from nothing.",
        (VOICES, ADVENTURE, *ALONE),
        clips=(0, 4),
        parts="voice",
    ),
    Command(
        "interpolate",
        "Clips that lead step by step from the first to the second.",
        (
            Param("steps", "int", 5, "How many clips, end points included.", 2, 16, unit="clips"),
            Param("join", "bool", False, "One clip that plays the steps one after another."),
            ADVENTURE,
            SCALE_LOCK,
            SPACE,
        ),
        clips=(2, 2),
        parts="step",
    ),
    Command(
        "groove",
        "Velocities and timing of a played performance, or of a second clip.",
        (
            AMOUNT,
            Param("timing", "bool", True, "Move notes off the grid."),
            Param("dynamics", "bool", True, "Change velocities."),
            ADVENTURE,
            STYLE,
            LOCK,
            LOCK_IDS,
        ),
        clips=(1, 2),
    ),
    Command(
        "drumify",
        "Drums from a rhythm: a tap, a bass line, a melody; a drum clip gets the lanes it lacks.",
        (ADVENTURE, DENSITY, SYNCOPATION, LOUDNESS, FILL, SPACE),
    ),
    Command(
        "generate",
        "Bars from nothing, from a few notes to begin with, or for the given parts.",
        (
            Param(
                "role",
                "choice",
                "melody",
                "What to write; trio is lead, bass and drums together.",
                choices=(*ROLES, "trio"),
            ),
            FREE_BARS,
            FREE_TEMPO,
            FREE_METRE,
            SCALE,
            CHORDS,
            ADVENTURE,
            FREE_DENSITY,
            FREE_LOW,
            FREE_HIGH,
            STYLE,
        ),
        clips=(0, 8),
        parts="part",
    ),
    Command(
        "audio",
        "Sound from words, a clip or a file: exactly so many bars at the given tempo.",
        (PROMPT, *AUDIO_FRAME, CONTINUE_FILE, MELODY_FILE, SAMPLE_RATE, SEAM, STRETCH, PLAY),
        clips=(0, 1),
        parts="audio",
    ),
    Command(
        "transcribe",
        "Notes from an audio file.",
        (Param("audio", "text", None, "Path of an audio file.", required=True), TEMPO),
        clips=(0, 0),
    ),
    Command(
        "train",
        "Learn a style from a folder of own files.",
        (
            Param("folder", "text", None, "Where the files are.", required=True),
            Param("name", "text", None, "What the style shall be called.", required=True),
        ),
        clips=(0, 0),
        parts="",
    ),
)


def _query(
    name: str,
    doc: str,
    params: tuple[Param, ...] = (),
    *,
    clips: tuple[int, int] = (0, 0),
    mutates: bool = True,
) -> Command:
    return Command(name, doc, params, kind="query", clips=clips, parts="", mutates=mutates)


_TAKE = Param("take", "text", None, "Name of the take.", required=True)
_QUERIES = (
    _query(
        "hello",
        "Open a session: versions, ports, token rules, engines.",
        (
            Param("protocol", "int", 1, "The protocol number the client speaks.", 1, 1_000_000),
            Param("client", "text", "", "What the client calls itself."),
            Param(
                "reply_port",
                "int",
                0,
                "OSC only: answer to this port instead of the sender's.",
                0,
                65535,
            ),
        ),
        mutates=False,
    ),
    _query("ping", "Is the daemon there?", mutates=False),
    _query(
        "cancel",
        "Stop a job and its compute; harmless to repeat.",
        (Param("job", "text", None, "Name of the job.", required=True),),
    ),
    _query("cancel_all", "Stop every job of this client."),
    _query("jobs", "This client's jobs and their states.", mutates=False),
    _query(
        "job",
        "One job again, with its result while it is kept.",
        (Param("job", "text", None, "Name of the job.", required=True),),
        mutates=False,
    ),
    _query(
        "downbeat",
        "A bar of the song begins now: sound that is played starts on its bar lines from here on.",
        (TEMPO, METRE),
    ),
    _query(
        "takes",
        "The newest kept takes.",
        (Param("limit", "int", 20, "How many.", 1, 500),),
        mutates=False,
    ),
    _query("take", "One kept take, whole.", (_TAKE,), mutates=False),
    _query("replay", "Run a take's request again with its seed: the same notes.", (_TAKE,)),
    _query("more", "Run a take's request again with a new seed: more like this.", (_TAKE,)),
    _query(
        "keep",
        "Exempt a take from the retention limit.",
        (_TAKE, Param("keep", "bool", True, "False lifts the exemption.")),
    ),
    _query("forget", "Delete a take.", (_TAKE,)),
    _query("capture", "Keep clips as a take, as they are; the MIDI door does.", clips=(1, 8)),
    _query("steer", "Steer the MIDI door, and hear how it goes.", STAGE_PARAMS),
    _query(
        "report",
        "Write down what a device found when it tested itself.",
        (
            Param(
                "name",
                "text",
                None,
                "What the report is about: letters, digits, - and _.",
                required=True,
            ),
            Param("report", "text", None, "The report, as JSON text.", required=True),
        ),
    ),
)

COMMANDS = {command.name: command for command in (*_JOBS, *_QUERIES)}
