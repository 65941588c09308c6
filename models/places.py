# SPDX-License-Identifier: Apache-2.0
"""Paths from outside: out of messages, command lines, settings and the environment."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from models.errors import BadFile

_NO_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL})


def expanded(given: str | os.PathLike[str], where: str) -> Path:
    """The place that a path names, with ~ for a home folder; nothing need be there.

    Args:
        given: as it came.
        where: what it was given as, such as the name of a parameter.

    Raises:
        BadFile: nothing can have that name on this system.
    """
    try:
        place = Path(given).expanduser()
        os.lstat(place)
    except RuntimeError as error:
        raise _no_place(where, f"there is no user {Path(given).parts[0]:.40}") from error
    except ValueError as error:
        raise _no_place(where, "no path may hold one of its characters") from error
    except OSError as error:  # whatever else is wrong there shows when it is opened
        if error.errno in _NO_NAME:
            raise _no_place(where, error.strerror or "it is too long") from error
    return place


def fault_of(path: str | os.PathLike[str]) -> str:
    """Why there is no file to be read, in words that follow its name; empty where there is one."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "does not exist"
    except OSError as error:
        return f"can't be read ({error.strerror or 'the system refuses'})"
    except ValueError:
        return "does not exist"
    if stat.S_ISDIR(mode):
        return "is a folder"
    return "" if stat.S_ISREG(mode) else "is no ordinary file"


def _no_place(where: str, why: str) -> BadFile:
    return BadFile(f"{where} names no place here ({why}); give a whole path.", where=where)
