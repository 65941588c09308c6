# SPDX-License-Identifier: Apache-2.0
"""Gates: faults that a musician hears at once; a candidate with one is not offered.

Each gate is a function that returns what is wrong in words, or nothing. Thresholds are two-sided
where that makes sense, and give way to a source that does the same: who plays one note for eight
bars may get one note. `bench/ranking.py` measures how often each gate finds fault with real music.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from models.engines.clip.passage import Bar, Hit, Line, top_line
from models.engines.clip.portrait import shape
from models.tokens.controls import DENSITY_BOUNDS
from models.tokens.scene import Controls
from models.tokens.vocabulary import TICKS_PER_QUARTER

TUNES = frozenset({"lead", "vocal", "counter", "S"})  # roles that must move
FIGURES = frozenset({"drums", "percussion", "bass", "chords", "pad", "arp"})  # that may stay
SAME = 4  # similarity that asks for the same
_FEW_NOTES = 6  # fewer say little of a pattern
_FROZEN_BARS = 4
_HAMMERED = 8  # notes of one pitch in a row
_RATIO = 3.0  # of densities
_STUCK_BEATS = 8.0


@dataclass(frozen=True, slots=True)
class Look:
    """One part of one candidate, as the gates see it.

    Attributes:
        line: the part with the candidate written in.
        places: bars that were written, ascending.
        source: the part as it was, with drafts that were to be reworked.
        known: bars of the source, ascending; none where it is silent.
        wishes: for each of `places`, what was asked.
        reworked: whether the source is a draft of the very bars that were written.
    """

    line: Line
    places: tuple[int, ...]
    source: Line
    known: tuple[int, ...]
    wishes: tuple[Controls, ...]
    reworked: bool = False

    @property
    def hits(self) -> list[Hit]:
        """What begins in the bars that were written."""
        return self.line.hits(self.places)

    @property
    def old(self) -> list[Hit]:
        """What begins in the bars of the source."""
        return self.source.hits(self.known)


Gate = Callable[[Look], str]


def silence(look: Look) -> str:
    """Nothing was written, where something was wanted."""
    wanted = any(wish.density != 0 for wish in look.wishes)
    return "nothing plays" if wanted and not look.hits else ""


def empty_bar(look: Look) -> str:
    """A silent bar where the source has none, nor was one asked for."""
    if not look.known or _silent(look.source, look.known):
        return ""
    wanted = [p for p, w in zip(look.places, look.wishes, strict=True) if w.density != 0]
    return "a bar is empty" if _silent(look.line, wanted) else ""


def oscillation(look: Look) -> str:
    """More than half of a tune goes to and fro between two notes."""
    top = top_line(look.hits)
    if look.line.role not in TUNES or len(top) < _FEW_NOTES:
        return ""
    limit = max(0.5, 1.25 * _to_and_fro(top_line(look.old)))
    return "it goes to and fro between two notes" if _to_and_fro(top) > limit else ""


def frozen(look: Look) -> str:
    """Four equal bars in a row, where the source doesn't repeat so and nobody asked for it."""
    asked = any(wish.similarity == SAME or wish.reference for wish in look.wishes)
    if asked or look.reworked or (look.line.role in FIGURES and len(look.known) < _FROZEN_BARS):
        return ""
    if _equal_bars(look.line, look.places) < _FROZEN_BARS:
        return ""
    return "" if _equal_bars(look.source, look.known) >= _FROZEN_BARS - 1 else "a bar repeats on"


def few_pitches(look: Look) -> str:
    """A tune of two pitches a bar or fewer, where the source has more."""
    if look.line.role not in TUNES or len(top_line(look.hits)) < 4 * len(look.places):
        return ""
    if look.known and _colours(look.source, look.known) <= 2:
        return ""
    return "a bar has hardly two pitches" if _colours(look.line, look.places) <= 2 else ""


def hammering(look: Look) -> str:
    """One pitch over and over, longer than the source does it."""
    if look.line.role in FIGURES and not look.known:
        return ""
    usual = 2 * _longest_run(look.old) if look.known else 2 * _HAMMERED
    limit = max(_HAMMERED, usual)
    return "one note is hammered" if _longest_run(look.hits) > limit and not look.line.drums else ""


def crowding(look: Look) -> str:
    """Three times as dense as the source or what was asked, or a third of it."""
    reference = asked_density(look) or _density(look.source, look.known)
    found = _density(look.line, look.places)
    if not reference or not found or len(look.old) < _FEW_NOTES:
        return ""
    if found > _RATIO * reference:
        return "it is far denser than asked"
    return "it is far thinner than asked" if found < reference / _RATIO else ""


def stuck(look: Look) -> str:
    """A note that is held for longer than two bars and twice as long as any of the source."""
    if look.line.drums:
        return ""
    longest = max((hit.end - hit.start for hit in look.hits), default=0)
    usual = max((hit.end - hit.start for hit in look.old), default=0)
    bars = [look.line.bars[place] for place in look.places]
    limit = max(_STUCK_BEATS * TICKS_PER_QUARTER, 2 * max(b.end - b.start for b in bars), 2 * usual)
    return "a note is stuck" if longest > limit else ""


def unchanged(look: Look) -> str:
    """The draft came back as it was, where a change was asked for."""
    if not look.reworked or any(wish.similarity == SAME for wish in look.wishes):
        return ""
    pairs = ((look.line.bars[p], look.source.bars[p]) for p in look.places)
    return "nothing has changed" if all(a.hits == b.hits for a, b in pairs) else ""


GATES: tuple[Gate, ...] = (
    silence,
    empty_bar,
    oscillation,
    frozen,
    few_pitches,
    hammering,
    crowding,
    stuck,
    unchanged,
)


def faults(look: Look, gates: Sequence[Gate] = GATES) -> tuple[str, ...]:
    """What the gates find, in words."""
    return tuple(found for gate in gates if (found := gate(look)))


def _silent(line: Line, places: Sequence[int]) -> bool:
    """Whether nothing sounds through one of these bars."""
    every = [hit for bar in line.bars for hit in bar.hits]
    return not all(
        any(hit.start < bar.end and hit.end > bar.start for hit in every)
        for bar in (line.bars[place] for place in places)
    )


def _to_and_fro(top: Sequence[Hit]) -> float:
    """Share of three notes in a row that are a-b-a."""
    threes = [(a.pitch, b.pitch, c.pitch) for a, b, c in zip(top, top[1:], top[2:], strict=False)]
    return sum(a == c != b for a, b, c in threes) / len(threes) if threes else 0.0


def _equal_bars(line: Line, places: Sequence[int]) -> int:
    """Most bars in a row that are the same, one of `places` among them."""
    within = set(places)
    best = 0
    numbered = [(n, shape(bar)) for n, bar in enumerate(line.bars)]
    for same, group in groupby(numbered, key=lambda row: row[1]):
        numbers = [n for n, _ in group]
        if same and within.intersection(numbers):
            best = max(best, len(numbers))
    return best


def _colours(line: Line, places: Sequence[int]) -> float:
    """Distinct pitches in the middle one of the bars that have notes."""
    counts = [len({hit.pitch for hit in line.bars[p].hits}) for p in places if line.bars[p].hits]
    return median(counts) if counts else 0.0


def _longest_run(hits: Sequence[Hit]) -> int:
    """Most onsets in a row with the same highest pitch."""
    top = top_line(hits)
    run = best = min(1, len(top))
    for before, after in pairwise(top):
        run = run + 1 if after.pitch == before.pitch else 1
        best = max(best, run)
    return best


def _density(line: Line, places: Sequence[int]) -> float:
    """Onsets a beat."""
    bars: list[Bar] = [line.bars[place] for place in places]
    ticks = sum(bar.end - bar.start for bar in bars)
    onsets = sum(len(top_line(bar.hits)) for bar in bars)
    return onsets * TICKS_PER_QUARTER / ticks if ticks else 0.0


def asked_density(look: Look) -> float:
    """Onsets a beat that were asked for on average; 0 where some bar has no wish."""
    asked = [wish.density for wish in look.wishes if wish.density is not None]
    if len(asked) < len(look.wishes):
        return 0.0
    return sum(bucket_density(bucket) for bucket in asked) / len(asked)


def bucket_density(bucket: int) -> float:
    """Onsets a beat in the middle of a DENSITY bucket."""
    edges = (0.0, *DENSITY_BOUNDS, 6.0)
    return (edges[bucket] + edges[bucket + 1]) / 2 if bucket else 0.0
