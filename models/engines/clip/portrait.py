# SPDX-License-Identifier: Apache-2.0
"""Portrait: what some bars of a part measure, in numbers that the corpus' bars can be held against.

The numbers are the usual ones of the field: onset density, intervals, pitch-class entropy, groove
similarity between bars (after Wu & Yang 2020, The Jazz Transformer), histogram overlap (Yang &
Lerch 2020, MGEval). None is a quality by itself: each is compared with a reference on both sides.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations, groupby, pairwise
from statistics import fmean

from models.engines.clip.passage import Bar, Hit, Line, top_line
from models.tokens.vocabulary import TICKS_PER_QUARTER

Portrait = dict[str, float]
BACK_BARS = (1, 2, 4)  # repeats are looked for so many bars back
_FEWEST_INTERVALS = 3
_FEWEST_HEARD = 12  # notes, to know what is foreign
_HARSH = frozenset({1, 2, 6, 11})


def portrait(line: Line, places: Sequence[int]) -> Portrait:
    """What the part measures in these bars; what can't be measured is left out.

    Density and note lengths are logarithms to base 2: twice as many counts as much as half.

    Args:
        line: the whole part; earlier bars are what repeats are measured against.
        places: bars, ascending.
    """
    hits = line.hits(places)
    if not hits:
        return {}
    beats = sum(line.bars[p].end - line.bars[p].start for p in places) / TICKS_PER_QUARTER
    onsets = {hit.start for hit in hits}
    found = {
        "density": math.log2(len(onsets) / beats),
        "chord": math.log2(len(hits) / len(onsets)),
        "entropy": entropy(_colours(hits, drums=line.drums)),
        "variety": fmean(len({hit.pitch for hit in line.bars[p].hits}) for p in places),
        **_rhythm(line, places),
        **_likeness(line, places),
    }
    if not line.drums:
        found |= _melody(top_line(hits))
        found |= _chords(hits)
        found["centre"] = fmean(hit.pitch for hit in hits)
        found["length"] = fmean(math.log2((h.end - h.start) / TICKS_PER_QUARTER) for h in hits)
    return found


def kinship(line: Line, places: Sequence[int], source: Line, known: Sequence[int]) -> Portrait:
    """How much the bars have in common with the source, and how they join what stands beside them.

    Args:
        line: the part with the candidate written in.
        places: the bars that were written.
        source: the part without it.
        known: the bars of the source.
    """
    hits, old = line.hits(places), source.hits(known)
    if not hits or not old:
        return {}
    found = {
        "shared": overlap(_colours(hits, drums=line.drums), _colours(old, drums=line.drums)),
        "beats_shared": overlap(_beats(line, places), _beats(source, known)),
    }
    if line.drums:
        return found
    if jumps := list(_jumps(line, set(places))):
        found["seam"] = fmean(jumps)
    return found


def home(line: Line, places: Sequence[int], heard: Counter[Hashable]) -> Portrait:
    """Share of notes whose pitch class is not heard in what stands.

    Args:
        line: the part with the candidate written in.
        places: the bars that were written.
        heard: pitch classes of all parts that stand, by number of notes.
    """
    hits = line.hits(places)
    if line.drums or not hits or sum(heard.values()) < _FEWEST_HEARD:
        return {}
    return {"foreign": fmean(heard[hit.pitch % 12] == 0 for hit in hits)}


def heard_classes(lines: Iterable[Sequence[Hit]]) -> Counter[Hashable]:
    """Pitch classes of these notes, by number of notes."""
    return Counter(hit.pitch % 12 for hits in lines for hit in hits)


def entropy(counts: Counter[Hashable]) -> float:
    """Of a histogram, in bits."""
    total = sum(counts.values())
    return -sum(n / total * math.log2(n / total) for n in counts.values())


def overlap(left: Counter[Hashable], right: Counter[Hashable]) -> float:
    """What two histograms share, 0 to 1."""
    total, other = sum(left.values()), sum(right.values())
    if not total or not other:
        return 0.0
    return sum(min(count / total, right[key] / other) for key, count in left.items())


def dice(left: Iterable[Hashable], right: Iterable[Hashable]) -> float:
    """Twice what two sets share over the size of both; 1 for two empty ones."""
    a, b = frozenset(left), frozenset(right)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def shape(bar: Bar) -> frozenset[tuple[int, int]]:
    """Onset in the bar and pitch of each hit."""
    return frozenset((hit.start - bar.start, hit.pitch) for hit in bar.hits)


def _colours(hits: Iterable[Hit], *, drums: bool) -> Counter[Hashable]:
    """Pitch classes, or pads."""
    return Counter(hit.pitch if drums else hit.pitch % 12 for hit in hits)


def _beats(line: Line, places: Iterable[int]) -> Counter[Hashable]:
    """Where in the pulse notes begin, in sixths of a quarter."""
    bars = [line.bars[place] for place in places]
    return Counter(
        (hit.start - bar.start) % bar.pulse // 4 for bar in bars for hit in top_line(bar.hits)
    )


def _melody(top: Sequence[Hit]) -> Portrait:
    sizes = [abs(b.pitch - a.pitch) for a, b in pairwise(top)]
    if len(sizes) < _FEWEST_INTERVALS:
        return {}
    return {
        "interval": fmean(min(size, 24) for size in sizes),
        "steps": fmean(1 <= size <= 2 for size in sizes),
        "leaps": fmean(size >= 5 for size in sizes),
        "same": fmean(size == 0 for size in sizes),
        "turns": fmean(
            (b.pitch - a.pitch) * (c.pitch - b.pitch) < 0
            for a, b, c in zip(top, top[1:], top[2:], strict=False)
        ),
    }


def _chords(hits: Sequence[Hit]) -> Portrait:
    """Share of harsh intervals among notes struck together."""
    together = (list(group) for _, group in groupby(hits, key=lambda hit: hit.start))
    sizes = [abs(a.pitch - b.pitch) % 12 for group in together for a, b in combinations(group, 2)]
    return {"harsh": fmean(size in _HARSH for size in sizes)} if sizes else {}


def _rhythm(line: Line, places: Sequence[int]) -> Portrait:
    """Shares of pulses in which nothing sounds, and of onsets off the pulse in three ways."""
    bars = [line.bars[place] for place in places]
    onsets = {hit.start for bar in line.bars for hit in bar.hits}
    own = [(hit.start, bar) for bar in bars for hit in top_line(bar.hits)]
    off = [(start, bar) for start, bar in own if (start - bar.start) % bar.pulse]
    tied = [1 for start, bar in off if _next_pulse(start, bar) not in onsets]
    fine = [1 for start, bar in off if (start - bar.start) * 2 % bar.pulse]
    return {
        "empty": _empty(line, bars),
        "offbeat": len(off) / len(own),
        "syncopation": len(tied) / len(own),
        "fine": len(fine) / len(own),
    }


def _next_pulse(start: int, bar: Bar) -> int:
    return start - (start - bar.start) % bar.pulse + bar.pulse


def _empty(line: Line, bars: Sequence[Bar]) -> float:
    """Share of pulses in which nothing sounds, or for drums in which nothing is struck."""
    pulses = [
        (start, min(start + bar.pulse, bar.end))
        for bar in bars
        for start in range(bar.start, bar.end, bar.pulse)
    ]
    low, high = bars[0].start, bars[-1].end
    hits = [hit for bar in line.bars for hit in bar.hits if hit.start < high]
    filled = set()
    for hit in hits:
        end = hit.start + 1 if line.drums else hit.end
        if end > low:
            filled |= {pulse for pulse in pulses if hit.start < pulse[1] and end > pulse[0]}
    return 1 - len(filled) / len(pulses)


def _likeness(line: Line, places: Sequence[int]) -> Portrait:
    """How much a bar is like the bar before in rhythm, and like the likest of those before."""
    grooves, repeats = [], []
    for place in places:
        bar = line.bars[place]
        earlier = [line.bars[place - back] for back in BACK_BARS if back <= place]
        if not bar.hits or not any(other.hits for other in earlier):
            continue
        shapes = shape(bar)
        repeats.append(max(dice(shapes, shape(other)) for other in earlier))
        grooves.append(dice(_onsets(bar), _onsets(earlier[0])))
    return {"groove": fmean(grooves), "repeat": fmean(repeats)} if repeats else {}


def _onsets(bar: Bar) -> set[int]:
    return {hit.start - bar.start for hit in bar.hits}


def _jumps(line: Line, places: set[int]) -> Iterable[int]:
    """Semitones between the top notes on both sides of each place where old and new meet."""
    for place in range(1, len(line.bars)):
        before, after = line.bars[place - 1].hits, line.bars[place].hits
        if ((place in places) != (place - 1 in places)) and before and after:
            yield min(24, abs(top_line(after)[0].pitch - top_line(before)[-1].pitch))
