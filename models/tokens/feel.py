# SPDX-License-Identifier: Apache-2.0
"""How a beat is divided: straight, swung, or in triplets, as the FEEL token says it."""

from __future__ import annotations

from collections.abc import Iterable

from models.tokens.vocabulary import TICKS_PER_QUARTER

_FEWEST = 4  # onsets between the beats; fewer prove nothing
_NEAR = 2  # ticks to each side: played music is never exact


def feel_of(onsets_beats: Iterable[float]) -> str | None:
    """The feel of some onsets, one of `vocabulary.FEELS`; None where too few lie off the beat.

    A beat here is a quarter note, so 6/8 without quarters is straight. Swing has the second
    eighth near two thirds and nothing near one third; triplets have both.
    """
    places = [round(onset * TICKS_PER_QUARTER) % TICKS_PER_QUARTER for onset in onsets_beats]
    early = sum(abs(place - 8) <= _NEAR for place in places)
    late = sum(abs(place - 16) <= _NEAR for place in places)
    even = sum(min(abs(place - tick) for tick in (6, 12, 18)) < _NEAR for place in places)
    if early + late + even < _FEWEST:
        return None
    if even >= early + late:
        return "straight"
    return "triplet" if early * 3 > late else "swing"
