# SPDX-License-Identifier: Apache-2.0
"""A remark where nothing can lie between the two ends of a morph."""

from __future__ import annotations

from collections.abc import Iterator

from models.engine import Request


def remarks(request: Request) -> Iterator[str]:
    """What may surprise in this morph, in words."""
    first, second = request.clips
    if request.args["steps"] == 2:
        yield "2 steps are the two clips themselves; ask for 3 or more"
    elif first.notes == second.notes:
        yield "both clips play the same, and so does every step"
