# SPDX-License-Identifier: Apache-2.0
"""Fingerprints: what stays the same when a tune is transposed, re-barred or written slower.

A tune is cut into overlapping windows of its line; each is hashed from its intervals and from
the ratios of successive onset distances. Windows of notes are taken, not of bars, because the
same tune stands in 2/2 and 2/4, with and without its pickup, and some sets know no bars. A fixed
share of the hashes is kept, the same ones everywhere (Broder, "On the resemblance and containment
of documents", 1997), so that whole corpora fit in memory.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise

from models.clip import Note, note_order
from models.corpus.piece import Piece, PiecePart
from models.corpus.sets import Tune
from models.tokens.vocabulary import DRUM_ROLES

WINDOW_NOTES = 12
_KEEP_ONE_IN = 4
_MIN_INTERVALS = 4  # different intervals a window must hold: scales and drones tell nothing
_MAX_LINES = 4  # of a piece
_TOGETHER_BEATS = 0.03
_LEADS = ("lead", "vocal", "S")


def signature(piece: Piece) -> str:
    """The same for two pieces if one is the other, transposed or moved in time; else differs."""
    notes = sorted(
        (round(note.start_beats * 24), note.pitch, part.role in DRUM_ROLES)
        for part in piece.parts
        for note in part.clip.notes
    )
    if not notes:
        return ""
    low = min((pitch for _, pitch, drum in notes if not drum), default=0)
    first = notes[0][0]
    digest = blake2b(digest_size=16)
    for step, pitch, drum in notes:
        place = pitch if drum else pitch - low + 256
        digest.update((step - first).to_bytes(4, "little") + place.to_bytes(2, "little"))
    return digest.hexdigest()


def windows(piece: Piece, tune: Tune) -> array[int]:
    """Hashes of the windows of the lines that carry a piece's tune.

    Args:
        piece: the piece, roles assigned.
        tune: which lines count, as its set says.
    """
    found: set[int] = set()
    for part in _tune_parts(piece, tune):
        found.update(_hashes(_skyline(part.clip.notes)))
    return array("Q", sorted(found))


def _tune_parts(piece: Piece, tune: Tune) -> Sequence[PiecePart]:
    """The leading parts, or the highest one when nothing is said to lead."""
    if tune == "none":
        return ()
    leads = piece.with_role(*_LEADS)[:_MAX_LINES]
    if leads or tune == "lead":
        return leads
    pitched = [part for part in piece.parts if part.role not in DRUM_ROLES and part.clip.notes]
    return sorted(pitched, key=_mean_pitch)[-1:]


def _mean_pitch(part: PiecePart) -> float:
    return sum(note.pitch for note in part.clip.notes) / len(part.clip.notes)


def _skyline(notes: Iterable[Note]) -> list[tuple[float, int]]:
    """(onset, highest pitch) of each onset."""
    line: list[tuple[float, int]] = []
    for note in sorted(notes, key=note_order):
        if line and note.start_beats - line[-1][0] < _TOGETHER_BEATS:
            line[-1] = (line[-1][0], note.pitch)
        else:
            line.append((note.start_beats, note.pitch))
    return line


def _hashes(line: Sequence[tuple[float, int]]) -> Iterable[int]:
    """The kept hashes of a line's windows."""
    intervals = bytes(
        min(max(after[1] - before[1], -60), 60) + 64 for before, after in pairwise(line)
    )
    gaps = [after[0] - before[0] for before, after in pairwise(line)]
    ratios = bytes(
        min(max(round(2 * math.log2(after / before)), -12), 12) + 16
        for before, after in pairwise(gaps)
    )
    size = WINDOW_NOTES - 1
    for start in range(len(intervals) - size + 1):
        steps = intervals[start : start + size]
        if len(set(steps)) < _MIN_INTERVALS:
            continue
        content = steps + ratios[start : start + size - 1]
        value = int.from_bytes(blake2b(content, digest_size=8).digest(), "little")
        if value % _KEEP_ONE_IN == 0:
            yield value
