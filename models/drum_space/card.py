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
