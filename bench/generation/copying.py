# SPDX-License-Identifier: Apache-2.0
"""Whether new music was copied from training: shared runs, one work far ahead of the rest, seams.

A run is a stretch of successive notes with the same steps in pitch and in time, whatever the key
and the place. The same questions put to the held-out truth say how much strangers share anyway.
Training music is all pitched parts of the sets that weights which ship are trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import numpy as np
from continuing.windows import Window
from numpy.typing import NDArray

from generation.systems import Notes
from models.clip import Note, note_order
from models.corpus.sets import set_named
from models.corpus.shards import open_shards
from models.tokens.vocabulary import DRUM_ROLES

Codes = NDArray[np.int64]
Hashes = NDArray[np.uint64]

STEPS_PER_BEAT = 12  # finer differences are feel
LONGEST_GAP = 1023  # steps
GAP_BETWEEN_PARTS = -1  # equals no step
GRAM = 4  # steps of a shingle: five notes
SEGMENT, HOP = 32, 16  # steps of a stretch of training that an answer is held against
FORMULA = 2000  # places beyond which a shingle says nothing
SEAM_NOTES = 8  # on either side
ALIKE = 0.3
AHEAD = 2.0
_BASE = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Training:
    """The steps of all training parts in a row, padded to whole hops.

    `work_of` names the work of each hop by number; `shingles` holds the hash at each place.
    """

    codes: Codes
    work_of: NDArray[np.int32]
    order: NDArray[np.int64]
    sorted_shingles: Hashes
    notes: int
    works: int


def codes_of(notes: Sequence[Note]) -> Codes:
    """Each step from one note to the next, as one number for its pitch and time."""
    line = sorted(notes, key=note_order)
    if len(line) < 2:
        return np.zeros(0, np.int64)
    pitches = np.array([note.pitch for note in line], np.int64)
    onsets = np.rint(np.array([note.start_beats for note in line]) * STEPS_PER_BEAT)
    gaps = np.minimum(np.diff(onsets.astype(np.int64)), LONGEST_GAP)
    return np.diff(pitches) + 128 + 256 * gaps


def read_training(corpus: Path) -> Training:
    """All training music as one row of steps."""
    rows: list[Codes] = []
    owners: list[int] = []
    works: dict[str, int] = {}
    notes = 0
    for work, line in _training_lines(corpus):
        number = works.setdefault(work, len(works))
        length = -(-(len(line) + 1) // HOP) * HOP
        rows.append(np.pad(line, (0, length - len(line)), constant_values=GAP_BETWEEN_PARTS))
        owners += [number] * (length // HOP)
        notes += len(line) + 1
    codes = np.concatenate(rows)
    shingles = grams(codes, GRAM)
    order = np.argsort(shingles, kind="stable")
    return Training(codes, np.array(owners, np.int32), order, shingles[order], notes, len(works))


def _training_lines(corpus: Path) -> Iterator[tuple[str, Codes]]:
    for shard in open_shards(corpus, "train"):
        info = set_named(shard.path.name.split(".")[0])
        if not (info.may_ship and info.weight):
            continue
        for piece in shard.pieces():
            for part in piece.parts:
                if part.role not in DRUM_ROLES and len(part.clip.notes) > GRAM:
                    yield piece.label.work, codes_of(part.clip.notes)


def grams(codes: Codes, size: int) -> Hashes:
    """A hash of each stretch of `size` steps, by its first one; shorter ends are left out."""
    found = np.zeros(max(0, len(codes) - size + 1), np.uint64)
    for place in range(size):
        found = found * _BASE + codes[place : place + len(found)].astype(np.uint64)
    return found


# -- the three questions -------------------------------------------------------------------------


def longest_runs(queries: Sequence[Codes], training: Codes) -> list[int]:
    """For each query the steps of its longest stretch that stands in training too.

    A stretch of n steps can only be shared where its first n - 1 are, so candidates on both sides
    grow fewer with every step.
    """
    mine = np.concatenate([*queries, np.array([-2])])
    lengths = [len(query) for query in queries]
    owner = np.append(np.repeat(np.arange(len(queries)), lengths), -1)
    ends = np.repeat(np.cumsum(lengths), lengths)
    best = [0] * len(queries)
    here, there = np.arange(len(mine) - 1), np.arange(len(training))
    hash_here, hash_there = (np.zeros(len(places), np.uint64) for places in (here, there))
    size = 0
    while len(here) and len(there):
        inside, room = here + size < ends[here], there + size < len(training)
        here, hash_here, there, hash_there = (
            here[inside], hash_here[inside], there[room], hash_there[room]
        )  # fmt: skip
        hash_here = hash_here * _BASE + mine[here + size].astype(np.uint64)
        hash_there = hash_there * _BASE + training[there + size].astype(np.uint64)
        kept_there = np.isin(hash_there, hash_here)
        there, hash_there = there[kept_there], hash_there[kept_there]
        kept = np.isin(hash_here, hash_there)
        here, hash_here = here[kept], hash_here[kept]
        size += 1
        for query in np.unique(owner[here]):
            best[query] = size
    return best


def nearest_works(query: Codes, training: Training) -> tuple[float, float]:
    """Jaccard similarity of the query's shingles to the nearest stretch of the two nearest works.

    Shingles that stand in more than 2,000 places are formulas and count on neither side.
    """
    mine = np.unique(grams(query, GRAM))
    low = np.searchsorted(training.sorted_shingles, mine, "left")
    high = np.searchsorted(training.sorted_shingles, mine, "right")
    told = high - low <= FORMULA
    places = [training.order[a:b] // HOP for a, b in zip(low[told], high[told], strict=True)]
    segments = [_segments(found, training.work_of) for found in places]
    firsts, shared = np.unique(np.concatenate(segments or [low[:0]]), return_counts=True)
    own = SEGMENT - GRAM + 1
    alike = shared / (int(told.sum()) + own - np.minimum(shared, own))
    best: dict[int, float] = {}
    for place, value in zip(firsts, alike, strict=True):
        work = int(training.work_of[place])
        best[work] = max(best.get(work, 0.0), min(1.0, float(value)))
    first, second, *_ = sorted([*best.values(), 0.0, 0.0], reverse=True)
    return first, second


def _segments(hops: NDArray[np.int64], work_of: NDArray[np.int32]) -> NDArray[np.int64]:
    """The stretches of two hops of one work, by their first hop, that hold one of these hops."""
    before = np.maximum(hops - 1, 0)
    return np.union1d(hops, before[work_of[before] == work_of[hops]])


def across_seam(window: Window, notes: Notes) -> Codes:
    """The steps of the prompt's last eight notes and the first eight after them."""
    before = sorted(window.prompt.notes, key=note_order)[-SEAM_NOTES:]
    after = sorted(notes, key=note_order)[:SEAM_NOTES]
    return codes_of([*before, *(note.moved(window.prompt.length_beats) for note in after)])


# -- table ---------------------------------------------------------------------------------------


def table(
    windows: Sequence[Window], found: Mapping[str, Sequence[Notes]], training: Training
) -> list[list[str]]:
    """A row for each system; the truth is the null."""
    head = [
        "", "longest shared run, notes: median", "90 %", "most", "nearest work (Jaccard)",
        "first over second", f"≥ {ALIKE} and {AHEAD:g}× ahead %", "verbatim over the seam %",
    ]  # fmt: skip
    rows = []
    for name, written in found.items():
        queries = [codes_of(notes) for notes in written]
        runs = [steps + 1 for steps in longest_runs(queries, training.codes)]
        pairs = [nearest_works(query, training) for query in queries]
        ratios = [first / second for first, second in pairs if second]
        alike = [first >= ALIKE and first >= AHEAD * second for first, second in pairs]
        seams = [across_seam(w, notes) for w, notes in zip(windows, written, strict=True)]
        whole = longest_runs(seams, training.codes)
        verbatim = [steps == 2 * SEAM_NOTES - 1 for steps in whole]
        rows.append(
            [
                name, f"{median(runs):.0f}", f"{np.quantile(runs, 0.9):.0f}", str(max(runs)),
                f"{fmean(first for first, _ in pairs):.3f}", f"{median(ratios or [0]):.2f}",
                f"{100 * fmean(alike):.1f}", f"{100 * fmean(verbatim):.1f}",
            ]
        )  # fmt: skip
    return [head, *rows]
