# SPDX-License-Identifier: Apache-2.0
"""What the core wants done; the switchboard does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridge.core.messages import ClientId, Event
from bridge.worker.pool import Work


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send the event to the client."""

    client: ClientId
    event: Event


@dataclass(frozen=True, slots=True)
class Start:
    """Give the job to the worker of its lane."""

    job: str
    lane: str
    work: Work


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the job's compute."""

    job: str


@dataclass(frozen=True, slots=True)
class Play:
    """Hand the audio output a frame, as `bridge.sound.player` reads it; none may be there."""

    frame: dict[str, Any]


Effect = Deliver | Start | Stop | Play
