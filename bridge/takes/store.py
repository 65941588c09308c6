# SPDX-License-Identifier: Apache-2.0
"""The store of takes: a file each, with an index over them.

A take's file is complete in itself: request, seed, source clips, result. Writing goes to a
temporary name first, so that a crash leaves either the whole take or none.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bridge.errors import StorageFailed, UnknownTake
from bridge.takes.files import read, summaries
from bridge.takes.index import Index, rebuild
from bridge.takes.take import Keepsake, Take, TakeSummary, is_take_id, summary_of, take_data
from models.files import write_whole
from models.wire import is_file

ABANDONED_S = 86_400.0  # no command line takes a day
_JOB = re.compile(r"j\d+")


class TakeStore:
    """All takes below one folder.

    Args:
        folder: where they are; made when missing.
        clock: seconds since 1970.
        limit: how many takes stay; older ones that are not exempt are deleted.
        sound_limit_bytes: how much their audio files may be together; then the oldest such takes
            that are not exempt are deleted.

    Raises:
        StorageFailed: the folder can't be used.

    Attributes:
        notice: one sentence when the index had to be made again, else empty.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float],
        limit: int = 1000,
        sound_limit_bytes: int = 10**10,
    ) -> None:
        self.folder = folder
        self.notice = ""
        self._database = folder / "takes.sqlite3"
        self._clock = clock
        self._limit = limit
        self._sound_limit_bytes = sound_limit_bytes
        with self._guarded():
            self._index = self._open()

    def keep(self, keepsake: Keepsake) -> tuple[str, ...]:
        """Keep every answer of a job, all or none; gives their names, best first.

        Raises:
            StorageFailed: nothing of this job was kept, everything before it is safe.
        """
        created = datetime.fromtimestamp(self._clock(), timezone.utc).isoformat(timespec="seconds")
        written: list[Path] = []
        with self._guarded(written), self._live() as index:
            for rank in range(len(keepsake.answers)):
                data = take_data(index.new_id(), created, rank, keepsake)
                written += self._adopt(data)
                index.put(summary_of(data))
                written.append(self._write(data))
        names = tuple(path.stem for path in written if path.suffix == ".json")
        self._prune(names, sound=len(written) > len(names))
        return names

    def drafts(self, job: str) -> Path:
        """The folder in which a job may leave audio files until its takes are kept."""
        return self.folder / "drafts" / job

    def discard(self, job: str) -> None:
        """Delete what a job has left there."""
        shutil.rmtree(self.drafts(job), ignore_errors=True)

    def sweep(self) -> None:
        """Delete what a daemon that was killed has left behind, for the next one to call.

        Its jobs are called j1, j2, ... as the next one's will be. Others belong to command lines,
        of which one may be at work just now: only old ones go.
        """
        long_ago_s = self._clock() - ABANDONED_S
        with suppress(OSError):
            for folder in (self.folder / "drafts").iterdir():
                if _JOB.fullmatch(folder.name) or folder.stat().st_mtime < long_ago_s:
                    shutil.rmtree(folder, ignore_errors=True)

    def list(self, limit: int = 20) -> tuple[TakeSummary, ...]:
        """The newest takes, newest first.

        Raises:
            StorageFailed: the folder can't be read.
        """
        with self._guarded():
            return self._live().newest(limit)

    def load(self, take_id: str) -> Take:
        """One take, whole.

        Raises:
            UnknownTake: there is none of that name.
            BadFile: its file is gone or broken.
        """
        summary = self._summary(take_id)
        data = read(self._path(take_id))
        if is_file(data["parts"]):  # beside it, wherever the folder has gone
            data["parts"][0]["path"] = str(self._sound(take_id))
        return Take(summary, data)

    def mark(self, take_id: str, *, keep: bool) -> None:
        """Exempt a take from the retention limit, or lift the exemption."""
        data = {**self.load(take_id).data, "kept": keep}
        with self._guarded(), self._live() as index:
            self._write(data)
            index.put(summary_of(data))

    def forget(self, take_id: str) -> None:
        """Delete a take.

        Raises:
            UnknownTake: there is none of that name.
        """
        self._summary(take_id)
        with self._guarded():
            self._delete(take_id)

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    @contextmanager
    def _guarded(self, written: Iterable[Path] = ()) -> Iterator[None]:
        """Turn trouble with the folder into a sentence; what was written before any is deleted."""
        with ExitStack() as undo:
            undo.callback(_delete_all, written)
            try:
                yield
            except (OSError, sqlite3.Error) as error:
                if not isinstance(error, OSError | sqlite3.OperationalError):
                    self._inode = -1  # broken while it was open: opened anew, mended, next time
                raise self._trouble(error) from error
            undo.pop_all()

    def _live(self) -> Index:
        """The index, opened anew when somebody has deleted or replaced its file meanwhile."""
        try:
            current = self._database.stat().st_ino
        except FileNotFoundError:
            current = None
        if current != self._inode:
            self._index.close()
            self._index = self._open()
        return self._index

    def _open(self) -> Index:
        """The index in its folder, which is made when missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        index = self._sound_index(self._database)
        self._inode = self._database.stat().st_ino
        return index

    def _sound_index(self, path: Path) -> Index:
        """The index; made again when it is broken, and completed when files are not in it.

        A file is not in the index when the program was killed just after writing it.
        """
        try:
            index = Index(path)
        except sqlite3.OperationalError:  # no access, no room: a new index would not help
            raise
        except sqlite3.DatabaseError as error:
            self.notice = (
                f"The index of takes was broken ({error}); it was set aside and made "
                f"again from the files in {self.folder}."
            )
            return rebuild(path, summaries(self._files()))
        known = index.ids()
        lost = [path for path in self._files() if path.stem not in known]
        if lost:
            with index:
                for summary in summaries(lost):
                    index.put(summary)
        return index

    def _files(self) -> tuple[Path, ...]:
        found = self.folder.glob("t*.json")
        return tuple(sorted(path for path in found if is_take_id(path.stem)))

    def _summary(self, take_id: str) -> TakeSummary:
        with self._guarded():
            summary = self._live().find(take_id) if is_take_id(take_id) else None
        if summary is None:
            raise UnknownTake(
                f"There is no take {take_id:.40}; `takes` lists what is kept.", where="take"
            )
        return summary

    def _path(self, take_id: str) -> Path:
        return self.folder / f"{take_id}.json"

    def _sound(self, take_id: str) -> Path:
        return self.folder / f"{take_id}.wav"

    def _adopt(self, data: dict[str, Any]) -> tuple[Path, ...]:
        """Move a take's audio file from the drafts to its place; gives it, if there is one."""
        if not is_file(data["parts"]):
            return ()
        place = self._sound(data["take"])
        Path(data["parts"][0]["path"]).replace(place)
        data["parts"][0]["path"] = str(place)
        return (place,)

    def _write(self, data: dict[str, Any]) -> Path:
        path = self._path(data["take"])
        write_whole(path, json.dumps(data, separators=(",", ":")).encode())
        return path

    def _prune(self, spared: Sequence[str], *, sound: bool) -> None:
        """Delete what is over the limits; a failure here must not fail the new takes.

        Args:
            spared: new takes, which stay whatever their number and size.
            sound: whether there is new sound.
        """
        try:
            for summary in self._live().surplus(self._limit):
                if summary.id not in spared:
                    self._delete(summary.id)
            if sound:
                self._prune_sound(spared)
        except (OSError, sqlite3.Error):
            return  # tried again with the next take

    def _prune_sound(self, spared: Sequence[str]) -> None:
        """Delete the oldest takes with sound, as long as there is too much of it."""
        sizes = {path.stem: path.stat().st_size for path in self.folder.glob("t*.wav")}
        surplus = sum(sizes.values()) - self._sound_limit_bytes
        for name in sorted(sizes, key=_number):
            if surplus <= 0:
                return
            summary = self._live().find(name)
            if summary and not summary.kept and name not in spared:
                self._delete(name)
                surplus -= sizes[name]

    def _delete(self, take_id: str) -> None:
        with self._live() as index:
            index.drop(take_id)
            self._path(take_id).unlink(missing_ok=True)
            self._sound(take_id).unlink(missing_ok=True)

    def _trouble(self, error: Exception) -> StorageFailed:
        reason = getattr(error, "strerror", None) or error
        return StorageFailed(
            f"The takes folder {self.folder} can't be used ({reason}); free some room or name "
            "another folder with takes_folder. Takes kept before are safe.",
            where="takes_folder",
        )


def _delete_all(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _number(take_id: str) -> int:
    """12 of t12; files with other names come last."""
    return int(take_id[1:]) if take_id[1:].isdecimal() else sys.maxsize
