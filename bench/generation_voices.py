# SPDX-License-Identifier: Apache-2.0
"""Four voices under held-out sopranos: broken rules per 100 changes, beside the composers' own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generation_players import Players, Question
from generation_systems import settings
from generation_windows import by_hash, excerpt
from harmony import RULES, Tally, add, row_values
from harmony_systems import Lines, Piece, composer, lines_of, piece_of, triad_block

from models.corpus.piece import VOICES
from models.corpus.shards import open_shards

SETS = ("jsb-chorales", "openhymnal")
BARS = 8
FEWEST_NOTES = 8
PARALLELS = ("parallel fifths", "parallel octaves")


def held_out(corpus: Path, name: str, most: int) -> list[Piece]:
    """The first eight bars of at most so many four-part works, chosen by the hash of their names.

    Quavers and shorter notes are as written; the sopranos begin at beat 0, pickups are left out.
    """
    shard = next(s for s in open_shards(corpus, "test") if s.path.name.startswith(f"{name}."))
    found = []
    for piece in shard.pieces():
        parts = {part.role: part.clip for part in piece.parts}
        if set(parts) != set(VOICES) or len(piece.parts) != len(VOICES):
            continue
        end = BARS * parts["S"].metre.bar_beats
        clips = [excerpt(parts[voice], 0.0, end) for voice in VOICES]
        read = piece_of(piece.label.path, clips, FEWEST_NOTES)
        if read is not None and not parts["S"].metre_changes:
            found.append(read)
    return by_hash(found, lambda piece: piece.name, most)


@dataclass
class _Row:
    name: str
    lines: Sequence[Lines | None]
    seconds: float = 0.0


def table(pieces: Sequence[Piece], systems: Sequence[str], players: Players) -> list[list[str]]:
    """A row for each measure, a column for each system."""
    rows = [_Row("composer", [composer(piece) for piece in pieces])]
    for system in systems:
        engine, given = settings(system)
        asked = [
            Question(engine, "harmonise", piece.voices[:1], {"voices": "soprano", **given})
            for piece in pieces
        ]
        replies = players.answers(asked)
        lines = [lines_of(reply.parts) if reply.parts else None for reply in replies]
        rows.append(_Row(system, lines, sum(reply.seconds for reply in replies)))
    rows.append(_Row("triads as blocks", [triad_block(piece) for piece in pieces]))
    tallies = {row.name: tally_of(pieces, row) for row in rows}
    return _laid_out(tallies)


def tally_of(pieces: Sequence[Piece], row: _Row) -> Tally:
    """The counts over all pieces that were answered."""
    tally = Tally(rules=Counter(), seconds=row.seconds)
    for piece, lines in zip(pieces, row.lines, strict=True):
        if lines is not None:
            tally.beats += piece.voices[0].length_beats
            add(tally, piece, lines)
    return tally


def parallels(tally: Tally) -> float:
    """Parallel fifths and octaves per 100 changes."""
    assert tally.rules is not None
    return 100 * sum(tally.rules[kind] for kind in PARALLELS) / max(1, tally.changes)


def _laid_out(tallies: dict[str, Tally]) -> list[list[str]]:
    real = parallels(tallies["composer"])
    columns = [row_values(tally) for tally in tallies.values()]
    heads = ["composer-chord tones %", "clean chords %", "LT resolved %", *RULES, "ms/beat"]
    body = [[head, *cells] for head, *cells in zip(heads, *columns, strict=True)]
    both = [f"{parallels(tally):.2f}" for tally in tallies.values()]
    times = [f"{parallels(tally) / real:.2f}" if real else "–" for tally in tallies.values()]
    changes = [str(tally.changes) for tally in tallies.values()]
    return [
        ["", *tallies],
        ["**parallel fifths and octaves**", *both],
        ["× composer", *times],
        *body,
        ["changes of harmony", *changes],
    ]
