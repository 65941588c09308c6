# SPDX-License-Identifier: Apache-2.0
"""Clips one after another: where each begins, and what is cut off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.clip import Clip, Note
from models.edit import in_a_row
from models.errors import BadClip
from models.metre import Metre


def test_each_begins_on_a_bar_line():
    short = Clip((Note(60, 0.5, 1.0),), 2.5, metre=Metre(3, 4))
    long = Clip((Note(64, 1.0, 9.0, mute=True), Note(65, -1.0, 1.0)), 6.0, metre=Metre(3, 4))
    row = in_a_row([short, long, short])
    assert row.length_beats == row.loop_end_beats == 3 + 6 + 3
    assert [(n.pitch, n.start_beats, n.duration_beats) for n in row.notes] == [
        (60, 0.5, 1.0),
        (64, 4.0, 5.0),
        (60, 9.5, 1.0),
    ]
    assert row.notes[1].mute


def test_a_single_clip_stays_as_it_is():
    clip = Clip((Note(60, 0.0, 1.0, 77.5, probability=0.25, release_velocity=3.0),), 4.0)
    assert in_a_row([clip]) == clip


def test_metres_must_agree():
    waltz = Clip((Note(60, 0.0, 1.0),), 3.0, metre=Metre(3, 4))
    with pytest.raises(BadClip, match="share one metre"):
        in_a_row([waltz, replace(waltz, metre=Metre(4, 4))])
