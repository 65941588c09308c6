# SPDX-License-Identifier: Apache-2.0
"""Which drum weights the package ships, and where a user's own ones lie."""

from __future__ import annotations

import re
from pathlib import Path

from models.errors import BadArgument

WEIGHTS = Path(__file__).parent / "weights" / "drums.int8.safetensors"
WEIGHTS_SHA256 = ""
WEIGHTS_LICENCE = "Apache-2.0"
SUFFIX = ".drums.safetensors"
FOLDER_VARIABLE = "NEXTBAR_DRUM_SPACES"  # tells engines where the own spaces are

_NAME = re.compile(r"[\w][\w .-]{0,63}")


def own_path(folder: Path, name: str) -> Path:
    """Where the space of a name lies in a folder of own spaces.

    Raises:
        BadArgument: the name could not be a file's.
    """
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise BadArgument(
            f"{name!r} can't be the name of a drum space: use letters, digits, spaces, - and _.",
            where="name",
        )
    return folder / (name + SUFFIX)


def own_names(folder: Path) -> tuple[str, ...]:
    """The names of the spaces in a folder; none where there is no folder."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in folder.glob("*" + SUFFIX)))


def find_own(folder: Path | None, name: str) -> Path:
    """The file of an own space.

    Args:
        folder: of own spaces; None where there is none.
        name: of the space.

    Raises:
        BadArgument: there is none of that name, with the names that there are.
    """
    names = () if folder is None else own_names(folder)
    if folder is not None and name in names:
        return own_path(folder, name)
    there = f"there are {', '.join(names)}" if names else "there are none of your own yet"
    raise BadArgument(
        f"There is no drum space {name:.40}; {there}. Make one: nextbar train drums FOLDER.",
        where="space",
    )
