# SPDX-License-Identifier: Apache-2.0
"""The core: a client's message or a worker's frame in, a list of effects out.

It opens no socket and reads no clock. Queries are answered in `bridge.core.queries`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.again import again
from bridge.core.commands import Command
from bridge.core.effects import Deliver, Effect, Play, Start, Stop
from bridge.core.messages import ClientId, Event, Message, error_event
from bridge.core.playing import hushed, played
from bridge.core.prepare import Prepared, check_count, find_command, prepare, split_body
from bridge.core.queries import About, Asked, answer_query, job_data, whole_job
from bridge.core.reach import ANYWHERE, Reach
from bridge.core.shelf import Shelf
from bridge.core.stage import NO_STAGE, Stage
from bridge.jobs import Job, JobBook, State
from bridge.takes.take import Keepsake
from bridge.worker.pool import LAST_WORDS, Work
from models.errors import NextbarError
from models.param import coerce_all
from models.registry import Listing, renewed
from models.wire import is_file, request_to_data


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the core remembers of a job until it ends."""

    prepared: Prepared
    request: Mapping[str, Any]  # as models.wire writes it
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Habits:
    """What the settings say of how jobs are run.

    Attributes:
        device: where engines that can use more than the CPU compute.
        reach: which audio files may be read.
        stage: who plays in time.
    """

    device: str = "auto"
    reach: Reach = ANYWHERE
    stage: Stage = NO_STAGE


class Core:
    """The daemon's mind: jobs, engines and takes, and what is said to whom."""

    def __init__(
        self,
        book: JobBook,
        engines: Sequence[Listing],
        takes: Shelf,
        rng: random.Random,
        about: About,
        habits: Habits = Habits(),
    ) -> None:
        self.book = book
        self._engines = engines
        self.takes = takes
        self.about = about
        self.stage = habits.stage
        self._rng = rng
        self._habits = habits

    @property
    def engines(self) -> Sequence[Listing]:
        """The engines as they are now: one that was absent may have got what it lacked."""
        self._engines = renewed(self._engines)
        return self._engines

    def handle(self, client: ClientId, message: Message, now_s: float) -> list[Effect]:
        """What follows from a client's message."""
        try:
            command = find_command(message.op)
            if command.kind == "job":
                return self._ask(client, message, command, now_s)
            clips, given = split_body(message.body) if command.clips[1] else ((), message.body)
            args = coerce_all(command.params, given)
            if command.name in {"replay", "more"}:
                return self._again(client, message, args["take"], now_s)
            check_count(command, clips)
            return answer_query(Asked(self, client, args, now_s, clips), message)
        except NextbarError as error:
            return [Deliver(client, error_event(message.id, error))]

    def heard(self, job_id: str, frame: Mapping[str, Any], now_s: float) -> list[Effect]:
        """What follows from a worker's frame; its job may have been forgotten meanwhile."""
        job = self.book.get(job_id)
        if frame["type"] not in LAST_WORDS:
            return self._under_way(job, frame, now_s) if job else []
        self.book.release(job_id)
        try:
            ended = self._ended(job, frame, now_s) if job else []
        finally:
            self.takes.discard(job_id)  # what was not kept
        return [*ended, *self._start_waiting(now_s)]

    def stumbled(self, job_id: str, error: NextbarError, now_s: float) -> list[Effect]:
        """The core made a mistake over a frame: its job fails, and a worker still at it stops."""
        job = self.book.get(job_id)
        ended = self._fail(job, error_event(0, error).fields, now_s) if job else []
        return [*ended, *self._start_waiting(now_s)]

    def end(self, job: Job, state: State, outcome: Mapping[str, Any], now_s: float) -> list[Effect]:
        """End a job and tell its client; nothing when it had ended already."""
        return self._gone(job) if self.book.end(job, state, now_s, outcome) else []

    def _gone(self, job: Job) -> list[Effect]:
        """Tell of a job that has ended without a result; neither sound nor compute is left."""
        told = [*self._tell(job, job.state, {"job": job.id, **job.outcome}), *hushed(job)]
        return [*told, Stop(job.id)] if self.book.occupies_worker(job.id) else told

    def greet(self, client: ClientId) -> list[Effect]:
        """What a client that has come back should know: its jobs."""
        jobs = [job_data(self.book, job) for job in self.book.of_client(client)]
        return [Deliver(client, Event("job_list", 0, {"jobs": jobs}))] if jobs else []

    def shut_down(self, now_s: float) -> list[Effect]:
        """Cancel every job and say so."""
        return [
            effect for job in self.book.active() for effect in self.end(job, "cancelled", {}, now_s)
        ]

    def _ask(
        self, client: ClientId, message: Message, command: Command, now_s: float
    ) -> list[Effect]:
        clips, given = split_body(message.body)
        engines, reach = self.engines, self._habits.reach
        prepared = prepare(command, clips, given, engines=engines, rng=self._rng, reach=reach)
        return self._submit(client, message, prepared, (), now_s)

    def _again(
        self, client: ClientId, message: Message, take_id: str, now_s: float
    ) -> list[Effect]:
        """Run a take's request once more; `more` changes the seed."""
        prepared = again(
            self.takes.load(take_id),
            engines=self.engines,
            rng=self._rng,
            new_seed=message.op == "more",
            reach=self._habits.reach,
        )
        return self._submit(client, message, prepared, (take_id,), now_s)

    def _submit(
        self,
        client: ClientId,
        message: Message,
        prepared: Prepared,
        parents: tuple[str, ...],
        now_s: float,
    ) -> list[Effect]:
        ticket = Ticket(prepared, request_to_data(prepared.request), parents)
        lane = lane_of(prepared.engine)
        draft = Job(
            "", client, message.id, prepared.request.command, lane, prepared.target, ticket, now_s
        )
        submission = self.book.submit(draft)
        job = submission.job
        effects: list[Effect] = []
        for old in submission.superseded:
            effects += self._gone(old)
        if submission.duplicate:
            return [*effects, *self._remind(job)]
        return [*effects, *self._accept(job), *self._start_waiting(now_s)]

    def _accept(self, job: Job) -> list[Effect]:
        prepared: Prepared = job.work.prepared
        fields = {
            "job": job.id,
            "position": self.book.position(job),
            "seed": prepared.request.seed,
            "engine": prepared.engine.info.name,
        }
        return self._tell(job, "accepted", fields)

    def _remind(self, job: Job) -> list[Effect]:
        """Tell the client again what became of a request that it has sent twice."""
        if job.active:
            return self._accept(job)
        return self._tell(job, "job_list", {"jobs": [whole_job(self.book, self.takes, job)]})

    def _start_waiting(self, now_s: float) -> list[Effect]:
        effects: list[Effect] = []
        while job := self.book.start_next(now_s):
            engine: Listing = job.work.prepared.engine
            device = self._habits.device if len(engine.info.devices) > 1 else "cpu"
            drafts = str(self.takes.drafts(job.id)) if engine.info.audio else ""
            work = Work(engine.place, job.work.request, engine.python, device, drafts)
            effects.append(Start(job.id, job.lane, work))
        return effects

    def _under_way(self, job: Job, frame: Mapping[str, Any], now_s: float) -> list[Effect]:
        if frame["type"] == "audio":
            return self._sound(job, frame)
        if frame["type"] == "partial":
            fields = {name: value for name, value in frame.items() if name not in {"type", "job"}}
            return self._tell(job, "partial", {"job": job.id, **fields}) if job.active else []
        return self._progress(job, frame, now_s)

    def _ended(self, job: Job, frame: Mapping[str, Any], now_s: float) -> list[Effect]:
        if frame["type"] == "result":
            return self._deliver(job, frame, now_s)
        if frame["type"] == "failed":
            return self._fail(job, {n: frame[n] for n in ("code", "message", "where")}, now_s)
        return self.end(job, "cancelled", {}, now_s)

    def _progress(self, job: Job, frame: Mapping[str, Any], now_s: float) -> list[Effect]:
        fraction, stage = frame.get("fraction", 0.0), frame.get("stage", "generating")
        if not job.active or not self.book.progress(job, fraction, stage, now_s):
            return []
        fields = {
            "job": job.id,
            "fraction": job.fraction,
            "stage": job.stage,
            "notes": frame.get("notes", 0),
            "seconds": round(frame.get("seconds", 0.0), 3),
        }
        return self._tell(job, "progress", fields)

    def _sound(self, job: Job, frame: Mapping[str, Any]) -> list[Effect]:
        """New sound; its samples ride beside the event as bytes."""
        if not job.active:
            return []
        told = {n: v for n, v in frame.items() if n not in {"type", "job", "pcm"}}
        event = Event("audio", job.request_id, {"job": job.id, **told}, frame["pcm"])
        ticket: Ticket = job.work
        return [Deliver(job.client, event), *played(job.id, ticket.prepared.request, frame)]

    def played(self, report: Mapping[str, Any]) -> list[Effect]:
        """What follows from a report of the audio output: the job's client hears of it."""
        job = self.book.get(report["job"])
        if job is None:
            return []
        fields = {name: value for name, value in report.items() if name not in {"type", "frame"}}
        return self._tell(job, "playing", fields)

    def _deliver(self, job: Job, frame: Mapping[str, Any], now_s: float) -> list[Effect]:
        """Keep a result, then hand it over; a job that ended meanwhile gets nothing."""
        if not job.active:
            return []
        ticket: Ticket = job.work
        stats = {
            **frame["stats"],
            "queue_ms": round((job.started_s - job.created_s) * 1000, 3),
            "weights_hash": ticket.prepared.engine.info.weights_hash,
        }
        try:
            kept = self._keep(job, frame, stats)
        except NextbarError as error:
            return self._fail(job, error_event(0, error).fields, now_s)
        fields = {
            "takes": [{"take": name, "parts": parts} for name, parts in kept.items()],
            "seed": ticket.prepared.request.seed,
            "engine": ticket.prepared.engine.info.name,
            "degraded": frame["degraded"],
            "stats": stats,
        }
        # The store has the notes: a remembered job needs the names alone.
        ended = [Play({"do": "end", "job": job.id})] if job.command == "audio" else []
        self.book.end(job, "done", now_s, {**fields, "takes": [{"take": name} for name in kept]})
        return [*self._tell(job, "done", {"job": job.id, **fields}), *ended]

    def _keep(
        self, job: Job, frame: Mapping[str, Any], stats: Mapping[str, Any]
    ) -> dict[str, list[Any]]:
        """The names of the takes, best first, each with its parts."""
        ticket: Ticket = job.work
        info = ticket.prepared.engine.info
        answers = tuple(tuple(parts) for parts in frame["answers"])
        names = self.takes.keep(
            Keepsake(
                ticket.request,
                answers,
                info.name,
                job.client,
                info.weights_hash,
                ticket.parents,
                stats,
                tuple(frame["degraded"]),
            )
        )
        if is_file(answers[0]):  # the store has put it in its place
            return {name: list(self.takes.load(name).data["parts"]) for name in names}
        return {name: list(parts) for name, parts in zip(names, answers, strict=True)}

    def _fail(self, job: Job, error: Mapping[str, Any], now_s: float) -> list[Effect]:
        return self.end(job, "failed", error, now_s)

    @staticmethod
    def _tell(job: Job, name: str, fields: Mapping[str, Any]) -> list[Effect]:
        return [Deliver(job.client, Event(name, job.request_id, fields))]


def lane_of(engine: Listing) -> str:
    """The worker that an engine's jobs wait for: one a Python interpreter and engine."""
    return f"{engine.place}|{engine.python}"
