# SPDX-License-Identifier: Apache-2.0
"""The database that finds takes: a table of summaries over the folder that holds them.

The files are the truth. A database that is broken or missing is set aside and made again from
them, so that nothing kept before is lost with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from bridge.takes.take import TakeSummary

_COLUMNS = TakeSummary.__slots__
_SCHEMA = """
CREATE TABLE IF NOT EXISTS takes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, created TEXT, command TEXT,
    engine TEXT, seed INTEGER, rank INTEGER, notes INTEGER, name TEXT, kept INTEGER
)
"""
BUSY_S = 5.0  # the command line and the daemon may write at the same time


class Index:
    """Summaries by number and by name. A context for one transaction: `with index:`."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(_SCHEMA)
            sound = self._db.execute("PRAGMA quick_check").fetchone()
            if sound != ("ok",):
                raise sqlite3.DatabaseError(str(sound))
        except sqlite3.DatabaseError:
            self._db.close()
            raise

    def __enter__(self) -> Index:
        self._db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")

    def new_id(self) -> str:
        """A name that no take has had before: t1, t2, ..."""
        cursor = self._db.execute("INSERT INTO takes (kept) VALUES (0)")
        take_id = f"t{cursor.lastrowid}"
        self._db.execute("UPDATE takes SET id = ? WHERE number = ?", (take_id, cursor.lastrowid))
        return take_id

    def put(self, summary: TakeSummary) -> None:
        """Write a summary under its name."""
        values = (int(summary.id[1:]), *(getattr(summary, name) for name in _COLUMNS))
        self._db.execute(
            "INSERT OR REPLACE INTO takes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values
        )

    def ids(self) -> frozenset[str]:
        """The names of all takes."""
        return frozenset(row[0] for row in self._db.execute("SELECT id FROM takes"))

    def newest(self, limit: int) -> tuple[TakeSummary, ...]:
        """The newest takes, newest first."""
        return self._select("WHERE created NOT NULL ORDER BY number DESC LIMIT ?", limit)

    def find(self, take_id: str) -> TakeSummary | None:
        """The summary of that name."""
        return next(iter(self._select("WHERE id = ?", take_id)), None)

    def surplus(self, limit: int) -> tuple[TakeSummary, ...]:
        """Takes beyond the newest `limit` that are not exempt."""
        return self._select("WHERE NOT kept ORDER BY number DESC LIMIT -1 OFFSET ?", limit)

    def drop(self, take_id: str) -> None:
        """Remove a summary."""
        self._db.execute("DELETE FROM takes WHERE id = ?", (take_id,))

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _select(self, rest: str, value: object) -> tuple[TakeSummary, ...]:
        query = "SELECT * FROM takes " + rest  # noqa: S608 - `rest` is a constant of this class
        with closing(self._db.execute(query, (value,))) as rows:
            return tuple(_summary(*row) for row in rows)


def _summary(number: int, *values: Any) -> TakeSummary:
    """A row of the table, whose columns after the number are those of a summary."""
    data = dict(zip(_COLUMNS, values, strict=True))
    return TakeSummary(**{**data, "kept": bool(data["kept"])})


def rebuild(path: Path, summaries: Iterable[TakeSummary]) -> Index:
    """Set a broken database aside and make a new one from the summaries."""
    number = 1
    while (aside := path.with_suffix(f".broken-{number}")).exists():
        number += 1
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    index = Index(path)
    with index:
        for summary in summaries:
            index.put(summary)
    return index
