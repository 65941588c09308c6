# SPDX-License-Identifier: Apache-2.0
"""What is counted in four voices: chord tones, clean chords, leading tones, broken rules."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harmonising.systems import Lines, Piece, System
from models.theory.voiceleading import check, moments

_SHAPES = (
    (0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8),
    (0, 4, 7, 10), (0, 3, 7, 10), (0, 4, 7, 11), (0, 3, 6, 10), (0, 3, 6, 9),
)  # fmt: skip
SOUNDS = [frozenset((root + s) % 12 for s in shape) for root in range(12) for shape in _SHAPES]
RULES = (
    "parallel fifths", "parallel octaves", "direct fifths", "direct octaves",
    "crossing", "overlap", "spacing", "range", "leap", "doubled leading tone",
)  # fmt: skip


@dataclass
class Tally:
    """Counts over the pieces of one system."""

    changes: int = 0
    strong: int = 0
    consonant: int = 0
    fitting: int = 0
    tones: int = 0
    leading: int = 0
    resolved: int = 0
    rules: Counter[str] | None = None
    entropy: list[float] | None = None
    seconds: float = 0.0
    beats: float = 0.0


def measure(pieces: Sequence[Piece], system: System) -> Tally:
    tally = Tally(rules=Counter())
    for piece in pieces:
        begin = time.perf_counter()
        lines = system(piece)
        tally.seconds += time.perf_counter() - begin
        tally.beats += piece.voices[0].length_beats
        add(tally, piece, lines)
    return tally


def add(tally: Tally, piece: Piece, lines: Lines) -> None:
    rows = [(beats, row) for beats, row in moments(lines)]
    before: tuple[int | None, ...] | None = None
    for beats, row in rows:
        full = [pitch for pitch in row if pitch is not None]
        if before is not None and row != before:
            tally.changes += 1
            leading_tones(tally, piece, before, row)
        before = row
        if beats % 1.0 or len(full) < 4:
            continue
        tally.strong += 1
        classes = {pitch % 12 for pitch in full}
        tally.consonant += any(classes <= triad for triad in SOUNDS)
        chord = piece.reading.at(beats).chord
        tally.tones += 3
        tally.fitting += sum(pitch % 12 in chord.tones for pitch in full[1:])
    assert tally.rules is not None
    tally.rules.update(finding.kind for finding in check(lines, piece.key))


def leading_tones(
    tally: Tally, piece: Piece, before: tuple[int | None, ...], row: tuple[int | None, ...]
) -> None:
    """Whether the leading tone of an outer voice rises when the tonic triad comes."""
    leading = (piece.key.tonic + 11) % 12
    third = (piece.key.tonic + (3 if piece.key.minor else 4)) % 12
    classes = {pitch % 12 for pitch in row if pitch is not None}
    if not {piece.key.tonic, third} <= classes:
        return
    for voice, (old, new) in enumerate(zip(before, row, strict=True)):
        if voice and old is not None and new is not None and old % 12 == leading:
            tally.leading += 1
            tally.resolved += new - old == 1


def row_values(tally: Tally) -> list[str]:
    assert tally.rules is not None
    per_100 = 100 / max(tally.changes, 1)
    return [
        f"{100 * tally.fitting / max(tally.tones, 1):.1f}",
        f"{100 * tally.consonant / max(tally.strong, 1):.1f}",
        f"{100 * tally.resolved / max(tally.leading, 1):.0f} of {tally.leading}",
        *(f"{tally.rules[rule] * per_100:.2f}" for rule in RULES),
        f"{1000 * tally.seconds / max(tally.beats, 1):.1f}",
    ]
