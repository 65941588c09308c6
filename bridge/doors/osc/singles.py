# SPDX-License-Identifier: Apache-2.0
"""What a 32-bit float was before it was rounded: 0.333333343 was one third.

Plain OSC programs send times and settings as 32-bit floats. Both functions here choose, among
all doubles that round to the very same 32-bit float, the one the sender is likeliest to have
meant. So nothing ever moves by more than the sender's own rounding, and what is sent back in 32
bits is bit for bit what came in. Doubles and whole numbers pass unchanged.
"""

from __future__ import annotations

import math
import struct

from bridge.doors.osc.packets import Single

# Divisions of a beat that a musician may mean: 960 holds straight, triplet and quintuplet
# values to the 64th, 1536 finer triplets, 1344 septuplets.
GRIDS = (960, 1536, 1344)


def beats(value: float) -> float:
    """A time: the place on a musical grid that fits, else the shortest decimal."""
    if not isinstance(value, Single) or not math.isfinite(value) or float(value) == 0.0:
        return value
    for grid in GRIDS:
        place = round(value * grid) / grid
        if _to_single(place) == value:
            return place
    return number(value)


def number(value: float) -> float:
    """Any other number: the shortest decimal that fits, so that 0.9 is 0.9."""
    if not isinstance(value, Single) or not math.isfinite(value):
        return value
    for digits in range(6, 9):
        short = float(f"{value:.{digits}g}")
        if _to_single(short) == value:
            return short
    return float(f"{value:.9g}")  # nine digits tell any two 32-bit floats apart


def _to_single(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:  # rounded up beyond the largest one
        return math.inf
