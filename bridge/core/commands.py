# SPDX-License-Identifier: Apache-2.0
"""The command table: every command and event of the protocol, with parameters and one sentence.

OSC addresses, WebSocket operations, HTTP routes, command-line verbs, `docs/protocol.md` and the
devices are generated from this table or checked against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
            `audio` file, or for queries nothing.
        mutates: changes something, so that other hosts need the token.
    """

    name: str
    doc: str
    params: tuple[Param, ...] = ()
    kind: Literal["job", "query"] = "job"
    clips: tuple[int, int] = (1, 1)
    parts: Literal["clip", "voice", "step", "audio", ""] = "clip"
    mutates: bool = True


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of answer: its name, its fields in order, and one sentence."""

    name: str
    fields: tuple[str, ...]
    doc: str
    terminal: bool = False


# Parameters that every job takes.
JOB_PARAMS = (
    Param("engine", "text", "", "Which engine shall answer; empty for the best one available."),
    Param("seed", "int", None, "The same seed and request give the same notes.", 0, MAX_SEED),
    Param("takes", "int", 1, "How many different answers.", 1, 16),
    Param("target", "text", "", "The slot the answer is for; a newer request for it wins."),
)

_BARS = Param("bars", "int", 4, "How many bars to write.", 1, 64, unit="bars")
_ADVENTURE = Param(
    "adventure", "float", 0.5, "0 stays with the likeliest notes, 1 takes risks.", 0, 1
)
_DENSITY = Param("density", "float", 1.0, "Notes per bar, relative to the source.", 0.25, 4)
_LOW = Param(
    "low_pitch", "int", None, "Lowest pitch to write; the source's own by default.", 0, 127
)
_HIGH = Param(
    "high_pitch", "int", None, "Highest pitch to write; the source's own by default.", 0, 127
)
_SCALE_LOCK = Param(
    "scale_lock",
    "bool",
    True,
    "Write only pitches of the clip's scale, or of the source's own notes where it has none.",
)
_SIMILARITY = Param(
    "similarity", "float", 0.5, "0 goes its own way, 1 stays close to the source.", 0, 1
)
_AMOUNT = Param("amount", "float", 0.5, "0 changes nothing, 1 everything.", 0, 1)
_LOCK = Param("lock", "ints", (), "Pitches (drum lanes) that must not change.", 0, 127)
_LOCK_IDS = Param("lock_ids", "ints", (), "Ids of notes that must not change.")
_SHAPE = (_ADVENTURE, _DENSITY, _LOW, _HIGH, _SCALE_LOCK, _SIMILARITY)
_TEMPO = Param("tempo_bpm", "float", 120.0, "Tempo.", 20, 400, unit="bpm")
_METRE = Param("metre", "text", "4/4", "Time signature, such as 6/8.")
_SCALE = Param("scale", "text", "", 'Scale, such as "C minor"; empty leaves it open.')
_AUDIO = Param("audio", "text", "", "Path of an audio file.")

_JOBS = (
    Command(
        "continue",
        "Write the next bars of a clip, in its key, groove and dynamics.",
        (_BARS, Param("join", "bool", False, "Put the source before the new bars."), *_SHAPE),
    ),
    Command(
        "infill",
        "Rewrite one span of a clip and leave the rest as it is.",
        (
            Param(
                "from_beats",
                "float",
                None,
                "Where the span begins.",
                -1e6,
                1e6,
                unit="beats",
                required=True,
            ),
            Param(
                "to_beats",
                "float",
                None,
                "Where the span ends.",
                -1e6,
                1e6,
                unit="beats",
                required=True,
            ),
            *_SHAPE,
            _LOCK,
            _LOCK_IDS,
        ),
    ),
    Command(
        "vary",
        "A variation of the same length; locked notes and lanes do not change.",
        (_AMOUNT, _ADVENTURE, _DENSITY, _LOW, _HIGH, _SCALE_LOCK, _LOCK, _LOCK_IDS),
    ),
    Command(
        "accompany",
        "A part that goes with the given clips: bass, chords, drums ...",
        (
            Param("role", "choice", None, "What the new part is.", choices=ROLES, required=True),
            *_SHAPE,
        ),
        clips=(1, 8),
    ),
    Command(
        "harmonise",
        "Four voices, soprano to bass, round the given ones.",
        (
            Param("voices", "text", "soprano", "Which voice each clip is, such as soprano,bass."),
            _ADVENTURE,
        ),
        clips=(1, 4),
        parts="voice",
    ),
    Command(
        "interpolate",
        "Clips that lead step by step from the first to the second.",
        (
            Param("steps", "int", 5, "How many clips, end points included.", 2, 16, unit="clips"),
            _ADVENTURE,
        ),
        clips=(2, 2),
        parts="step",
    ),
    Command(
        "groove",
        "Velocities and timing of a played performance, or of a second clip.",
        (_AMOUNT,),
        clips=(1, 2),
    ),
    Command(
        "drumify", "Drums from a rhythm: a tap, a bass line, a melody.", (_ADVENTURE, _DENSITY)
    ),
    Command(
        "generate",
        "Bars from nothing, or for the given clips.",
        (
            _BARS,
            _TEMPO,
            _METRE,
            _SCALE,
            _ADVENTURE,
            Param("role", "choice", "melody", "What to write.", choices=ROLES),
        ),
        clips=(0, 8),
    ),
    Command(
        "audio",
        "Audio from words: a loop of exact length at the given tempo.",
        (Param("prompt", "text", "", "What it shall sound like."), _BARS, _TEMPO, _METRE, _AUDIO),
        clips=(0, 1),
        parts="audio",
    ),
    Command(
        "transcribe",
        "Notes from an audio file.",
        (Param("audio", "text", None, "Path of an audio file.", required=True), _TEMPO),
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


def _query(name: str, doc: str, params: tuple[Param, ...] = (), *, mutates: bool = True) -> Command:
    return Command(name, doc, params, kind="query", clips=(0, 0), parts="", mutates=mutates)


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
)

COMMANDS = {command.name: command for command in (*_JOBS, *_QUERIES)}

_EVENTS = (
    EventKind(
        "welcome",
        ("protocol", "version", "ports", "token", "engines", "notice"),
        "Answers hello; `notice` says when one side should be updated.",
    ),
    EventKind("pong", ("version", "uptime_s"), "Answers ping."),
    EventKind(
        "accepted",
        ("job", "position", "seed", "engine"),
        "The request is a job now; `position` is its place in the queue.",
    ),
    EventKind(
        "progress",
        ("job", "fraction", "stage", "notes"),
        "How far the job is; the fraction never falls.",
    ),
    EventKind(
        "partial",
        ("job", "take", "part", "index", "count", "start_beats", "end_beats", "notes"),
        "New notes of one span, as soon as they are known.",
    ),
    EventKind(
        "done",
        ("job", "takes", "seed", "engine", "degraded", "stats"),
        "The job's takes, best first, each kept under its name.",
        terminal=True,
    ),
    EventKind(
        "failed",
        ("job", "code", "message", "where"),
        "The job ended without a result; the message says what to do.",
        terminal=True,
    ),
    EventKind("cancelled", ("job",), "The job was stopped as asked.", terminal=True),
    EventKind(
        "superseded",
        ("job", "by"),
        "A newer request for the same target took its place.",
        terminal=True,
    ),
    EventKind(
        "error", ("code", "message", "where"), "The request was refused before it became a job."
    ),
    EventKind("job_list", ("jobs",), "Answers jobs, job and a reconnect."),
    EventKind("take_list", ("takes",), "Answers takes, and keep and forget with what is left."),
    EventKind("take_whole", ("take",), "Answers take."),
)
EVENTS = {event.name: event for event in _EVENTS}
TERMINAL = frozenset(event.name for event in _EVENTS if event.terminal)
