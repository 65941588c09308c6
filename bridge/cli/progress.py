# SPDX-License-Identifier: Apache-2.0
"""A progress bar on stderr, for a person who waits longer than a moment."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from bridge.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

PATIENCE_S = 0.3


class Bar:
    """A context: shows how far a job is, once it has taken `PATIENCE_S` in a terminal."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._since = time.monotonic()
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, fraction: float, stage: str) -> None:
        """The job is at `fraction` (0-1) of the way, in `stage`."""
        if self._bar is None and not self._is_due():
            return
        if self._bar is None:
            self._start()
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=fraction, description=f"{self._title} {stage}")

    def _is_due(self) -> bool:
        return sys.stderr.isatty() and time.monotonic() - self._since > PATIENCE_S

    def _start(self) -> None:
        from rich.progress import Progress

        self._bar = Progress(console=console(stderr=True), transient=True)
        self._task = self._bar.add_task(self._title, total=1.0)
        self._bar.start()
