# SPDX-License-Identifier: Apache-2.0
"""Which models may be fetched, where they lie, and which are there; torch is not needed here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import BadArgument
from models.places import expanded, fault_of

WEIGHTS_LICENCE = "CC-BY-NC-4.0"
COMPLETE = ".complete"  # a file that names the revision; written when all others are there


@dataclass(frozen=True, slots=True)
class Known:
    """A published model.

    Attributes:
        name: how nextbar calls it.
        repository: on the Hugging Face Hub.
        parameters: of its network, roughly, in millions.
        melody: whether it follows a melody.
        channels: 1 or 2.
    """

    name: str
    repository: str
    parameters: int
    melody: bool = False
    channels: int = 1


def _known(size: str, parameters: int, *, melody: bool = False, stereo: bool = False) -> Known:
    name = f"musicgen-{'stereo-' if stereo else ''}{size}"
    return Known(name, f"facebook/{name}", parameters, melody, 2 if stereo else 1)


# From small to large. All of Meta's, all under the same licence.
PUBLISHED = (
    _known("small", 420),
    _known("small", 420, stereo=True),
    _known("melody", 1_380, melody=True),
    _known("melody", 1_380, melody=True, stereo=True),
    _known("medium", 1_840),
    _known("medium", 1_840, stereo=True),
    _known("large", 3_260),
    _known("large", 3_260, stereo=True),
    _known("melody-large", 3_260, melody=True),
    _known("melody-large", 3_260, melody=True, stereo=True),
)
_NAME = re.compile(r"[\w][\w.-]{0,95}")


def published(name: str) -> Known:
    """The published model of a name, `musicgen-small` or `facebook/musicgen-small`.

    Raises:
        BadArgument: there is none.
    """
    short = name.removeprefix("facebook/")
    for known in PUBLISHED:
        if known.name == short:
            return known
    names = ", ".join(known.name for known in PUBLISHED)
    raise BadArgument(f"There is no model {name[:60]} to fetch; there are {names}.", where="model")


def own_folder(environ: Mapping[str, str]) -> Path:
    """`models` below `NEXTBAR_HOME` where that is set, else in the system's data folder."""
    home = environ.get("NEXTBAR_HOME", "").strip()
    if home:
        return expanded(home, "NEXTBAR_HOME").absolute() / "models"
    from platformdirs import PlatformDirs

    return PlatformDirs("nextbar", appauthor=False).user_data_path / "models"


def installed(folder: Path) -> tuple[str, ...]:
    """Names of the models that lie whole in a folder, small ones first."""
    order = {known.name: number for number, known in enumerate(PUBLISHED)}
    found = (path.parent.name for path in folder.glob(f"*/{COMPLETE}"))
    return tuple(sorted(found, key=lambda name: (order.get(name, len(order)), name)))


def place_of(folder: Path, model: str) -> Path:
    """Where a model lies: a folder of the user's own, or one that was fetched by name.

    Raises:
        BadArgument: there is no such model here.
        BadFile: nothing can have that name.
    """
    path = expanded(model, "model")
    if path.is_absolute():
        if any(not fault_of(path / name) for name in ("config.json", "state_dict.bin")):
            return path
        raise BadArgument(f"{path} is no folder with a MusicGen checkpoint.", where="model")
    short = model.removeprefix("facebook/")
    if _NAME.fullmatch(short) and (folder / short / COMPLETE).is_file():
        return folder / short
    there = ", ".join(installed(folder)) or "none yet"
    raise BadArgument(
        f"The model {model[:60]} is not here (here: {there}); fetch it with "
        f"`nextbar models fetch {published(model).name}`, or name a folder by its whole path.",
        where="model",
    )


def follows_melody(model: str) -> bool:
    """Whether a model's name says that it follows a melody."""
    return "melody" in Path(model).name


def choose(names: tuple[str, ...], *, melody: bool, strong: bool) -> str | None:
    """The model to take where none was named; None where none fits.

    Args:
        names: that are there, small ones first.
        melody: whether a melody shall be followed.
        strong: whether the machine has a GPU, so that the largest is not too slow.
    """
    able = [name for name in names if follows_melody(name)] if melody else list(names)
    if not melody and any(not follows_melody(name) for name in able):
        able = [name for name in able if not follows_melody(name)]
    if not able:
        return None
    return able[-1] if strong else able[0]
