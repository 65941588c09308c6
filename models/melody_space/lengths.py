# SPDX-License-Identifier: Apache-2.0
"""Lengths: how long each step of a morph is, and which part of either phrase it stands for.

Where one phrase is so many times the other, steps double (or triple ...) from length to length;
else the length moves evenly. A step that is longer than a phrase hears it repeated, as the DAW's
loop would; one that is shorter keeps its beginning and its end, and skips between.
"""

from __future__ import annotations

import math


def counts(first: int, second: int, steps: int) -> list[int]:
    """Units of each of the steps, end points included."""
    if steps == 1 or first == second:
        return [first] * steps
    found = [_count(first, second, step / (steps - 1)) for step in range(steps)]
    return [first, *found[1:-1], second]


def _count(first: int, second: int, share: float) -> int:
    low, high = sorted((first, second))
    if high % low:
        return round(first + (second - first) * share)
    meant = math.log(first) + (math.log(second) - math.log(first)) * share
    able = (low * part for part in range(1, high // low + 1) if not high // low % part)
    return min(able, key=lambda count: (round(abs(math.log(count) - meant), 9), count))


def source_unit(units: int, count: int, index: int) -> int:
    """Which of a phrase's `units` stands at place `index` of a step of `count` units."""
    if count > units:
        return index % units
    if count == 1:
        return 0
    return round(index * (units - 1) / (count - 1))
