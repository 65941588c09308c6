# SPDX-License-Identifier: Apache-2.0
"""Where nextbar keeps things: one function a place, each the path of a folder or a file.

`NEXTBAR_HOME` in the environment puts every one of them below that folder. Otherwise they follow
the custom of the system. Nothing here creates anything.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import PlatformDirs

from models.drum_space.card import own_folder
from models.places import expanded

HOME_VARIABLE = "NEXTBAR_HOME"


def home() -> Path | None:
    """The folder that `NEXTBAR_HOME` names, or None when it is not set.

    Raises:
        BadFile: nothing can have that name.
    """
    value = os.environ.get(HOME_VARIABLE, "").strip()
    return expanded(value, HOME_VARIABLE).absolute() if value else None


def config_file() -> Path:
    r"""`config.toml` in the system's folder for settings.

    Linux `~/.config/nextbar`, macOS `~/Library/Application Support/nextbar`, Windows
    `%LOCALAPPDATA%\nextbar`.
    """
    return (home() or _system().user_config_path) / "config.toml"


def data_folder() -> Path:
    r"""The folder for what must not be lost.

    Linux `~/.local/share/nextbar`, macOS `~/Library/Application Support/nextbar`, Windows
    `%LOCALAPPDATA%\nextbar`.
    """
    return home() or _system().user_data_path


def drum_spaces_folder() -> Path:
    """`drum-spaces` in the data folder: those that `nextbar train drums` made."""
    return own_folder(os.environ)


def takes_folder() -> Path:
    """`takes` in the data folder, unless the setting `takes_folder` names another."""
    return data_folder() / "takes"


def takes_database(folder: Path | None = None) -> Path:
    """`takes.sqlite3` in the takes folder.

    Args:
        folder: the takes folder, where it is not the usual one.
    """
    return (folder or takes_folder()) / "takes.sqlite3"


def reports_folder() -> Path:
    """`reports` in the data folder: what devices found when they tested themselves."""
    return data_folder() / "reports"


def log_folder() -> Path:
    r"""The folder for logs.

    Linux `~/.local/state/nextbar/log`, macOS `~/Library/Logs/nextbar`, Windows
    `%LOCALAPPDATA%\nextbar\Logs`; `logs` below `NEXTBAR_HOME`.
    """
    root = home()
    return root / "logs" if root else _system().user_log_path


def log_file() -> Path:
    """`nextbar.log` in the folder for logs."""
    return log_folder() / "nextbar.log"


def runtime_folder() -> Path:
    r"""The folder for what matters only while the daemon runs.

    Linux `$XDG_RUNTIME_DIR/nextbar`, or `~/.local/state/nextbar/run` in a session without one
    (a folder in /tmp would not be ours alone), macOS
    `~/Library/Caches/TemporaryItems/nextbar`, Windows `%LOCALAPPDATA%\Temp\nextbar`; `run`
    below `NEXTBAR_HOME`.
    """
    root = home()
    if root is None and sys.platform == "linux":
        session = os.environ.get("XDG_RUNTIME_DIR", "")
        if not Path(session).is_absolute() or not os.access(session, os.W_OK):
            root = _system().user_state_path
    return root / "run" if root else _system().user_runtime_path


def lock_file() -> Path:
    """`nextbar.lock` in the runtime folder: held by the one daemon that runs."""
    return runtime_folder() / "nextbar.lock"


def port_file() -> Path:
    """`ports.json` in the runtime folder: tells devices where the running daemon listens."""
    return runtime_folder() / "ports.json"


def _system() -> PlatformDirs:
    return PlatformDirs("nextbar", appauthor=False)
