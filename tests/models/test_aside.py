# SPDX-License-Identifier: Apache-2.0
"""Work in a thread beside a job: signs of life, its value, its errors, and leaving it."""

from dataclasses import replace
from itertools import pairwise
from threading import Event

import pytest

from models.aside import aside, steadied
from models.engine import Progress
from models.engines.events import Beat, partials
from models.examples import melody
from models.theory.steps import finish


def test_it_pauses_until_the_work_is_done():
    go_on = Event()
    steps = aside(lambda: go_on.wait(5))
    assert [next(steps) for _ in range(3)] == [None] * 3
    go_on.set()
    assert finish(steps) is True


def test_an_error_of_the_work_is_raised_where_it_is_waited_for():
    with pytest.raises(ZeroDivisionError):
        finish(aside(lambda: 1 / 0))


def test_leaving_does_not_wait_for_the_work():
    go_on, ended = Event(), Event()

    def work():
        go_on.wait(5)
        ended.set()

    steps = aside(work)
    next(steps)
    steps.close()
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(5)


def test_steps_pause_within_a_step_too():
    go_on = Event()

    def slow():
        yield
        go_on.wait(5)
        yield
        return "found"

    steps = steadied(slow())
    for _ in range(4):
        next(steps)
    go_on.set()
    assert finish(steps) == "found"


def test_progress_rises_towards_its_limit_and_gives_the_value():
    def three():
        yield
        yield
        yield
        return 3

    run = Beat().run(three())
    told = [next(run).fraction for _ in range(3)]
    assert 0 < told[0] < told[1] < told[2] < 0.95
    with pytest.raises(StopIteration) as end:
        next(run)
    assert end.value.value == 3
    assert isinstance(next(Beat().run(three())), Progress)


def test_partials_hold_every_note_that_is_not_the_users_own():
    many = melody().with_notes(
        note.moved(16.0 * n) if n % 2 else note for n in range(40) for note in melody().notes
    )
    assert not list(partials(0, many))
    new = many.with_notes(replace(note, origin="new") for note in many.notes)
    told = list(partials(1, new, part=2))
    assert len(told) > 1
    assert {(event.take, event.part, event.count) for event in told} == {(1, 2, len(told))}
    assert sorted((n for event in told for n in event.notes), key=repr) == sorted(
        new.notes, key=repr
    )
    assert all(a.end_beats == b.start_beats for a, b in pairwise(told))
