# SPDX-License-Identifier: Apache-2.0
"""Wrong pairing: does the network give a part more with the parts it was played with?

A part is to be written for eight bars of a held-out song; around it stand the other parts of that
song, or parts of the same roles from another one: of the same metre and bar length, transposed so
that the keys' tonics agree. The header (tempo, key) is the same in both questions. By chance half
of the pairs are right. After the matched-context tests of symbolic accompaniment systems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from likelihood.coincidence import coincidence
from likelihood.scoring import Scorer
from likelihood.windows import Window, key_told, rank, windows
from models.tokens.grid import grid_bars
from models.tokens.scene import Part, Scene, cells_of, sort_parts
from models.tokens.vocabulary import DRUM_ROLES

BARS = 8
TARGETS = {"bass": ("bass",), "drums": ("drums",), "chords": ("chords",), "lead": ("lead", "vocal")}
SETS = (
    *("freedoom", "simutrans", "avmidi", "openmsx", "openewld-pd", "openscore-lieder"),
    *("nottingham", "mutopia", "openscore-quartets"),
)
FEWEST_NOTES = 8
CANDIDATES = 60  # windows of other songs that are looked at
OF_SET = 160  # windows read of each set
BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Pair:
    """A part with its own context and with a foreign one."""

    work: str
    right: Scene
    wrong: Scene


def pairs(pool: Sequence[Window], target: str, scorer: Scorer) -> Iterator[Pair]:
    """Pairs of one target role; the windows of a pool take turns by work already."""
    for window in pool:
        parts = [n for n, p in enumerate(window.parts) if p.role in TARGETS[target]]
        parts = [n for n in parts if len(window.parts[n].clip.notes) >= FEWEST_NOTES]
        if not parts:
            continue
        part = min(parts, key=lambda n: rank(window.name, "pair", n))
        donors = sorted(
            (w for w in pool if _comparable(window, w)), key=lambda w: rank(window.name, w.name)
        )
        found = _best(window, part, donors[:CANDIDATES], target)
        if found is not None:
            yield from _fitting(window, part, found, scorer)


def _comparable(window: Window, other: Window) -> bool:
    """Another song of the same set in the same metre."""
    same = window.label.set_name == other.label.set_name
    alone = window.label.work != other.label.work
    return same and alone and window.bars[0].metre == other.bars[0].metre


Match = tuple[list[int], list[Part]]


def _best(window: Window, part: int, donors: Sequence[Window], target: str) -> Match | None:
    """Own other parts and foreign ones of the same roles, as many as any donor offers."""
    best: Match | None = None
    for donor in donors:
        found = _shared(window, part, donor)
        if target != "drums" and all(p.role in DRUM_ROLES for p in found[1]):
            continue
        if found[0] and (best is None or len(found[0]) > len(best[0])):
            best = found
    return best


def _shared(window: Window, part: int, donor: Window) -> Match:
    """The parts that both have, by role, and the foreign ones in the window's key."""
    own = [n for n in range(len(window.parts)) if n != part and _plays(window.parts[n])]
    own = [n for n in own if window.parts[n].role != window.parts[part].role]
    there = [p for p in donor.parts if _plays(p)]
    left = Counter(p.role for p in there)
    kept = []
    for n in own:
        if left[window.parts[n].role] > 0:
            left[window.parts[n].role] -= 1
            kept.append(n)
    wanted = Counter(window.parts[n].role for n in kept)
    foreign = []
    for other in there:
        if wanted[other.role] > 0:
            wanted[other.role] -= 1
            foreign.append(other)
    return kept, [_in_key(p, _shift(window, donor)) for p in foreign]


def _plays(part: Part) -> bool:
    return len(part.clip.notes) >= FEWEST_NOTES


def _shift(window: Window, donor: Window) -> int:
    """Semitones -6 to 5 from one song's tonic to the other's."""
    here, there = window.label.key, donor.label.key
    if here is None or there is None:
        return 0
    return (here.tonic - there.tonic + 6) % 12 - 6


def _in_key(part: Part, semitones: int) -> Part:
    if part.role in DRUM_ROLES or not semitones:
        return part
    notes = tuple(
        replace(n, pitch=n.pitch + semitones)
        for n in part.clip.notes
        if 0 <= n.pitch + semitones <= 127
    )
    return replace(part, clip=part.clip.with_notes(notes))


def _fitting(window: Window, part: int, match: Match, scorer: Scorer) -> Iterator[Pair]:
    """The pair, with as many of the shared parts as both questions have room for."""
    kept, foreign = match
    own = [window.parts[n] for n in kept]
    while own:
        right = scene_of(window, window.parts[part], own)
        wrong = scene_of(window, window.parts[part], foreign)
        if scorer.fits(right) and scorer.fits(wrong):
            yield Pair(f"{window.label.set_name}/{window.label.work}", right, wrong)
            return
        role = max(own, key=lambda p: len(p.clip.notes)).role
        own, foreign = _without(own, role), _without(foreign, role)


def _without(parts: Sequence[Part], role: str) -> list[Part]:
    """One part of a role less."""
    place = next(n for n, p in enumerate(parts) if p.role == role)
    return [p for n, p in enumerate(parts) if n != place]


def scene_of(window: Window, target: Part, context: Sequence[Part]) -> Scene:
    """The target asked for all bars; tempo and key are told of its own song."""
    parts = sort_parts([target, *context])
    grid = grid_bars(window.bars)
    return Scene(
        "accompany",
        parts,
        grid,
        cells_of([next(n for n, p in enumerate(parts) if p is target)], range(len(grid))),
        tempo_bpm=window.tempo_bpm,
        key=key_told(window.parts, window.bars[-1].end_beats),
    )


def pool_of(corpus: Path, sets: Sequence[str] = SETS) -> list[Window]:
    """Windows of all sets that have parts to pair; sets take turns."""
    found = [list(islice(windows(corpus, name, bars=BARS), OF_SET)) for name in sets]
    longest = max(map(len, found), default=0)
    return [group[n] for n in range(longest) for group in found if n < len(group)]


def measure(
    pool: Sequence[Window], target: str, scorer: Scorer, count: int
) -> list[dict[str, Any]]:
    """For each pair of a role: its work, and what the wrong context costs.

    In nats a note for the network; in correlation of onsets for the plainest listener.
    """
    chosen = list(islice(pairs(pool, target, scorer), count))
    scored = scorer([scene for pair in chosen for scene in (pair.right, pair.wrong)])
    return [
        {
            "work": pair.work,
            "cost": (wrong.total - right.total) / right.notes,
            "right": right.total / right.notes,
            "parts": len(pair.right.parts) - 1,
            "onsets": coincidence(pair.right) - coincidence(pair.wrong),
        }
        for pair, right, wrong in zip(chosen, scored[::2], scored[1::2], strict=True)
    ]


def accuracy(costs: Sequence[float]) -> float:
    """Share of pairs in which the wrong context costs more; a tie is half right."""
    return sum((cost > 0) + 0.5 * (cost == 0) for cost in costs) / len(costs)


def interval(works: Sequence[str], costs: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """95 % interval of the accuracy: works are drawn again, not pairs (percentile bootstrap)."""
    by_work: dict[str, list[float]] = {}
    for work, cost in zip(works, costs, strict=True):
        by_work.setdefault(work, []).append(cost)
    groups, rng = list(by_work.values()), Random(seed)
    found = sorted(
        accuracy([cost for group in rng.choices(groups, k=len(groups)) for cost in group])
        for _ in range(BOOTSTRAPS)
    )
    return found[int(0.025 * BOOTSTRAPS)], found[int(0.975 * BOOTSTRAPS)]
