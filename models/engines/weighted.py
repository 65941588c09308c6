# SPDX-License-Identifier: Apache-2.0
"""What engines with a weight file share: it is read once, or why it can't be is remembered."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from models.engine import EngineEvent, EngineInfo, Request
from models.engines.fallback import write_instead
from models.errors import BadFile

T = TypeVar("T")


class Weighted(ABC, Generic[T]):
    """An engine whose network is read from a file before it answers.

    Attributes:
        info: the engine's description.
        network: what was read, None until then and where it can't be.
    """

    info: EngineInfo

    def __init__(self, weights: Path | None = None) -> None:
        """The engine.

        Args:
            weights: a weight file; None takes the one that ships.
        """
        self._path = weights
        self.network: T | None = None
        self._missing = ""

    def load(self, device: str) -> None:
        """Read the weights; where that fails, the first answer says what follows from it.

        Args:
            device: the network runs on the CPU whatever is asked.
        """
        if self.network is not None or self._missing:
            return
        try:
            self.network = self._read(self._path)
        except (BadFile, ImportError) as error:
            self._missing = str(error).rstrip(".")

    def written_instead(self, request: Request) -> Iterator[EngineEvent]:
        """What another engine answers where the weights can't be read.

        Raises:
            NoEngine: no other engine serves it.
        """
        why = f"{self.info.name} has no weights: {self._missing}"
        return write_instead(request, self.info, why, installed=False)

    @abstractmethod
    def _read(self, path: Path | None) -> T:
        """What is read from a file, or from the one that ships.

        Raises:
            BadFile, ImportError: it can't be read.
        """
