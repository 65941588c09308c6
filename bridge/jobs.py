# SPDX-License-Identifier: Apache-2.0
"""Jobs: what is queued, what runs, what ended. Pure bookkeeping; the clock is passed in.

States: queued -> running -> done | failed | cancelled | superseded. A job reaches exactly one
of the four ends, once. One job runs at a time on each lane (an engine's worker); a lane stays
taken until its worker says that it is free, also after its job was cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bridge.errors import QueueFull, UnknownJob

State = Literal["queued", "running", "done", "failed", "cancelled", "superseded"]
ACTIVE: frozenset[State] = frozenset({"queued", "running"})

SAME_REQUEST_S = 10.0  # the same client and request id within this time is the same job
REMEMBER_S = 600.0  # how long an ended job can still be asked for
MOST_REMEMBERED = 1000  # ended jobs; beyond that the oldest are forgotten sooner
PROGRESS_GAP_S = 0.1  # at most ten progress events a second


@dataclass(slots=True)
class Job:
    """One command running for one client.

    Attributes:
        work: what the worker needs; the book never looks inside.
        lane: the worker it has to wait for.
        target: what the answer is for; empty when nothing can supersede the job.
        outcome: the fields of its terminal event, once it has ended.
    """

    id: str
    client: str
    request_id: int | str
    command: str
    lane: str
    target: str
    work: Any
    created_s: float
    state: State = "queued"
    fraction: float = 0.0
    stage: str = "queued"
    started_s: float = 0.0
    ended_s: float = 0.0
    outcome: Mapping[str, Any] = field(default_factory=dict)
    last_progress_s: float = float("-inf")

    @property
    def active(self) -> bool:
        """Whether the job has not ended yet."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a request: its job, whether it was there already, whom it replaced."""

    job: Job
    duplicate: bool = False
    superseded: tuple[Job, ...] = ()


class JobBook:
    """All jobs of one daemon."""

    def __init__(self, depth: int = 8) -> None:
        self._depth = depth
        self._count = 0
        self._jobs: dict[str, Job] = {}  # in order of submission
        self._busy: dict[str, str] = {}  # lane -> the job its worker is still occupied with

    def submit(self, draft: Job) -> Submission:
        """Queue a job, or find the one that the same request made before.

        Older jobs of the same client, target and command are superseded.

        Raises:
            QueueFull: too many jobs are waiting.
        """
        twin = self._twin(draft)
        if twin:
            return Submission(twin, duplicate=True)
        older = tuple(job for job in self._jobs.values() if _same_target(job, draft))
        waiting = [job for job in self._queued() if job not in older]
        if len(waiting) >= self._depth:
            raise QueueFull(f"{len(waiting)} jobs are waiting already; try again when one is done.")
        self._count += 1
        draft.id = f"j{self._count}"
        self._jobs[draft.id] = draft
        for job in older:
            self._end(job, "superseded", draft.created_s, {"by": draft.id})
        return Submission(draft, superseded=older)

    def start_next(self, now_s: float) -> Job | None:
        """Take the oldest queued job whose lane is free; it is running from now on."""
        for job in self._queued():
            if job.lane not in self._busy:
                self._busy[job.lane] = job.id
                job.state, job.stage, job.started_s = "running", "loading", now_s
                return job
        return None

    def release(self, job_id: str) -> None:
        """The worker is done with the job, however it ended."""
        self._busy = {lane: busy for lane, busy in self._busy.items() if busy != job_id}

    def occupies_worker(self, job_id: str) -> bool:
        """Whether a worker is still busy with the job."""
        return job_id in self._busy.values()

    def progress(self, job: Job, fraction: float, stage: str, now_s: float) -> bool:
        """Note how far a job is; true when the client should hear of it now.

        The fraction never falls. A new stage is always told, else ten times a second at most.
        """
        news = stage != job.stage or now_s - job.last_progress_s >= PROGRESS_GAP_S
        job.fraction = max(job.fraction, min(1.0, fraction))
        job.stage = stage
        if news:
            job.last_progress_s = now_s
        return news

    def end(self, job: Job, state: State, now_s: float, outcome: Mapping[str, Any]) -> bool:
        """End an active job; false when it had ended before, so that nobody is told twice."""
        if not job.active:
            return False
        self._end(job, state, now_s, outcome)
        return True

    def get(self, job_id: str) -> Job | None:
        """The job of that name, active or remembered."""
        return self._jobs.get(job_id)

    def of_client(self, client: str) -> tuple[Job, ...]:
        """The client's jobs that are active or remembered, oldest first."""
        return tuple(job for job in self._jobs.values() if job.client == client)

    def owned(self, client: str, job_id: str) -> Job:
        """The client's own job of that name.

        Raises:
            UnknownJob: there is none; another client's job counts as none.
        """
        job = self._jobs.get(job_id)
        if job is None or job.client != client:
            raise UnknownJob(f"You have no job {job_id:.40}; `jobs` lists yours.", where="job")
        return job

    def active(self) -> tuple[Job, ...]:
        """Every job that has not ended."""
        return tuple(job for job in self._jobs.values() if job.active)

    def position(self, job: Job) -> int:
        """How many jobs its worker has before this one; 0 when it runs."""
        if job.state != "queued":
            return 0
        ahead = [other for other in self._jobs.values() if other.active and other.lane == job.lane]
        return ahead.index(job)

    def purge(self, now_s: float) -> None:
        """Forget jobs that ended long ago."""
        self._jobs = {
            job_id: job
            for job_id, job in self._jobs.items()
            if job.active or now_s - job.ended_s < REMEMBER_S
        }

    def _queued(self) -> Iterator[Job]:
        return (job for job in self._jobs.values() if job.state == "queued")

    def _twin(self, draft: Job) -> Job | None:
        """The job that the same request made shortly before; id 0 never names one."""
        if draft.request_id in {0, ""}:
            return None
        for job in self.of_client(draft.client):
            recent = draft.created_s - job.created_s < SAME_REQUEST_S
            if recent and job.request_id == draft.request_id:
                return job
        return None

    def _end(self, job: Job, state: State, now_s: float, outcome: Mapping[str, Any]) -> None:
        job.state, job.ended_s, job.outcome = state, now_s, outcome
        job.work = None  # a remembered job must not hold its clips
        ended = [other.id for other in self._jobs.values() if not other.active]
        for job_id in ended[:-MOST_REMEMBERED]:
            del self._jobs[job_id]


def _same_target(job: Job, draft: Job) -> bool:
    return (
        job.active
        and bool(draft.target)
        and (job.client, job.target, job.command) == (draft.client, draft.target, draft.command)
    )
