# SPDX-License-Identifier: Apache-2.0
"""Reports that devices write of themselves: JSON files in a folder, the newest of them kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from bridge.errors import BadMessage, StorageFailed, TooLarge
from models.files import write_whole

MAX_CHARACTERS = 1_000_000
KEPT = 50
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Reports:
    """The folder of reports.

    Args:
        folder: made with the first report.
        clock: seconds since 1970.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock

    def file(self, name: str, text: str) -> str:
        """Write a report; gives the path of its file.

        Args:
            name: what it is about, as part of the file's name.
            text: JSON.

        Raises:
            BadMessage: the name or the text is not as it must be.
            TooLarge: the text is longer than `MAX_CHARACTERS`.
            StorageFailed: the folder can't be written.
        """
        if not _NAME.fullmatch(name):
            raise BadMessage("name is 1 to 40 letters, digits, - and _.", where="name")
        if len(text) > MAX_CHARACTERS:
            raise TooLarge(f"A report may have {MAX_CHARACTERS} characters.", where="report")
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise BadMessage("A report is JSON text.", where="report") from None
        moment = datetime.fromtimestamp(self._clock(), timezone.utc).strftime("%Y%m%d-%H%M%S-%f")
        path = self._folder / f"{name}-{moment}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(data, indent=2).encode())
            self._prune()
        except OSError as error:
            raise StorageFailed(
                f"The folder for reports can't be written: {error.strerror}.", where="report"
            ) from error
        return str(path)

    def _prune(self) -> None:
        found = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in found[:-KEPT]:
            path.unlink(missing_ok=True)
