# SPDX-License-Identifier: Apache-2.0
"""Build: from a folder of MIDI files to shards and a report.

Files are read one by one and put, already encoded, into a spool on disk; only labels, counts and
fingerprints stay in memory. When all are known, duplicates are joined, the split is made, and the
spool is dealt out into shards.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from models.corpus.analysis import Counts, count
from models.corpus.codec import encode_parts
from models.corpus.duplicates import Match, Print, families, find_matches
from models.corpus.fingerprints import signature, windows
from models.corpus.piece import Label
from models.corpus.readers import Source, own_sources, read_source, set_sources
from models.corpus.roles import PartFacts, assign_roles, unnamed
from models.corpus.sets import set_named
from models.corpus.shards import SUFFIX, write_shard
from models.corpus.split import SPLITS, split_all
from models.corpus.words import role_of_name

MAX_PROCESSES = 2
_CHUNK = 8  # files handed to a process at a time

_READING = 0.95  # share of the work that reading is

# What goes on, and how much of the work is done, 0 to 1.
Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One file, read: its piece encoded, with all that later steps need; or why it failed."""

    path: str
    set_name: str
    reason: str = ""
    label: Label | None = None
    counts: Counts | None = None
    prints: Print | None = None
    blob: bytes = b""
    guesses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was built.

    Attributes:
        labels, counts: of every piece that was read, split and de-duplicated.
        works: of every piece, as its set names it, before works were joined.
        matches: pairs of pieces, by number, of works that are the same.
        failed: (set, path, reason) of the files that can't be used.
        guesses: how often a part whose name says its role (first) is given which (second)
            when names are hidden.
        sizes: bytes by the name of the shard.
    """

    labels: tuple[Label, ...]
    counts: tuple[Counts, ...]
    works: tuple[str, ...]
    matches: tuple[Match, ...]
    failed: tuple[tuple[str, str, str], ...]
    guesses: dict[tuple[str, str], int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass
class _Spool:
    """What is kept while files are read; blobs are appended to `file`."""

    file: BinaryIO
    labels: list[Label] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)
    prints: list[Print] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)
    guesses: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        """Keep one row."""
        if row.label is None or row.counts is None or row.prints is None:
            self.failed.append((row.set_name, row.path, row.reason))
            return
        self.labels.append(row.label)
        self.counts.append(row.counts)
        self.prints.append(row.prints)
        self.places.append((self.file.tell(), len(row.blob)))
        self.guesses.update(row.guesses)
        self.file.write(row.blob)

    def blobs(self, numbers: Iterable[int]) -> Iterator[bytes]:
        """The encoded pieces of these numbers."""
        for number in numbers:
            place, size = self.places[number]
            self.file.seek(place)
            yield self.file.read(size)


def build(
    folder: Path,
    out: Path,
    *,
    own: bool = False,
    only: Sequence[str] = (),
    processes: int = 1,
    say: Say = lambda stage, share: None,
) -> Corpus:
    """Read a folder and write its shards.

    Args:
        folder: of unpacked sets, or with `own` of any MIDI files.
        out: where the shards go; made if missing. Shards that lie there are replaced.
        own: read every MIDI file as the user's own.
        only: names of sets; all by default.
        processes: 1 or 2.
        say: is told what goes on, and how far it is, with every file.

    Raises:
        BadFile: the folder holds nothing to read.
    """
    sources = tuple(own_sources(folder) if own else set_sources(folder, only))
    out.mkdir(parents=True, exist_ok=True)
    spool_path = out / "spool.part"
    try:
        with spool_path.open("w+b") as file:
            spool = _Spool(file)
            for done, row in enumerate(_rows(sources, processes), 1):
                spool.add(row)
                say(f"reading {row.set_name}", _READING * done / len(sources))
            return _finish(spool, out, say)
    finally:
        spool_path.unlink(missing_ok=True)


def read_row(source: Source) -> Row:
    """Read, measure and encode one file; runs in a process of its own."""
    reading = read_source(source)
    facts, piece = source.facts, reading.piece
    if piece is None:
        return Row(facts.path, facts.set_name, reading.reason)
    tune = set_named(facts.set_name).tune
    return Row(
        facts.path,
        facts.set_name,
        label=piece.label,
        counts=count(piece),
        prints=Print(facts.work, signature(piece), windows(piece, tune)),
        blob=encode_parts(piece.parts),
        guesses=tuple(_guesses(reading.parts)),
    )


def _guesses(parts: Sequence[PartFacts]) -> Iterator[tuple[str, str]]:
    """For pitched parts whose names say their role: that role, and the one given without names."""
    named = assign_roles(parts)
    blind = assign_roles([unnamed(part) for part in parts])
    for part, said, guess in zip(parts, named, blind, strict=True):
        if role_of_name(part.name) and not part.drums:
            yield said, guess


def _rows(sources: Iterable[Source], processes: int) -> Iterator[Row]:
    """Every source read, in order."""
    if processes <= 1:
        yield from map(read_row, sources)
        return
    workers = min(processes, MAX_PROCESSES)
    with multiprocessing.get_context("spawn").Pool(workers, _leave_interrupts) as pool:
        yield from pool.imap(read_row, sources, chunksize=_CHUNK)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that waits; it ends these."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _finish(spool: _Spool, out: Path, say: Say) -> Corpus:
    """Join duplicates, split, and write the shards."""
    say(f"comparing {len(spool.labels)} pieces", _READING)
    works = tuple(label.work for label in spool.labels)
    matches = find_matches(spool.prints)
    family = families(works, ((works[m.first], works[m.second]) for m in matches))
    labels = split_all([replace(label, work=family[label.work]) for label in spool.labels])
    say("writing shards", (1 + _READING) / 2)
    return Corpus(
        tuple(labels),
        tuple(spool.counts),
        works,
        tuple(matches),
        tuple(spool.failed),
        dict(spool.guesses),
        _write_shards(spool, labels, out),
    )


def _write_shards(spool: _Spool, labels: Sequence[Label], out: Path) -> dict[str, int]:
    """One shard for each set and split; their sizes by name."""
    for old in out.glob(f"*{SUFFIX}"):
        old.unlink()
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        if label.split in SPLITS:
            groups[f"{label.set_name}.{label.split}{SUFFIX}"].append(number)
    for name, numbers in groups.items():
        write_shard(
            out / name,
            [labels[number] for number in numbers],
            [spool.counts[number] for number in numbers],
            spool.blobs(numbers),
        )
    return {name: (out / name).stat().st_size for name in groups}
