# SPDX-License-Identifier: Apache-2.0
"""The table of events: every answer of the protocol, with its fields and one sentence.

Like the command table, what doors send and `docs/protocol.md` are generated from it or checked
against it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.stage import STATE_FIELDS


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of answer: its name, its fields in order, and one sentence."""

    name: str
    fields: tuple[str, ...]
    doc: str
    terminal: bool = False


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
        ("job", "fraction", "stage", "notes", "seconds"),
        "How far the job is; the fraction never falls.",
    ),
    EventKind(
        "partial",
        ("job", "take", "part", "index", "count", "start_beats", "end_beats", "notes"),
        "New notes of one span, as soon as they are known.",
    ),
    EventKind(
        "audio",
        ("job", "take", "start_samples", "samples", "channels", "sample_rate_hz"),
        "New sound of a take, as soon as it is made; on the WebSocket with its samples.",
    ),
    EventKind(
        "playing",
        ("job", "state", "speed", "wait_s", "underruns"),
        "What the audio output does with the first take: `waiting` until enough is there, "
        "`started`, `paused` where it ran dry, `finished`; may come after done.",
    ),
    EventKind("grid", ("tempo_bpm", "metre"), "Answers downbeat."),
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
    EventKind("midi_state", STATE_FIELDS, "Answers steer: what is chosen there, and how it goes."),
    EventKind("report_filed", ("path",), "Answers report: where the file is."),
)
EVENTS = {event.name: event for event in _EVENTS}
TERMINAL = frozenset(event.name for event in _EVENTS if event.terminal)
# Events after which more is to come; any other ends a request.
UNDER_WAY = frozenset({"accepted", "progress", "partial", "audio", "playing"})
