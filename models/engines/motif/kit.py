# SPDX-License-Identifier: Apache-2.0
"""What each pad of a kit is for, by its name: kick, snare, hat and so on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from models.clip import Clip
from models.drums import pad_name
from models.engines.motif.space import PitchSpace
from models.percussion.lanes import lane_of

GHOST_BELOW = 50.0  # velocity under which a hit is felt rather than heard

Role = Literal["kick", "snare", "open hat", "hat", "tom", "cymbal", "other"]

_BY_LANE: tuple[Role, ...] = (
    "kick",
    "snare",
    "hat",
    "open hat",
    "tom",
    "tom",
    "tom",
    "cymbal",
    "hat",  # the ride keeps time, as a hat does
)
# Pads that sit in no lane of a drum kit, but play a part like one.
_BESIDE: tuple[tuple[Role, str], ...] = (("hat", r"shaker"), ("tom", r"conga|bongo|timbale"))


@dataclass(frozen=True, slots=True)
class Kit:
    """The pads that may be written, by role."""

    roles: dict[int, Role]
    fill_pads: tuple[int, ...]

    def role(self, pitch: int) -> Role:
        """What the pad is for."""
        return self.roles.get(pitch, "other")

    def first(self, role: Role) -> int | None:
        """A writable pad of the role, if there is one."""
        return next((pitch for pitch, found in sorted(self.roles.items()) if found == role), None)


def read_kit(clip: Clip, space: PitchSpace) -> Kit:
    """The kit of a drum clip; a fill goes from the snare down the toms, highest first."""
    roles = {pitch: _role(pad_name(clip, pitch)) for pitch in space.allowed}
    toms = sorted((p for p, role in roles.items() if role == "tom"), reverse=True)
    used = {note.pitch for note in clip.notes}
    snares = [p for p, role in roles.items() if role == "snare" and p in used]
    return Kit(roles, (*snares[:1], *toms))


def _role(name: str) -> Role:
    lane = lane_of(name)
    if lane is not None:
        return _BY_LANE[lane]
    lower = name.lower()
    return next((role for role, words in _BESIDE if re.search(words, lower)), "other")
