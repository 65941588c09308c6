# SPDX-License-Identifier: Apache-2.0
"""The store of takes as the core sees it; `bridge.takes.TakeStore` is one."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from bridge.takes.take import Keepsake, Take, TakeSummary


class Shelf(Protocol):
    """Keeps results and finds them again."""

    def keep(self, keepsake: Keepsake) -> tuple[str, ...]:
        """Keep every answer of a job, all or none; gives their names, best first."""

    def list(self, limit: int = 20) -> tuple[TakeSummary, ...]:
        """The newest takes, newest first."""

    def load(self, take_id: str) -> Take:
        """One take, whole."""

    def mark(self, take_id: str, *, keep: bool) -> None:
        """Exempt a take from the retention limit, or lift the exemption."""

    def forget(self, take_id: str) -> None:
        """Delete a take."""

    def drafts(self, job: str) -> Path:
        """The folder in which a job may leave files until its takes are kept."""

    def discard(self, job: str) -> None:
        """Delete what a job has left there."""
