# SPDX-License-Identifier: Apache-2.0
"""Shards: one file with the pieces of one set and split, quick to open and to read from anywhere.

Layout: the magic bytes, the length of the index (4 bytes, little-endian), the index (JSON,
zlib-compressed), then the pieces as `codec` writes them. The index holds, for each piece, its
label, its counts, and where its bytes lie after the index. Pieces keep clips as they were, not
tokens, so that augmentation and tokens are the trainer's choice.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from models.corpus.analysis import Counts
from models.corpus.codec import decode_parts
from models.corpus.piece import Label, Piece
from models.errors import BadFile

SUFFIX = ".corpus"
_MAGIC = b"NBCORP\x01\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece in a shard: its label, what it holds, and where its bytes lie."""

    label: Label
    counts: Counts
    offset: int
    size: int


class Shard:
    """A shard, open for reading: `entries` are in memory, pieces are read when asked for.

    Use from one thread; every process opens its own.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a shard.

        Raises:
            BadFile: it can't be read or is no shard of this version.
        """
        self.path = Path(path)
        try:
            with self.path.open("rb") as file:
                self.entries, self._start = _read_index(file.read(12), file.read, self.path.name)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise BadFile(f"{self.path.name} can't be read: {reason}.", where="shard") from error

    def __len__(self) -> int:
        return len(self.entries)

    def piece(self, number: int) -> Piece:
        """The piece of an entry, by its number.

        Raises:
            BadFile: its bytes are damaged.
        """
        entry = self.entries[number]
        with self.path.open("rb") as file:
            file.seek(self._start + entry.offset)
            data = file.read(entry.size)
        return self._piece(entry, data)

    def pieces(self) -> Iterator[Piece]:
        """All pieces in turn."""
        with self.path.open("rb") as file:
            for entry in self.entries:
                file.seek(self._start + entry.offset)
                yield self._piece(entry, file.read(entry.size))

    def _piece(self, entry: Entry, data: bytes) -> Piece:
        try:
            return Piece(entry.label, decode_parts(data))
        except ValueError as error:
            message = f"{self.path.name} is damaged: build the corpus again."
            raise BadFile(message, where=entry.label.path) from error


def open_shards(folder: Path, split: str) -> list[Shard]:
    """The shards of one split in a folder, by name.

    Raises:
        BadFile: there is none.
    """
    paths = sorted(folder.glob(f"*.{split}{SUFFIX}"))
    if not paths:
        raise BadFile(f"{folder} holds no {split} shards: build the corpus first.", where="corpus")
    return [Shard(path) for path in paths]


def write_shard(
    path: Path, labels: Sequence[Label], counts: Sequence[Counts], blobs: Iterable[bytes]
) -> None:
    """Write a shard; the file appears complete or not at all.

    Args:
        path: of the file.
        labels: of the pieces.
        counts: of the pieces.
        blobs: the pieces as `encode_parts` gives them.
    """
    temporary = path.with_name(path.name + ".part")
    body = temporary.with_suffix(".body")
    sizes = _write_body(body, blobs)
    offset, entries = 0, []
    for label, count, size in zip(labels, counts, sizes, strict=True):
        entries.append([label.as_dict(), asdict(count), offset, size])
        offset += size
    index = zlib.compress(json.dumps(entries, separators=(",", ":")).encode(), 9)
    with temporary.open("wb") as file, body.open("rb") as pieces:
        file.write(_MAGIC + len(index).to_bytes(4, "little") + index)
        while block := pieces.read(1 << 20):
            file.write(block)
    body.unlink()
    temporary.replace(path)


def _write_body(path: Path, blobs: Iterable[bytes]) -> list[int]:
    with path.open("wb") as file:
        return [file.write(blob) for blob in blobs]


def _read_index(
    head: bytes, read: Callable[[int], bytes], name: str
) -> tuple[tuple[Entry, ...], int]:
    if len(head) < 12 or not head.startswith(_MAGIC):
        raise BadFile(f"{name} is no corpus shard of this version: build it again.", where="shard")
    size = int.from_bytes(head[8:12], "little")
    try:
        rows = json.loads(zlib.decompress(read(size)))
        entries = [Entry(Label.from_dict(row[0]), Counts(**row[1]), row[2], row[3]) for row in rows]
    except (zlib.error, ValueError, TypeError, IndexError) as error:
        raise BadFile(f"{name} is damaged: build the corpus again.", where="shard") from error
    return tuple(entries), 12 + size
