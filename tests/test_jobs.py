# SPDX-License-Identifier: Apache-2.0
"""The book of jobs: states, queue, memory."""

import pytest

from bridge.errors import QueueFull, UnknownJob
from bridge.jobs import MOST_REMEMBERED, REMEMBER_S, Job, JobBook


def draft(request_id=1, lane="l", target="", now=0.0, client="a"):
    return Job("", client, request_id, "continue", lane, target, object(), now)


def test_jobs_run_one_at_a_time_on_each_lane_in_order():
    book = JobBook()
    for number, lane in enumerate("lml", start=1):
        book.submit(draft(number, lane))
    assert [job.id for job in iter(lambda: book.start_next(0.0), None)] == ["j1", "j2"]
    book.release("j1")
    assert book.start_next(1.0).id == "j3"


def test_a_lane_stays_taken_until_its_worker_is_free():
    book = JobBook()
    job = book.submit(draft(1)).job
    book.submit(draft(2))
    book.start_next(0.0)
    assert book.end(job, "cancelled", 1.0, {})
    assert book.start_next(1.0) is None
    book.release(job.id)
    assert book.start_next(1.0).id == "j2"


def test_a_job_ends_once():
    book = JobBook()
    job = book.submit(draft()).job
    assert book.end(job, "failed", 1.0, {"code": "x"})
    assert not book.end(job, "done", 2.0, {})
    assert (job.state, job.outcome, job.work) == ("failed", {"code": "x"}, None)


def test_request_id_nought_is_never_the_same_request():
    book = JobBook()
    assert not book.submit(draft(0)).duplicate
    assert not book.submit(draft(0)).duplicate


def test_a_superseding_request_does_not_need_room_in_the_queue():
    book = JobBook(depth=1)
    book.submit(draft(1, target="x"))
    book.submit(draft(2, target="x"))
    with pytest.raises(QueueFull):
        book.submit(draft(3, target="y"))


def test_ended_jobs_are_remembered_for_a_while_and_active_ones_for_ever():
    book = JobBook()
    job, running = book.submit(draft(1)).job, book.submit(draft(2)).job
    book.end(job, "done", 5.0, {})
    book.purge(5.0 + REMEMBER_S - 1)
    assert book.get(job.id) is job
    book.purge(5.0 + REMEMBER_S)
    assert book.get(job.id) is None
    assert book.get(running.id) is running


def test_a_job_belongs_to_its_client():
    book = JobBook()
    book.submit(draft(client="a"))
    assert book.owned("a", "j1").id == "j1"
    for client, name in (("b", "j1"), ("a", "j2")):
        with pytest.raises(UnknownJob):
            book.owned(client, name)


def test_a_busy_daemon_forgets_the_oldest_jobs_sooner():
    book = JobBook()
    running = book.submit(draft(0, lane="other")).job
    for _ in range(MOST_REMEMBERED + 5):
        job = book.submit(draft(0)).job
        book.end(job, "done", 1.0, {})
    assert len(book.of_client("a")) == MOST_REMEMBERED + 1
    assert book.get(job.id) is job
    assert book.get(running.id) is running
