# SPDX-License-Identifier: Apache-2.0
"""Life: notes that nobody's playing was heard for are played by the performer, with measure.

Where its weights can't be read, they stay as they were written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from models.clip import Clip, Note
from models.errors import BadFile

if TYPE_CHECKING:
    from models.performer.stored import Weights

_AMOUNT = 0.6  # of the way from what is written to the middle of what players do
_ROLES = {"bass": "bass", "chords": "chords", "lead": "melody"}


@dataclass(frozen=True)
class Life:
    """How one part that is written from nothing is played; always the same for the same notes.

    Attributes:
        frame: an empty clip of the part's length, metre, tempo, kind and pads.
        role: of the vocabulary.
    """

    frame: Clip
    role: str

    def play(self, notes: Sequence[Note]) -> tuple[Note, ...]:
        """New notes of one cell, at their places in the frame, as they sound."""
        return _played(self.frame, self.role, tuple(notes))


@lru_cache(maxsize=512)  # a cell is asked for each time that something of its take is sent
def _played(frame: Clip, role: str, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    weights = _shipped()
    if weights is None or not notes:
        return notes
    from models.performer.performing import Feel, perform

    feel = Feel(_AMOUNT, role=None if frame.kind == "drums" else _ROLES.get(role))
    played = perform(frame.with_notes(notes), feel, weights).notes
    return tuple(replace(note, origin="new") for note in played)


@lru_cache(maxsize=1)
def _shipped() -> Weights | None:
    """The performer's weights that ship; None where they can't be read."""
    from models.performer.stored import read_weights

    try:
        return read_weights()
    except BadFile:
        return None
