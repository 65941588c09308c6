# SPDX-License-Identifier: Apache-2.0
"""Files written whole or not at all: a reader, or the next start, never finds half of one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write under a name of its own first, then put it in its place, replacing what was there.

    Raises:
        OSError: it can't be written; the old file is as it was.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        draft.write_bytes(data)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
