# SPDX-License-Identifier: Apache-2.0
"""Shows a clip in an assertion message: `assert ok, show(clip)`."""

from __future__ import annotations

from bridge.pictures import Panel, terminal
from models.clip import Clip


def show(clip: Clip, width: int = 100) -> str:
    """The clip as plain ASCII text: kept notes #==, edited %~~, new o--, muted x.."""
    return "\n" + terminal([Panel("", clip)], width, "ascii").plain
