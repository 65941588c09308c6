# SPDX-License-Identifier: Apache-2.0
from models.theory.steps import finish, telling


def counting(stop):
    yield from range(stop)
    return "found"


def test_finish_gives_what_the_steps_found():
    assert finish(counting(3)) == "found"
    assert finish(counting(0)) == "found"


def test_telling_changes_what_is_told_and_keeps_what_is_found():
    told = []

    def listen():
        found = yield from telling(counting(3), lambda number: number * 10)
        told.append(found)

    assert list(listen()) == [0, 10, 20]
    assert told == ["found"]


def test_a_pause_is_told_of_before_the_next_step_runs():
    done = []

    def steps():
        for number in range(2):
            done.append(number)
            yield

    pauses = telling(steps(), lambda _: tuple(done))
    assert list(pauses) == [(0,), (0, 1)]
