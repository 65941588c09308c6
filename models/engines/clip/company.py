# SPDX-License-Identifier: Apache-2.0
"""Company: how a part goes with the parts that sound beside it, in numbers for both sides."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from statistics import fmean

from models.engines.clip.passage import Hit, Line
from models.engines.clip.portrait import Portrait, overlap

_CONSONANT = frozenset({0, 3, 4, 5, 7, 8, 9})
_NEAR_TICKS = 1  # onsets so near are together


def company(line: Line, places: Sequence[int], others: Sequence[Line]) -> Portrait:
    """How the part goes with the others in these bars; what can't be measured is left out.

    Args:
        line: the part.
        places: bars, ascending.
        others: every other part, on the same bars.
    """
    hits = line.hits(places)
    if not hits:
        return {}
    tuned = [other for other in others if not other.drums]
    drums = [other for other in others if other.drums]
    found = _together(hits, places, drums, "with_drums")
    found |= _together(hits, places, tuned, "with_tuned")
    if line.drums or not any(other.hits(places) for other in tuned):
        return found
    return found | _harmony(line, places, tuned)


def _together(
    hits: Sequence[Hit], places: Sequence[int], others: Sequence[Line], name: str
) -> Portrait:
    """Share of onsets at which another part begins a note, and how much busier the part is."""
    theirs = {hit.start for other in others for hit in other.hits(places)}
    if not theirs:
        return {}
    near = {tick + by for tick in theirs for by in range(-_NEAR_TICKS, _NEAR_TICKS + 1)}
    own = {hit.start for hit in hits}
    return {
        name: fmean(tick in near for tick in own),
        f"{name}_pace": math.log2(len(own) / len(theirs)),
    }


def _harmony(line: Line, places: Sequence[int], others: Sequence[Line]) -> Portrait:
    """Chord tones on pulses, clashes, consonance, and pitch classes in common."""
    theirs = [hit for other in others for hit in other.hits(places)]
    own = line.hits(places)
    found = {"common": overlap(_classes(own), _classes(theirs))}
    tones: list[bool] = []
    pairs: list[int] = []
    for place in places:
        bar = line.bars[place]
        around = [hit for hit in theirs if hit.start < bar.end and hit.end > bar.start]
        for hit in (hit for hit in bar.hits if (hit.start - bar.start) % bar.pulse == 0):
            sounding = {o.pitch for o in around if o.start <= hit.start < o.end}
            classes = {pitch % 12 for pitch in sounding}
            pairs += [abs(hit.pitch - pitch) % 12 for pitch in sounding]
            tones += [hit.pitch % 12 in classes] if len(classes) > 1 else []
    if tones:
        found["chord_tones"] = fmean(tones)
    if pairs:
        found["clashes"] = fmean(size in {1, 11} for size in pairs)
        found["consonance"] = fmean(size in _CONSONANT for size in pairs)
    return found


def _classes(hits: Sequence[Hit]) -> Counter[Hashable]:
    """Pitch classes weighted by how long they sound, a whole bar at most."""
    weights: Counter[Hashable] = Counter()
    for hit in hits:
        weights[hit.pitch % 12] += min(96, hit.end - hit.start)
    return weights
