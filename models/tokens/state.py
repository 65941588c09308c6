# SPDX-License-Identifier: Apache-2.0
"""The words in which the tracker speaks: phases, what comes next, features, cells and notes."""

from __future__ import annotations

from typing import NamedTuple

from models.tokens import vocabulary as v

# Phases of a sequence.
HEADER, CONTEXT, MASKED, TARGET, LOOPED, DONE = range(6)
# What comes next in the target.
NEXT_BAR, NEXT_ROLE, ONSET, FIRST, MORE, DURATION, VELOCITY, MICRO, NOTHING = range(9)

NO_POSITION = v.LONGEST_BAR_TICKS
NO_ROLE = len(v.ROLES)
FAR_BARS = 32

ECHO_BARS = (1, 2, 4, 8)  # how far back lie the bars that may come again

STRIKE_CLASSES = 6  # of other parts: `models.tokens.strikes.STRIKE_NAMES`

# How many values each feature has, in the order of `Tracker.features()`. `before` and the echoes
# are tokens: the one before, and what comes next if an earlier bar comes again
# (`models.tokens.echoes`). New ones come last, since weights made before have a shorter list.
FEATURE_NAMES = (
    *("bar", "position", "role", "phase", "bars_left", "in_chord", "in_cell", "metre", "before"),
    *(f"echo_{back}" for back in ECHO_BARS),
    "striking",
)
FEATURE_SIZES = (
    *(2 * FAR_BARS + 1, NO_POSITION + 1, NO_ROLE + 1, 6, 17, 8, 16, len(v.METRES) + 1),
    *(v.SIZE for _ in range(1 + len(ECHO_BARS))),
    1 << STRIKE_CLASSES,
)

Features = tuple[int, ...]


class TargetCell(NamedTuple):
    """A masked cell: its bar, its place among the parts, its ROLE token, its span in ticks."""

    bar: int
    part: int
    role: int
    low: int
    high: int


class RawNote(NamedTuple):
    """A note read from the target; `velocity` and `micro` are tokens, 0 when not said."""

    tick: int
    ticks: int
    pitch: int
    velocity: int
    micro: int
