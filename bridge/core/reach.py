# SPDX-License-Identifier: Apache-2.0
"""Which audio files a client may name: a path that exists, below a folder that is allowed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import Refused
from models.errors import BadArgument, BadFile
from models.places import expanded, fault_of


@dataclass(frozen=True, slots=True)
class Reach:
    """The folders below which audio may be read; None allows any."""

    folders: tuple[Path, ...] | None = None

    def check(self, path: str, where: str) -> str:
        """The path, whole and with every link followed.

        Args:
            path: as the client gave it.
            where: the parameter that holds it.

        Raises:
            BadArgument: it is not absolute; a daemon has no folder of its client's.
            Refused: it lies outside the allowed folders.
            BadFile: there is no such file, or nothing can have that name.
        """
        place = expanded(path, where)
        if not place.is_absolute():
            raise BadArgument(
                f"{where} must be a whole path, from the root on, not {path:.80}.", where=where
            )
        real = _followed(place)
        if self.folders is not None and not any(
            real.is_relative_to(_followed(folder)) for folder in self.folders
        ):
            raise Refused(
                f"{where} lies outside the folders that audio is read from; move the file, or "
                "name its folder in audio_folders.",
                where=where,
            )
        if fault := fault_of(real):
            raise BadFile(f"{path} {fault}; name an audio file.", where=where)
        return str(real)


def _followed(place: Path) -> Path:
    """The place with every link followed; one that leads in a circle stays as it is."""
    return Path(os.path.realpath(place))


ANYWHERE = Reach()
