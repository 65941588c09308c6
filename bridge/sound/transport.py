# SPDX-License-Identifier: Apache-2.0
"""Where the bar of somebody else's transport stands, from what JACK tells of it. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from models.audio.length import seconds_of
from models.metre import DENOMINATORS, Metre

MOST_BEATS = 99  # of a bar


def bar_at(where: Mapping[str, float]) -> tuple[Fraction, Fraction] | None:
    """How long ago the bar began, and how long it is, in seconds; None where nobody says.

    Args:
        where: a position's fields as JACK names them; programs fill in any numbers they like.
    """
    told = [where.get(name, 0.0) for name in ("beats_per_minute", "beats_per_bar", "beat_type")]
    if not all(math.isfinite(number) and number > 0 for number in told):
        return None
    beat_type, beats = round(told[2]), round(told[1])
    if beat_type not in DENOMINATORS or not 1 <= beats <= MOST_BEATS:
        return None
    # JACK counts its tempo in the metre's own beats.
    bar_s = seconds_of(1, Metre(beats, beat_type), told[0] * 4 / beat_type)
    since = where.get("beat", 1) - 1 + where.get("tick", 0) / (where.get("ticks_per_beat") or 1)
    late_s = Fraction(int(where.get("bbt_offset", 0)), int(where.get("frame_rate") or 1))
    return Fraction(since) / beats * bar_s + late_s, bar_s
