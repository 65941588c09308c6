# SPDX-License-Identifier: Apache-2.0
"""Where Live keeps a user's devices, and how nextbar's own get there.

Live's folder for them, the User Library, may lie anywhere; Live notes where in a file
`Library.cfg` among its preferences, one for each version of Live.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Literal

from bridge import paths
from bridge.errors import StorageFailed
from models.errors import BadArgument
from models.files import write_whole
from models.places import expanded

FOLDER = "nextbar"  # below the User Library
PLACE_FILE = "nextbar-place.json"  # tells the devices where the daemon's port file is
OLDEST_LIVE = (12, 2)

_NOTED = re.compile(r'<(ProjectPath|ProjectName) Value="([^"]*)"')

Change = Literal["new", "updated", "unchanged"]
Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of Live on this machine.

    Attributes:
        versions: of Live, the newest first, as its folders of preferences tell.
        library: the User Library, or None.
    """

    versions: tuple[Version, ...]
    library: Path | None


def look_for_live(system: str, home: Path, environ: Mapping[str, str]) -> Found:
    """Find Live's versions and its User Library.

    Args:
        system: as `sys.platform` names it; Live runs on darwin and win32 only.
        home: the user's home folder.
        environ: the environment.
    """
    preferences = sorted(_preferences(system, home, environ), reverse=True)
    noted = (_noted_library(folder) for _, folder in preferences)
    candidates = (*noted, *_usual_libraries(system, home, environ))
    library = next((place for place in candidates if place and place.is_dir()), None)
    return Found(tuple(version for version, _ in preferences), library)


def _usual_libraries(system: str, home: Path, environ: Mapping[str, str]) -> Sequence[Path]:
    """Where Live makes a User Library when nobody tells it otherwise."""
    below = Path("Ableton") / "User Library"
    if system == "darwin":
        return [home / "Music" / below]
    if system == "win32":  # OneDrive moves the Documents into its own folder
        homes = [home, Path(environ["OneDrive"])] if environ.get("OneDrive") else [home]
        return [folder / "Documents" / below for folder in homes]
    return []


def _preferences(
    system: str, home: Path, environ: Mapping[str, str]
) -> Iterator[tuple[Version, Path]]:
    """Each version of Live that has run here, with the folder of its preferences."""
    if system == "darwin":
        root, below = home / "Library" / "Preferences" / "Ableton", ""
    elif system == "win32":
        root = Path(environ.get("APPDATA") or home / "AppData" / "Roaming") / "Ableton"
        below = "Preferences"
    else:
        return
    for folder in root.glob("Live *"):
        version = re.fullmatch(r"Live (\d+(?:\.\d+)*)\D*.*", folder.name)
        if version and folder.is_dir():
            yield tuple(int(number) for number in version.group(1).split(".")), folder / below


def _noted_library(preferences: Path) -> Path | None:
    """The User Library that a version of Live has noted, or None."""
    try:
        text = (preferences / "Library.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    section = re.search(r"<UserLibrary>.*?</UserLibrary>", text, re.DOTALL)
    facts = dict(_NOTED.findall(section.group())) if section else {}
    if not facts.get("ProjectPath"):
        return None
    return Path(unescape(facts["ProjectPath"])) / unescape(facts.get("ProjectName", "User Library"))


def shipped_devices() -> Mapping[str, bytes]:
    """The devices that came with this nextbar, by the file name that they get in the library.

    Live shows that name on the track.
    """
    folder = files("max_for_live") / "devices"
    return {
        item.name.replace("_", " "): item.read_bytes()
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".amxd")
    }


def library_of(found: Found, named: str) -> Path:
    """The folder that devices are copied below: the one that was named, else Live's own.

    Raises:
        BadArgument: it does not exist, or was neither named nor found.
    """
    if named:
        folder = expanded(named, "--folder").absolute()
        if not os.path.isdir(folder):
            raise BadArgument(
                f"There is no folder {folder}; name an existing one.", where="--folder"
            )
        return folder
    if found.library is None:
        text = "Live's User Library was not found; name it with --folder, or see --print."
        raise BadArgument(text, where="--folder")
    return found.library


def install(library: Path) -> dict[str, Change]:
    """Copy the devices into a folder below the library, and the file beside them.

    Returns:
        What happened to each device.

    Raises:
        StorageFailed: a file can't be written.
    """
    folder = library / FOLDER
    changes: dict[str, Change] = {}
    try:
        folder.mkdir(exist_ok=True)
        for name, data in shipped_devices().items():
            changes[name] = state_of(folder / name, data)
            if changes[name] != "unchanged":
                write_whole(folder / name, data)
        write_whole(folder / PLACE_FILE, place_text().encode())
    except OSError as error:
        reason = error.strerror or "it can't be written"
        raise StorageFailed(
            f"{folder}: {reason}; close Live and try again.", where="devices"
        ) from error
    return changes


def state_of(path: Path, data: bytes) -> Change:
    """What installing a device would do."""
    if not path.exists():
        return "new"
    return "unchanged" if path.read_bytes() == data else "updated"


def place_text() -> str:
    """What the file beside the devices says: where the daemon tells its ports."""
    return json.dumps({"ports": paths.port_file().absolute().as_posix()}) + "\n"


def named(versions: Sequence[Version]) -> str:
    """Versions as text, such as `12.2.5, 11.3.43`."""
    return ", ".join(".".join(str(number) for number in version) for version in versions)
