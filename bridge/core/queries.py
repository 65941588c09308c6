# SPDX-License-Identifier: Apache-2.0
"""Answers to what can be answered at once: hello, ping, jobs, takes, cancel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bridge import PROTOCOL
from bridge.core.effects import Deliver, Effect, Play
from bridge.core.messages import ClientId, Event, Message
from bridge.core.playing import hushed
from bridge.core.shelf import Shelf
from bridge.core.stage import STATE_FIELDS, Stage
from bridge.jobs import Job, JobBook, State
from bridge.paths import drum_spaces_folder
from bridge.takes.take import Keepsake
from models.clip import Clip
from models.drum_space.card import own_names
from models.errors import NextbarError
from models.notation import metre_of
from models.registry import Listing, check_name
from models.wire import clip_to_data

TAKES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class About:
    """What the daemon says of itself, and where it writes what is said of it.

    `ports` is asked each time: they are known once open.
    """

    version: str
    started_s: float
    ports: Callable[[], Mapping[str, int]]
    file_report: Callable[[str, str], str]  # name and JSON text to the path of the file
    token_needed: bool = False


class Mind(Protocol):
    """What the queries need of the core."""

    book: JobBook
    takes: Shelf
    about: About
    stage: Stage

    @property
    def engines(self) -> Sequence[Listing]:
        """Those that are known, absent ones among them."""

    def end(self, job: Job, state: State, outcome: Mapping[str, Any], now_s: float) -> list[Effect]:
        """End a job and tell its client."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query with its parameters, as the answering function gets it."""

    mind: Mind
    client: ClientId
    args: Mapping[str, Any]
    now_s: float
    clips: Sequence[Clip] = ()


def answer_query(asked: Asked, message: Message) -> list[Effect]:
    """What follows from a query; the last effect is its answer.

    Raises:
        NextbarError: the query can't be answered.
    """
    name, fields, before = _ANSWERS[message.op](asked)
    return [*before, Deliver(asked.client, Event(name, message.id, fields))]


def job_data(book: JobBook, job: Job) -> dict[str, Any]:
    """A job as JSON data."""
    return {
        "job": job.id,
        "id": job.request_id,
        "command": job.command,
        "state": job.state,
        "fraction": job.fraction,
        "stage": job.stage,
        "target": job.target,
        "position": book.position(job),
    }


def whole_job(book: JobBook, shelf: Shelf, job: Job) -> dict[str, Any]:
    """A job with the fields of its terminal event; the notes of its takes come from the store."""
    outcome = dict(job.outcome)
    if "takes" in outcome:
        outcome["takes"] = [_take_again(shelf, take["take"]) for take in outcome["takes"]]
    return {**job_data(book, job), "outcome": outcome}


def _take_again(shelf: Shelf, name: str) -> dict[str, Any]:
    """A take as `done` gave it; without parts when it has been forgotten since."""
    try:
        return {"take": name, "parts": list(shelf.load(name).data["parts"])}
    except NextbarError:
        return {"take": name, "parts": []}


def engine_data(engine: Listing) -> dict[str, Any]:
    """An engine as JSON data.

    `install` is the line that makes an absent one available; `honours` names the controls that it
    follows, of those in `models.wishes`; `spaces` names the drum spaces that a user trained, where
    the engine takes them.
    """
    info = engine.info
    return {
        "name": info.name,
        "doc": info.doc,
        "commands": list(info.commands),
        "roles": list(info.roles),
        "max_bars": info.max_bars,
        "licence": info.licence,
        "weights_licence": info.weights_licence,
        "commercial_use": info.commercial_use,
        "available": not engine.reason,
        "reason": engine.reason,
        "install": engine.install,
        "honours": list(info.honours),
        "spaces": list(own_names(drum_spaces_folder())) if "space" in info.honours else [],
    }


Answer = tuple[str, dict[str, Any], list[Effect]]


def _hello(asked: Asked) -> Answer:
    about, theirs = asked.mind.about, asked.args["protocol"]
    notice = ""
    if theirs != PROTOCOL:
        older = "this client" if theirs < PROTOCOL else "nextbar"
        notice = (
            f"The client speaks protocol {theirs}, nextbar {about.version} speaks "
            f"{PROTOCOL}: please update {older}."
        )
    token = (
        "Programs on this machine need no token."
        if not about.token_needed
        else "Other machines must send the configured token."
    )
    engines = [engine_data(engine) for engine in asked.mind.engines]
    return (
        "welcome",
        {
            "protocol": PROTOCOL,
            "version": about.version,
            "ports": dict(about.ports()),
            "token": token,
            "engines": engines,
            "notice": notice,
        },
        [],
    )


def _ping(asked: Asked) -> Answer:
    about = asked.mind.about
    uptime_s = round(asked.now_s - about.started_s, 3)
    return "pong", {"version": about.version, "uptime_s": uptime_s}, []


def _cancel(asked: Asked) -> Answer:
    book = asked.mind.book
    job = book.owned(asked.client, asked.args["job"])
    return "job_list", {"jobs": [job_data(book, job)]}, _stopped(asked, job)


def _cancel_all(asked: Asked) -> Answer:
    book = asked.mind.book
    jobs = book.of_client(asked.client)
    active = [job for job in jobs if job.active]
    effects = [effect for job in jobs for effect in _stopped(asked, job)]
    return "job_list", {"jobs": [job_data(book, job) for job in active]}, effects


def _stopped(asked: Asked, job: Job) -> list[Effect]:
    """What stops a job; of one that has ended, what may still be heard."""
    if job.active:
        return asked.mind.end(job, "cancelled", {}, asked.now_s)
    return [*hushed(job)]


def _jobs(asked: Asked) -> Answer:
    book = asked.mind.book
    return "job_list", {"jobs": [job_data(book, job) for job in book.of_client(asked.client)]}, []


def _job(asked: Asked) -> Answer:
    book = asked.mind.book
    job = book.owned(asked.client, asked.args["job"])
    return "job_list", {"jobs": [whole_job(book, asked.mind.takes, job)]}, []


def _takes(asked: Asked) -> Answer:
    return _take_list(asked, asked.args["limit"])


def _take(asked: Asked) -> Answer:
    return "take_whole", {"take": dict(asked.mind.takes.load(asked.args["take"]).data)}, []


def _keep(asked: Asked) -> Answer:
    asked.mind.takes.mark(asked.args["take"], keep=asked.args["keep"])
    return _take_list(asked, TAKES_SHOWN)


def _forget(asked: Asked) -> Answer:
    asked.mind.takes.forget(asked.args["take"])
    return _take_list(asked, TAKES_SHOWN)


def _downbeat(asked: Asked) -> Answer:
    fields = {"tempo_bpm": asked.args["tempo_bpm"], "metre": str(metre_of(asked.args["metre"]))}
    bar = [fields["metre"], fields["tempo_bpm"]]
    return "grid", fields, [Play({"do": "bar", "bar": bar})]


def _report(asked: Asked) -> Answer:
    path = asked.mind.about.file_report(asked.args["name"], asked.args["report"])
    return "report_filed", {"path": path}, []


def _capture(asked: Asked) -> Answer:
    """Keep clips under the request that would have written them, had an engine done it."""
    clips = [clip_to_data(clip) for clip in asked.clips]
    request = {"command": "capture", "clips": clips, "args": {}, "seed": 0, "takes": 1}
    asked.mind.takes.keep(Keepsake(request, (tuple(clips),), "played", asked.client))
    return _take_list(asked, 1)


def _steer(asked: Asked) -> Answer:
    given = {name: value for name, value in asked.args.items() if value is not None}
    if not given["action"]:
        del given["action"]
    check_name(asked.mind.engines, given.get("engine", ""))
    if given:
        asked.mind.stage.steer(given)
    facts = asked.mind.stage.facts()
    return "midi_state", {name: facts.get(name) for name in STATE_FIELDS}, []


def _take_list(asked: Asked, limit: int) -> Answer:
    takes = asked.mind.takes.list(limit)
    return "take_list", {"takes": [summary.to_data() for summary in takes]}, []


_ANSWERS: dict[str, Callable[[Asked], Answer]] = {
    "hello": _hello,
    "ping": _ping,
    "cancel": _cancel,
    "cancel_all": _cancel_all,
    "jobs": _jobs,
    "job": _job,
    "takes": _takes,
    "take": _take,
    "keep": _keep,
    "forget": _forget,
    "capture": _capture,
    "steer": _steer,
    "report": _report,
    "downbeat": _downbeat,
}
