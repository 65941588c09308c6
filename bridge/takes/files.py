# SPDX-License-Identifier: Apache-2.0
"""Files of takes, read with care: a user may have copied, edited or damaged them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bridge.errors import BadMessage
from bridge.takes.take import TakeSummary, summary_of
from models.errors import BadFile


def read(path: Path) -> dict[str, Any]:
    """A take's file.

    Raises:
        BadFile: it is gone or broken.
    """
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if summary_of(data).id != path.stem:
            raise ValueError(path.stem)
    except OSError as error:
        reason = error.strerror or "it can't be opened"
        raise BadFile(f"{path} can't be read: {reason}.", where="take") from error
    except (ValueError, RecursionError, BadMessage) as error:
        raise BadFile(
            f"{path} is damaged and can't be read; forget this take, or put the file "
            "back from a copy.",
            where="take",
        ) from error
    return data


def summaries(files: Iterable[Path]) -> Iterator[TakeSummary]:
    """The summaries of all readable files."""
    for path in files:
        try:
            yield summary_of(read(path))
        except BadFile:
            continue  # not ours, or broken: it stays where it is
