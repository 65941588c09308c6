# SPDX-License-Identifier: Apache-2.0
"""Echoes: the token that an earlier bar has next."""

from __future__ import annotations

import pytest

from models.tokens import vocabulary as v
from models.tokens.echoes import NO_ECHO, Echoes
from models.tokens.state import DURATION, FIRST, MORE, NEXT_BAR, ONSET

BAR = (96, 192)
QUARTER, HALF = v.DUR + 11, v.DUR + 16


@pytest.fixture
def echoes():
    """A bar that begins at tick 96: a chord on its first tick, a note on its third quarter."""
    found = Echoes()
    found.add(0, 144, v.PITCH + 72, HALF)
    found.add(0, 96, v.PITCH + 60, QUARTER)
    found.add(0, 96, v.PITCH + 64, HALF)
    return found


@pytest.mark.parametrize(
    ("due", "tick", "pitch", "token"),
    [
        (ONSET, -1, 128, v.POS),
        (FIRST, 0, 128, v.PITCH + 64),
        (DURATION, 0, 64, HALF),
        (DURATION, 0, 60, QUARTER),
        (DURATION, 0, 63, HALF),
        (MORE, 0, 64, v.PITCH + 60),
        (MORE, 0, 62, v.PITCH + 60),
        (MORE, 0, 60, v.POS + 48),
        (MORE, 12, 60, v.POS + 48),
        (FIRST, 12, 128, NO_ECHO),
        (DURATION, 12, 60, NO_ECHO),
        (MORE, 48, 72, v.ENDCELL),
        (NEXT_BAR, -1, 128, NO_ECHO),
    ],
)
def test_what_comes_next(echoes, due, tick, pitch, token):
    assert echoes.after(0, BAR, due, tick, pitch) == token


def test_a_silent_bar_ends_at_once(echoes):
    assert echoes.after(0, (0, 96), ONSET, -1, 128) == v.ENDCELL
    assert echoes.after(1, BAR, ONSET, -1, 128) == v.ENDCELL


def test_copies_are_independent(echoes):
    twin = echoes.copy()
    twin.add(0, 100, v.DRUM + 36, v.DUR)
    assert twin.after(0, BAR, MORE, 0, 60) == v.POS + 4
    assert echoes.after(0, BAR, MORE, 0, 60) == v.POS + 48
    assert twin.after(0, BAR, FIRST, 4, 128) == v.DRUM + 36
