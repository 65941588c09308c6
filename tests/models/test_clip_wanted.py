# SPDX-License-Identifier: Apache-2.0
"""What a new part is told of its density: what is usual beside those that play."""

import pytest

from models.clip import Clip, Note
from models.engines.clip.source import read_source
from models.engines.clip.wanted import role_controls
from models.tokens.controls import density_bucket
from models.tokens.scene import bars_of


def playing(rate, role="lead"):
    """A part with so many onsets a beat in four bars."""
    notes = tuple(Note(60 + n % 5, n / rate, 0.25) for n in range(16 * rate))
    clip = Clip(notes, 16.0, kind="drums" if role == "drums" else "melodic")
    return read_source(clip, notes, bars_of(clip, 0.0, 4), role)


def test_chords_are_thinner_than_what_plays_and_follow_it():
    slow, fast = (role_controls("chords", {}, [playing(rate)]).density for rate in (1, 4))
    assert slow < fast
    assert slow <= density_bucket(1) < fast <= density_bucket(4)


def test_chords_are_told_to_be_chords():
    assert role_controls("chords", {}, [playing(2)]).polyphony == 3


def test_density_is_relative_to_that():
    plain, denser, thinner = (
        role_controls("chords", {"density": d}, [playing(2)]).density for d in (1.0, 2.0, 0.5)
    )
    assert thinner < plain < denser


@pytest.mark.parametrize("beside", [[], [playing(2, "drums")]])
def test_where_nothing_pitched_plays_chords_are_told_nothing(beside):
    assert role_controls("chords", {}, beside).density is None


@pytest.mark.parametrize("role", ["bass", "lead", "counter", "drums"])
def test_other_parts_are_told_nothing_unasked(role):
    assert role_controls(role, {}, [playing(2)]).density is None
    assert role_controls(role, {"density": 2.0}, [playing(2)]).density is not None
