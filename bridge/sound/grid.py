# SPDX-License-Identifier: Apache-2.0
"""On which frame of a device the next bar begins. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Grid:
    """Bar lines: one at `anchor_frame`, and one every `bar_frames` from there."""

    anchor_frame: Fraction
    bar_frames: Fraction

    def next_bar(self, frame: int) -> int:
        """The first frame at or after `frame` at which a bar begins, to the nearest whole one."""
        bars = math.ceil((Fraction(frame) - self.anchor_frame - Fraction(1, 2)) / self.bar_frames)
        return math.floor(self.anchor_frame + bars * self.bar_frames + Fraction(1, 2))


def grid_of(anchor_frame: int, bar_s: Fraction, rate_hz: int) -> Grid:
    """The grid of a bar length in seconds, at a device's rate."""
    return Grid(Fraction(anchor_frame), bar_s * rate_hz)
