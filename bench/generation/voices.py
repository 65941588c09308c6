# SPDX-License-Identifier: Apache-2.0
"""Four voices under held-out sopranos: broken rules per 100 changes, beside the composers' own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harmonising.systems import Lines, Piece, composer, lines_of, piece_of, triad_block
from harmonising.tally import RULES, Tally, add, row_values

from generation.players import Players, Question, labelled
from generation.systems import settings
from generation.windows import by_hash, excerpt
from models.clip import Clip
from models.corpus.piece import VOICES
from models.corpus.shards import open_shards
from models.theory.keys import key_of
from models.theory.voiceleading import check, moments

SETS = ("jsb-chorales", "openhymnal")
BARS = 8
FEWEST_NOTES = 8
ANY_KEY = key_of(0, minor=False)  # parallels are the same in every key
PARALLELS = ("parallel fifths", "parallel octaves")


def four_parts(corpus: Path, name: str) -> list[tuple[str, list[Clip]]]:
    """Path and voices of every held-out work of a set in four parts and one metre."""
    found = []
    for shard in open_shards(corpus, "test"):
        own = shard.pieces() if shard.path.name.startswith(f"{name}.") else ()
        for piece in own:
            clips = {part.role: part.clip for part in piece.parts}
            whole = set(clips) == set(VOICES) and len(piece.parts) == len(VOICES)
            if whole and not clips["S"].metre_changes:
                found.append((piece.label.path, [clips[voice] for voice in VOICES]))
    return found


def held_out(works: Sequence[tuple[str, list[Clip]]], most: int) -> list[Piece]:
    """The first eight bars of at most so many works, chosen by the hash of their names.

    The sopranos begin at beat 0; pickups are left out.
    """
    found: list[Piece] = []
    for path, clips in by_hash(works, lambda work: work[0], len(works)):
        end = BARS * clips[0].metre.bar_beats
        piece = piece_of(path, [excerpt(clip, 0.0, end) for clip in clips], FEWEST_NOTES)
        if piece is not None:
            found.append(piece)
        if len(found) == most:
            break
    return found


def composers_rate(works: Sequence[tuple[str, list[Clip]]]) -> float:
    """Parallel fifths and octaves per 100 changes in all of the works, from end to end."""
    faults = changes = 0
    for _, clips in works:
        lines = lines_of(clips)
        rows = [row for _, row in moments(lines)]
        changes += sum(a != b for a, b in pairwise(rows))
        faults += sum(found.kind in PARALLELS for found in check(lines, ANY_KEY))
    return 100 * faults / max(1, changes)


@dataclass
class _Row:
    name: str
    lines: Sequence[Lines | None]


def table(
    pieces: Sequence[Piece], rate: float, systems: Sequence[str], players: Players
) -> list[list[str]]:
    """A row for each measure, a column for each system.

    Args:
        pieces: excerpts whose sopranos are given.
        rate: parallels per 100 changes that the others are held against.
        systems: engines and their settings.
        players: who answers.
    """
    rows = [_Row("composer", [composer(piece) for piece in pieces])]
    for system in systems:
        engine, given = settings(system)
        asked = [
            Question(engine, "harmonise", piece.voices[:1], {"voices": "soprano", **given})
            for piece in pieces
        ]
        replies = players.answers(asked)
        lines = [lines_of(reply.parts) if reply.parts else None for reply in replies]
        rows.append(_Row(labelled(system, replies), lines))
    rows.append(_Row("triads as blocks", [triad_block(piece) for piece in pieces]))
    tallies = {row.name: tally_of(pieces, row) for row in rows}
    return _laid_out(tallies, rate)


def tally_of(pieces: Sequence[Piece], row: _Row) -> Tally:
    """The counts over all pieces that were answered."""
    tally = Tally(rules=Counter())
    for piece, lines in zip(pieces, row.lines, strict=True):
        if lines is not None:
            add(tally, piece, lines)
    return tally


def parallels(tally: Tally) -> float:
    """Parallel fifths and octaves per 100 changes."""
    assert tally.rules is not None
    return 100 * sum(tally.rules[kind] for kind in PARALLELS) / max(1, tally.changes)


def _laid_out(tallies: dict[str, Tally], rate: float) -> list[list[str]]:
    heads = ["composer-chord tones %", "clean chords %", "LT resolved %", *RULES]
    columns = [row_values(tally)[: len(heads)] for tally in tallies.values()]
    body = [[head, *cells] for head, *cells in zip(heads, *columns, strict=True)]
    both = [f"{parallels(tally):.2f}" for tally in tallies.values()]
    times = [f"{parallels(tally) / rate:.2f}" if rate else "–" for tally in tallies.values()]
    changes = [str(tally.changes) for tally in tallies.values()]
    return [
        ["", *tallies],
        ["**parallel fifths and octaves**", *both],
        [f"over the composers' {rate:.2f} in all works", *times],
        *body,
        ["changes of harmony", *changes],
    ]
