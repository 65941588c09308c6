# SPDX-License-Identifier: Apache-2.0
"""Which drum weights the package ships, and where a user's own ones lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from models.errors import BadArgument
from models.places import expanded

WEIGHTS = Path(__file__).parent / "weights" / "drums.int8.safetensors"
WEIGHTS_SHA256 = "10b25b1df48e8b6b3ba0a9fb69356e5c180ff35697f743e49bdc83751208edea"
WEIGHTS_LICENCE = "Apache-2.0"
SUFFIX = ".drums.safetensors"

_NAME = re.compile(r"[\w][\w .-]{0,63}")


def own_folder(environ: Mapping[str, str]) -> Path:
    """`drum-spaces` below `NEXTBAR_HOME` where that is set, else in the system's data folder."""
    home = environ.get("NEXTBAR_HOME", "").strip()
    if home:
        return expanded(home, "NEXTBAR_HOME").absolute() / "drum-spaces"
    from platformdirs import PlatformDirs

    return PlatformDirs("nextbar", appauthor=False).user_data_path / "drum-spaces"


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


def find_own(folder: Path, name: str) -> Path:
    """The file of an own space in a folder of them.

    Raises:
        BadArgument: there is none of that name, with the names that there are.
    """
    names = own_names(folder)
    if name in names:
        return own_path(folder, name)
    there = f"there are {', '.join(names)}" if names else "there are none of your own yet"
    raise BadArgument(
        f"There is no drum space {name:.40}; {there}. Make one: nextbar train drums FOLDER.",
        where="space",
    )
